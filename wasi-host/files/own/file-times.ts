/** Sets a file's times, by checked flags (witx, `$fstflags`): with the system's calls if possible, else with Node's. */
import fs from "node:fs";
import { Fstflags } from "../../abi/file-attributes.ts";

const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = Fstflags;

/**
 * `flags`: the times to set, at least one, and their values. `accessed`, `modified`: the guest's nanoseconds since
 * 1970. Both throw an Error with a `code`.
 */
export interface FileTimes {
  /** Sets the times of an open file. */
  setOpen(fd: number, flags: number, accessed: bigint, modified: bigint): void;
  /** Sets the times of a path, not following a link. */
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

/** Access and modification time in seconds, for node:fs. */
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
