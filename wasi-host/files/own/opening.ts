/** path_open: from names to descriptors (witx, `path_open`, `$oflags`, `$fdflags`). */
import fs from "node:fs";
import { Errno } from "../../abi/errno.ts";
import { Fdflags, Filetype } from "../../abi/file-attributes.ts";
import { Rights } from "../../abi/rights.ts";
import { SystemError } from "../../errors/system-error.ts";
import { filetypeOf } from "../contract/file-status.ts";
import { type OpenDirectory, OpenFile } from "./open-files.ts";
import { textAt, Walk } from "./path-resolution.ts";
import { followed } from "./paths.ts";
import type { Call, State } from "./state.ts";

const CREAT = 1;
const DIRECTORY = 2;
const EXCL = 4;
const TRUNC = 8;
const KNOWN_OFLAGS = CREAT | DIRECTORY | EXCL | TRUNC;
const { APPEND, DSYNC, NONBLOCK, RSYNC, SYNC } = Fdflags;
const KNOWN_FDFLAGS = APPEND | DSYNC | NONBLOCK | RSYNC | SYNC;

/** Flags that Windows lacks are 0 there. */
const O = fs.constants;
const { O_DIRECTORY = 0, O_NOCTTY = 0, O_NONBLOCK = 0, O_SYNC = 0, O_DSYNC = 0 } = O;

export function opening({ memory, files }: State): Record<string, Call> {
  return {
    path_open(
      number: number,
      lookup: number,
      path: number,
      length: number,
      oflags: number,
      rights: bigint,
      _inheriting: bigint,
      fdflags: number,
      result: number,
    ) {
      const directory = files.directory(number, Rights.PATH_OPEN);
      const follow = followed(lookup);
      checkFlags(oflags, fdflags);
      const mode = modeOf(rights, oflags, directory.inheriting);
      checkRights(directory, oflags, mode, fdflags);
      // A file that must be new is not created in place of a link (open(2), O_EXCL).
      const exclusive = (oflags & (CREAT | EXCL)) === (CREAT | EXCL);
      using found = new Walk(directory.directory, textAt(memory, path, length), exclusive ? "never" : follow);
      if (found.slash && (oflags & CREAT) !== 0) throw new SystemError(Errno.ISDIR, "open");
      const osFlags = access(mode, oflags) | modes(fdflags) | O_NOCTTY | O_NONBLOCK;
      const file = open(found, osFlags, oflags, { handedOn: directory.inheriting, mode, fdflags });
      memory.view.setUint32(result, files.insert(file), true);
    },
  };
}

/** A FIFO or a terminal opens without waiting for its peer, and does not become the controlling terminal. */
function open(
  { directory, name, slash }: Walk,
  osFlags: number,
  oflags: number,
  asked: { handedOn: bigint; mode: bigint; fdflags: number },
): OpenFile {
  const fd = directory.open(name, osFlags | creation(oflags) | (slash ? O_DIRECTORY : 0));
  try {
    const stats = fs.fstatSync(fd, { bigint: true });
    const filetype = filetypeOf(stats);
    const opened = filetype === Filetype.DIRECTORY ? directory.opened(name, fd) : undefined;
    return new OpenFile({
      ...asked,
      fd,
      filetype,
      seekable: stats.isFile() || stats.isBlockDevice(),
      directory: opened,
      osFlags,
    });
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function checkFlags(oflags: number, fdflags: number): void {
  const both = (oflags & CREAT) !== 0 && (oflags & DIRECTORY) !== 0;
  if (both || (oflags & ~KNOWN_OFLAGS) !== 0 || (fdflags & ~KNOWN_FDFLAGS) !== 0)
    throw new SystemError(Errno.INVAL, "open");
}

/**
 * The requested FD_READ and FD_WRITE. Without either, a file is opened for reading, and also for writing if it may have
 * been created or truncated and its directory passes that on.
 */
function modeOf(rights: bigint, oflags: number, handedOn: bigint): bigint {
  const asked = rights & (Rights.FD_READ | Rights.FD_WRITE);
  if (asked !== 0n) return asked;
  const changes = (oflags & (CREAT | TRUNC)) !== 0;
  return (changes ? Rights.FD_READ | Rights.FD_WRITE : Rights.FD_READ) & handedOn;
}

/** The directory must pass the mode on, and creating or truncating needs rights of the directory. */
function checkRights({ rights, inheriting }: OpenDirectory, oflags: number, mode: bigint, fdflags: number): void {
  let needed = 0n;
  if ((oflags & CREAT) !== 0) needed |= Rights.PATH_CREATE_FILE;
  if ((oflags & TRUNC) !== 0) needed |= Rights.PATH_FILESTAT_SET_SIZE;
  let handed = mode;
  if ((fdflags & DSYNC) !== 0) handed |= Rights.FD_DATASYNC;
  if ((fdflags & (RSYNC | SYNC)) !== 0) handed |= Rights.FD_SYNC;
  if ((needed & ~rights) !== 0n || (handed & ~inheriting) !== 0n) throw new SystemError(Errno.NOTCAPABLE, "open");
}

function access(mode: bigint, oflags: number): number {
  const writes = (mode & Rights.FD_WRITE) !== 0n || (oflags & TRUNC) !== 0;
  if (!writes) return O.O_RDONLY;
  return (mode & Rights.FD_READ) !== 0n ? O.O_RDWR : O.O_WRONLY;
}

function modes(fdflags: number): number {
  let flags = 0;
  if ((fdflags & APPEND) !== 0) flags |= O.O_APPEND;
  if ((fdflags & DSYNC) !== 0) flags |= O_DSYNC;
  if ((fdflags & (RSYNC | SYNC)) !== 0) flags |= O_SYNC;
  return flags;
}

function creation(oflags: number): number {
  let flags = 0;
  if ((oflags & CREAT) !== 0) flags |= O.O_CREAT;
  if ((oflags & (CREAT | EXCL)) === (CREAT | EXCL)) flags |= O.O_EXCL;
  if ((oflags & TRUNC) !== 0) flags |= O.O_TRUNC;
  if ((oflags & DIRECTORY) !== 0) flags |= O_DIRECTORY;
  return flags;
}
