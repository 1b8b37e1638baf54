/** poll(2) over arrays of `struct pollfd`. Results are counts, or negated WASI errnos. */
import { Errno } from "../../abi/errno.ts";
import { POLLFD_WORDS } from "../contract/pollfd.ts";
import { call, numbers } from "./call-list.ts";
import { refusedByHost, timespecOf } from "./libc.ts";

const NANOSECONDS = 1e6;

let hasPpoll = true;

/** Waits for at most `milliseconds`; without a limit if it is -1. */
export function poll(address: number, entries: number, milliseconds: number): number {
  if (numbers.poll >= 0) return call(numbers.poll, address, entries, milliseconds, 0);
  // glibc's poll is this call too where the kernel has no other.
  return call(numbers.ppoll, address, entries, milliseconds < 0 ? 0 : timespecOf(milliseconds * NANOSECONDS), 0);
}

/**
 * Sleeps at most `timeout` nanoseconds: whole milliseconds in poll, the rest in ppoll(2). After a stop and a continue (Ctrl-Z,
 * docker pause) the kernel restarts ppoll with its remaining time, so the sleep would grow by the stop. poll keeps its
 * deadline.
 */
export function sleep(address: number, entries: number, timeout: number): number {
  if (timeout === Infinity) return poll(address, entries, -1);
  const whole = Math.min(Math.floor(timeout / NANOSECONDS), 0x7fff_ffff);
  const ready = whole > 0 ? poll(address, entries, whole) : 0;
  const rest = timeout - whole * NANOSECONDS;
  if (ready !== 0 || rest <= 0) return ready;
  if (hasPpoll) {
    const ready = call(numbers.ppoll, address, entries, timespecOf(Math.min(rest, NANOSECONDS)), 0);
    if (!refusedByHost(ready)) return ready;
    hasPpoll = false;
  }
  return poll(address, entries, 1);
}

/**
 * Does not sleep. The kernel refuses more entries than the process may have descriptors (EINVAL), though many entries may
 * name one descriptor, or none: those are looked at in halves.
 */
export function look(address: number, entries: number): number {
  const ready = poll(address, entries, 0);
  if (ready !== -Errno.INVAL || entries < 2) return ready;
  const half = entries >> 1;
  const first = look(address, half);
  const second = first < 0 ? first : look(address + half * POLLFD_WORDS * 4, entries - half);
  return second < 0 ? second : first + second;
}
