/**
 * New times for a file, as flags say that have been checked (witx, `$fstflags`).
 *
 * Node hands the system microseconds, and always both times: one that is to stay is set to what it was, without its last
 * three digits.
 */
import type { BigIntStats } from "node:fs";
import { Fstflags } from "../../fstflags.ts";

const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = Fstflags;

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
