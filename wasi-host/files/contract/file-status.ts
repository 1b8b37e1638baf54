/** What a file is: the system's answer, in WASI's form (witx, `$filestat`, `$filetype`). */
import type { BigIntStats } from "node:fs";
import { Filetype } from "../../abi/filetype.ts";
import type { GuestMemory } from "../../memory/guest-memory.ts";

/** Sockets in a directory are reported as stream sockets. WASI has no type for a FIFO. */
export function filetypeOf(stats: BigIntStats): number {
  if (stats.isFile()) return Filetype.REGULAR_FILE;
  if (stats.isDirectory()) return Filetype.DIRECTORY;
  if (stats.isSymbolicLink()) return Filetype.SYMBOLIC_LINK;
  if (stats.isCharacterDevice()) return Filetype.CHARACTER_DEVICE;
  if (stats.isBlockDevice()) return Filetype.BLOCK_DEVICE;
  return stats.isSocket() ? Filetype.SOCKET_STREAM : Filetype.UNKNOWN;
}

/** 64 bytes at `at`, which the memory holds. */
export function writeFilestat({ view }: GuestMemory, at: number, stats: BigIntStats): void {
  view.setBigUint64(at, stats.dev, true);
  view.setBigUint64(at + 8, stats.ino, true);
  view.setBigUint64(at + 16, BigInt(filetypeOf(stats)), true);
  view.setBigUint64(at + 24, stats.nlink, true);
  view.setBigUint64(at + 32, stats.size, true);
  view.setBigUint64(at + 40, stats.atimeNs, true);
  view.setBigUint64(at + 48, stats.mtimeNs, true);
  view.setBigUint64(at + 56, stats.ctimeNs, true);
}
