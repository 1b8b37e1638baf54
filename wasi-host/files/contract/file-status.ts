/** The file status in WASI's form (witx, `$filestat`, `$filetype`). */
import type { BigIntStats } from "node:fs";
import { FILESTAT, Filetype } from "../../abi/file-attributes.ts";
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

/** Writes the record at `at`, where the memory has room for it. */
export function writeFilestat({ view }: GuestMemory, at: number, stats: BigIntStats): void {
  view.setBigUint64(at + FILESTAT.device, stats.dev, true);
  view.setBigUint64(at + FILESTAT.inode, stats.ino, true);
  view.setBigUint64(at + FILESTAT.filetype, BigInt(filetypeOf(stats)), true);
  view.setBigUint64(at + FILESTAT.links, stats.nlink, true);
  view.setBigUint64(at + FILESTAT.bytes, stats.size, true);
  view.setBigUint64(at + FILESTAT.accessed, stats.atimeNs, true);
  view.setBigUint64(at + FILESTAT.modified, stats.mtimeNs, true);
  view.setBigUint64(at + FILESTAT.changed, stats.ctimeNs, true);
}
