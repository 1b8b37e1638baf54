/** Attributes of files and descriptors in preview1 (witx, `$filetype`, `$fdflags`, `$filestat`, `$prestat`, `$fstflags`). */
import { Errno } from "./errno.ts";

export const Filetype = {
  UNKNOWN: 0,
  BLOCK_DEVICE: 1,
  CHARACTER_DEVICE: 2,
  DIRECTORY: 3,
  REGULAR_FILE: 4,
  SOCKET_DGRAM: 5,
  SOCKET_STREAM: 6,
  SYMBOLIC_LINK: 7,
} as const;

export const Fdflags = { APPEND: 1, DSYNC: 2, NONBLOCK: 4, RSYNC: 8, SYNC: 16 } as const;

/** The record `filestat`: the offsets of its fields, and its size. Times are nanoseconds since 1970. */
export const FILESTAT = {
  device: 0,
  inode: 8,
  filetype: 16,
  links: 24,
  bytes: 32,
  accessed: 40,
  modified: 48,
  changed: 56,
  size: 64,
} as const;

/** The record `prestat` of a preopened directory: its tag, and the length of the directory's name. */
export const PRESTAT = { tag: 0, nameLength: 4, size: 8 } as const;

/** Which times of a file are set: to a given time, or to the present. */
export const Fstflags = { ATIM: 1, ATIM_NOW: 2, MTIM: 4, MTIM_NOW: 8 } as const;

const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = Fstflags;
const KNOWN = ATIM | ATIM_NOW | MTIM | MTIM_NOW;

/**
 * Returns EINVAL for an unknown bit, and for both a given and the present time; else 0. Bases do not get such flags:
 * uvwasi keeps the file locked after such a call, and closing it would then sleep for ever.
 */
export function checkFstflags(flags: number): number {
  const both = (bits: number) => (flags & bits) === bits;
  return (flags & ~KNOWN) !== 0 || both(ATIM | ATIM_NOW) || both(MTIM | MTIM_NOW) ? Errno.INVAL : 0;
}
