/** Deadlines as commands give them. */
import { Bytes } from "../bytes";
import { parsed } from "../numbers";
import * as reply from "../reply";
import { now } from "../store";
import { isInteger } from "./checks";

export const SECOND: i64 = 1000;
export const MILLISECOND: i64 = 1;

/** What `deadlineOf` has read: milliseconds since 1970. */
export let deadline: i64 = 0;

/**
 * Reads a time into `deadline`. Writes an error if the word is not a number, or too large.
 *
 * @param unit - SECOND or MILLISECOND
 * @param isRelative - counted from now
 * @param least - smaller numbers are an error too
 */
export function parseDeadline(time: Bytes, unit: i64, isRelative: bool, least: i64, command: string): bool {
  if (!isInteger(time)) return false;
  const base = isRelative ? now() : 0;
  const isValid = parsed >= least && parsed <= i64.MAX_VALUE / unit && parsed >= i64.MIN_VALUE / unit;
  if (!isValid || parsed * unit > i64.MAX_VALUE - base) {
    reply.error(`ERR invalid expire time in '${command}' command`);
    return false;
  }
  deadline = parsed * unit + base;
  return true;
}
