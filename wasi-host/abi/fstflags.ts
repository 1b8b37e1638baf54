/** Which times of a file are set, and to what (witx, `$fstflags`). */
import { Errno } from "./errno.ts";

export const Fstflags = { ATIM: 1, ATIM_NOW: 2, MTIM: 4, MTIM_NOW: 8 } as const;

const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = Fstflags;
const KNOWN = ATIM | ATIM_NOW | MTIM | MTIM_NOW;

/**
 * Returns EINVAL for an unknown bit, and for both a given and the present time; else 0. Bases do not see such flags: uvwasi
 * keeps the file locked after such a call, and closing it would then sleep for ever.
 */
export function checkFstflags(flags: number): number {
  const both = (bits: number) => (flags & bits) === bits;
  return (flags & ~KNOWN) !== 0 || both(ATIM | ATIM_NOW) || both(MTIM | MTIM_NOW) ? Errno.INVAL : 0;
}
