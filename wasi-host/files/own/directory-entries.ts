/**
 * The names of a directory, page by page (witx, `fd_readdir`, `$dirent`).
 *
 * Cookie 0 lists the names, and a cookie is a position in that list. So no name is reported twice or missed, even if
 * the guest adds and removes names while it reads. Names removed in between are left out.
 */
import type { BigIntStats } from "node:fs";
import { Rights } from "../../abi/rights.ts";
import { filetypeOf } from "../contract/file-status.ts";
import type { OpenDirectory } from "./open-files.ts";
import type { Call, State } from "./state.ts";

const DIRENT = 24;
const DOTS = [Buffer.from("."), Buffer.from("..")];

export function directoryEntries({ memory, files }: State): Record<string, Call> {
  const header = new DataView(new ArrayBuffer(DIRENT));

  return {
    fd_readdir(number: number, buffer: number, length: number, cookie: bigint, result: number) {
      const file = files.directory(number, Rights.FD_READDIR);
      if (cookie === 0n || file.names === undefined) file.names = [...DOTS, ...file.directory.names()];
      const from = BigInt.asUintN(64, cookie);
      let used = 0;
      for (let index = Number(from); index < file.names.length && used < length; index++) {
        const name = file.names[index];
        const stats = statsOf(file, name);
        if (stats === undefined) continue;
        header.setBigUint64(0, BigInt(index + 1), true);
        header.setBigUint64(8, stats.ino, true);
        header.setUint32(16, name.length, true);
        header.setUint32(20, filetypeOf(stats), true);
        used += put(new Uint8Array(header.buffer), buffer + used, length - used);
        used += put(name, buffer + used, length - used);
      }
      memory.view.setUint32(result, used, true);
    },
  };

  /** Writes as much as fits: a full buffer says that there is more. */
  function put(bytes: Uint8Array, at: number, room: number): number {
    const part = bytes.subarray(0, room);
    memory.bytes.set(part, at);
    return part.length;
  }
}

/** A directory's parent is invisible from inside: two dots are the directory itself, as in a root. */
function statsOf({ directory }: OpenDirectory, name: Uint8Array): BigIntStats | undefined {
  return directory.look(name === DOTS[1] ? "." : name);
}
