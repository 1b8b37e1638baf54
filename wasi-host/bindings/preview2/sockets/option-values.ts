/**
 * Values of socket options that cannot be refused (wasi:sockets/tcp): "any other value will never cause an error, but
 * it might be silently clamped and/or rounded". A driver without an option has a single value for it, and clamps all
 * values to that.
 */

import { Errno } from "../../../abi/errno.ts";
import type { Driver } from "../../../drivers/contract/driver.ts";
import {
  HOP_LIMIT,
  KEEP_ALIVE_COUNT,
  KEEP_ALIVE_IDLE,
  KEEP_ALIVE_INTERVAL,
} from "../../../drivers/contract/socket-options.ts";
import { ErrorCode, OK, outcomeOf } from "./error-code.ts";

/** A socket, which has options. */
export interface Optioned {
  readonly driver: Driver;
  option(option: number): number;
  setOption(option: number, value: number): number;
}

/** Linux's own: seconds, seconds, probes, hops (tcp(7), ip(7)). */
const FIXED: Readonly<Record<number, number>> = {
  [KEEP_ALIVE_IDLE]: 7200,
  [KEEP_ALIVE_INTERVAL]: 75,
  [KEEP_ALIVE_COUNT]: 9,
  [HOP_LIMIT]: 64,
};

/** Linux's largest values (tcp(7); MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT). */
const MOST: Readonly<Record<number, number>> = {
  [KEEP_ALIVE_IDLE]: 32_767,
  [KEEP_ALIVE_INTERVAL]: 32_767,
  [KEEP_ALIVE_COUNT]: 127,
  [HOP_LIMIT]: 255,
};

const SECOND = 1_000_000_000n;

/** The value, or a negated errno. */
export function optionOf(socket: Optioned, option: number): number {
  const value = socket.option(option);
  return value === -Errno.NOTSUP && option in FIXED ? FIXED[option] : value;
}

/** OK, or an ErrorCode: for a value of 0, and for a value that a driver with the option refuses. */
export function setOptionOf(socket: Optioned, option: number, value: number): number {
  if (value === 0) return ErrorCode["invalid-argument"];
  const error = socket.setOption(option, Math.min(value, MOST[option] ?? value));
  return error === -Errno.NOTSUP ? OK : outcomeOf(error);
}

/** A duration in nanoseconds as whole seconds, rounded up. */
export function secondsOf(duration: bigint): number {
  return Number((BigInt.asUintN(64, duration) + SECOND - 1n) / SECOND);
}

/** The guest's u64 as the driver's int. */
export function intOf(value: bigint): number {
  const unsigned = BigInt.asUintN(64, value);
  return unsigned > 0x7fff_ffffn ? 0x7fff_ffff : Number(unsigned);
}
