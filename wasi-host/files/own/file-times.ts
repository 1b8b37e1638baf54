/** New times for a file, as flags say that have been checked (witx, `$fstflags`): by the system, and else by Node. */
import fs from "node:fs";
import { Fstflags } from "../../abi/file-attributes.ts";

const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = Fstflags;

/**
 * `flags`: which times are set, at least one, and to what. `accessed`, `modified`: nanoseconds since 1970, as the guest has
 * passed them. Both throw an Error with a `code`.
 */
export interface FileTimes {
  /** Of an open file. */
  setOpen(fd: number, flags: number, accessed: bigint, modified: bigint): void;
  /** The times of a path, not following a link. */
  setNamed(place: string, flags: number, accessed: bigint, modified: bigint): void;
}

/**
 * Without the C library. Node sets both times, in microseconds: a time that must stay is set to its old value, which loses its
 * last three digits.
 */
export const nodeTimes: FileTimes = {
  setOpen(fd, flags, accessed, modified) {
    fs.futimesSync(fd, ...newTimes(flags, accessed, modified, fs.fstatSync(fd, { bigint: true })));
  },
  setNamed(place, flags, accessed, modified) {
    fs.lutimesSync(place, ...newTimes(flags, accessed, modified, fs.lstatSync(place, { bigint: true })));
  },
};

/** Access and modification time in seconds, as node:fs takes them. */
function newTimes(
  flags: number,
  accessed: bigint,
  modified: bigint,
  { atimeNs, mtimeNs }: fs.BigIntStats,
): [number, number] {
  const now = Date.now() / 1000;
  return [
    flags & ATIM_NOW ? now : seconds(flags & ATIM ? BigInt.asUintN(64, accessed) : atimeNs),
    flags & MTIM_NOW ? now : seconds(flags & MTIM ? BigInt.asUintN(64, modified) : mtimeNs),
  ];
}

/** Adds half a microsecond, because the rest is cut off and a double may be slightly low. */
function seconds(nanoseconds: bigint): number {
  return (Number(nanoseconds / 1000n) + 0.5) / 1e6;
}
