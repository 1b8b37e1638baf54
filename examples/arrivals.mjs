// @ts-check
/** Connections that wait at a listener, as every example server takes them. */
import { SystemError } from "pollux";

/** How long to wait before accepting again when the next one could not be had, in milliseconds. */
export const RETRY = 100;

/**
 * Takes all that wait and hands each to `begin`, which says whether there is room for more. False when the next one cannot
 * be had now: watching a listener that stays ready would spin, so it is left alone until somebody leaves, or for `RETRY`.
 *
 * @param {import("pollux").Socket} listener
 * @param {(socket: import("pollux").Socket) => boolean} begin
 */
export function acceptAll(listener, begin) {
  for (;;) {
    try {
      const socket = listener.accept();
      if (socket === undefined) return true;
      if (!begin(socket)) return false;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code !== "ECONNABORTED") return false; // no descriptor or no memory left
    }
  }
}
