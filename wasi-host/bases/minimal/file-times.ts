/**
 * New times for a file (witx, `$fstflags`).
 *
 * Node hands the system microseconds, and always both times: one that is to stay is set to what it was, without its last
 * three digits.
 */
import type { BigIntStats } from "node:fs";
import { Errno } from "../../errno.ts";
import { SystemError } from "../../system-error.ts";

const ATIM = 1;
const ATIM_NOW = 2;
const MTIM = 4;
const MTIM_NOW = 8;

/** `$fstflags`, checked. Throws EINVAL for a time that is to be two things, and for bits that mean nothing. */
export function checkTimeFlags(flags: number): void {
  const twice = (flags & (ATIM | ATIM_NOW)) === (ATIM | ATIM_NOW) || (flags & (MTIM | MTIM_NOW)) === (MTIM | MTIM_NOW);
  if (twice || flags >>> 0 > 15) throw new SystemError(Errno.INVAL, "utime");
}

/** Access and modification time in seconds, as node:fs takes them. `accessed`, `modified`: nanoseconds, as the guest says. */
export function newTimes(
  flags: number,
  accessed: bigint,
  modified: bigint,
  { atimeNs, mtimeNs }: BigIntStats,
): [number, number] {
  const now = Date.now() / 1000;
  return [
    flags & ATIM_NOW ? now : seconds(flags & ATIM ? BigInt.asUintN(64, accessed) : atimeNs),
    flags & MTIM_NOW ? now : seconds(flags & MTIM ? BigInt.asUintN(64, modified) : mtimeNs),
  ];
}

/** Half a microsecond more, because the rest is cut off, and a double may be just under what it stands for. */
function seconds(nanoseconds: bigint): number {
  return (Number(nanoseconds / 1000n) + 0.5) / 1e6;
}
