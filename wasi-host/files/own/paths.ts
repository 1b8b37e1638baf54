/**
 * Names in directories (witx, `path_*`): each call walks to its name, and then makes one system call that follows no link.
 *
 * A slash after a name asks for a directory. The system never gets that slash, because it would follow a link; its errors are
 * produced here.
 */
import fs from "node:fs";
import { Errno } from "../../abi/errno.ts";
import { Rights } from "../../abi/rights.ts";
import { SystemError } from "../../errors/system-error.ts";
import { writeFilestat } from "../contract/file-status.ts";
import { type Follow, textAt, Walk } from "./path-resolution.ts";
import type { Call, State } from "./state.ts";

const FOLLOW = 1;

export function paths({ memory, files, times }: State): Record<string, Call> {
  function walk(number: number, right: bigint, pointer: number, length: number, follow: Follow): Walk {
    const { directory } = files.directory(number, right);
    return new Walk(directory, textAt(memory, pointer, length), follow);
  }

  return {
    path_create_directory(number: number, path: number, length: number) {
      using found = walk(number, Rights.PATH_CREATE_DIRECTORY, path, length, "never");
      fs.mkdirSync(found.place);
    },

    path_filestat_get(number: number, flags: number, path: number, length: number, result: number) {
      using found = walk(number, Rights.PATH_FILESTAT_GET, path, length, followed(flags));
      writeFilestat(memory, result, existing(found));
    },

    path_filestat_set_times(
      number: number,
      flags: number,
      path: number,
      length: number,
      accessed: bigint,
      modified: bigint,
      which: number,
    ) {
      using found = walk(number, Rights.PATH_FILESTAT_SET_TIMES, path, length, followed(flags));
      existing(found);
      if (which !== 0) times().setNamed(found.place, which, accessed, modified);
    },

    path_link(
      number: number,
      flags: number,
      path: number,
      length: number,
      newNumber: number,
      newPath: number,
      newLength: number,
    ) {
      using from = walk(number, Rights.PATH_LINK_SOURCE, path, length, followed(flags));
      using to = walk(newNumber, Rights.PATH_LINK_TARGET, newPath, newLength, "never");
      if (to.slash) existing(to);
      fs.linkSync(from.place, to.place);
    },

    path_readlink(number: number, path: number, length: number, buffer: number, bufferLength: number, result: number) {
      using found = walk(number, Rights.PATH_READLINK, path, length, "before-slash");
      const text = fs.readlinkSync(found.place, { encoding: "buffer" }).subarray(0, bufferLength);
      memory.bytes.set(text, buffer);
      memory.view.setUint32(result, text.length, true);
    },

    path_remove_directory(number: number, path: number, length: number) {
      using found = walk(number, Rights.PATH_REMOVE_DIRECTORY, path, length, "never");
      fs.rmdirSync(found.place);
    },

    path_rename(number: number, path: number, length: number, newNumber: number, newPath: number, newLength: number) {
      using from = walk(number, Rights.PATH_RENAME_SOURCE, path, length, "never");
      using to = walk(newNumber, Rights.PATH_RENAME_TARGET, newPath, newLength, "never");
      if ((from.slash || to.slash) && !existing(from).isDirectory()) throw new SystemError(Errno.NOTDIR, "rename");
      fs.renameSync(from.place, to.place);
    },

    /** A relative target is checked when it is used. An absolute target is never a name of the guest's. */
    path_symlink(target: number, targetLength: number, number: number, path: number, length: number) {
      const text = textAt(memory, target, targetLength);
      using found = walk(number, Rights.PATH_SYMLINK, path, length, "never");
      if (text.startsWith("/")) throw new SystemError(Errno.NOTCAPABLE, "symlink", text);
      if (found.slash) existing(found);
      fs.symlinkSync(text, found.place);
    },

    path_unlink_file(number: number, path: number, length: number) {
      using found = walk(number, Rights.PATH_UNLINK_FILE, path, length, "never");
      const slash = found.slash && !existing(found).isDirectory();
      if (slash) throw new SystemError(Errno.NOTDIR, "unlink");
      // Deno's unlinkSync removes an empty directory.
      if (process.versions.deno !== undefined && existing(found).isDirectory())
        throw new SystemError(Errno.ISDIR, "unlink");
      try {
        fs.unlinkSync(found.place);
      } catch (error) {
        // POSIX has EPERM for a directory, and so have all systems but Linux.
        const directory = (error as NodeJS.ErrnoException).code === "EPERM" && existing(found).isDirectory();
        throw directory ? new SystemError(Errno.ISDIR, "unlink") : error;
      }
    },
  };
}

/** witx, `$lookupflags`. */
export function followed(flags: number): Follow {
  if ((flags & ~FOLLOW) !== 0) throw new SystemError(Errno.INVAL, "open");
  return (flags & FOLLOW) === 0 ? "before-slash" : "always";
}

/** Throws ENOENT if there is no file. */
function existing(found: Walk): fs.BigIntStats {
  const stats = found.stats ?? found.directory.look(found.name);
  if (stats === undefined) throw new SystemError(Errno.NOENT, "lstat", found.name);
  return stats;
}
