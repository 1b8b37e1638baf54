/** wasi:filesystem/types. */
import { Errno } from "../../../abi/errno.ts";
import { Fdflags, Filetype, Fstflags } from "../../../abi/file-attributes.ts";
import { Rights } from "../../../abi/rights.ts";
import { type Caller, SUCCEEDED } from "../caller.ts";
import {
  DATETIME,
  DESCRIPTOR_STAT,
  DIRECTORY_ENTRY,
  OPTION_BYTE,
  RESULT_BYTE,
  RESULT_BYTES_AND_END,
  RESULT_DIRECTORY_ENTRY,
  RESULT_HASH,
  RESULT_LIST,
  RESULT_STAT,
  RESULT_U64,
  RESULT_WORD,
  type ResultLayout,
} from "../layout.ts";
import { DESCRIPTOR, DIRECTORY_ENTRY_STREAM, ERROR, INPUT_STREAM, OUTPUT_STREAM } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { caseOf } from "../trap.ts";
import {
  DATA_INTEGRITY_SYNC,
  FILE_INTEGRITY_SYNC,
  FileDescriptor,
  MUTATE_DIRECTORY,
  READ,
  REQUESTED_WRITE_SYNC,
  typeOf,
  WRITE,
} from "./descriptor.ts";
import { DirectoryEntryStream } from "./directory-entry-stream.ts";
import { codeOf } from "./error-code.ts";
import { MAX_BYTES, type Path, type Stat } from "./files.ts";
import { FileInput, FileOutput } from "./streams.ts";

/** path-flags, which are preview1's lookupflags. */
const SYMLINK_FOLLOW = 1;
/** open-flags, which are preview1's oflags. */
const OPEN_FLAGS = 15;
const CREATE = 1;
const DIRECTORY = 2;
const TRUNCATE = 8;
const DESCRIPTOR_FLAGS = 63;
/** new-timestamp. */
const NO_CHANGE = 0;
const NOW = 1;

const SECOND = 1_000_000_000n;

/** The options of path_open beside reading and writing. */
const RIGHTS =
  Rights.FD_SEEK |
  Rights.FD_TELL |
  Rights.FD_ADVISE |
  Rights.FD_SYNC |
  Rights.FD_FDSTAT_SET_FLAGS |
  Rights.FD_FILESTAT_GET |
  Rights.FD_FILESTAT_SET_TIMES |
  Rights.FD_READDIR |
  Rights.POLL_FD_READWRITE;
const WRITING = Rights.FD_WRITE | Rights.FD_DATASYNC | Rights.FD_ALLOCATE | Rights.FD_FILESTAT_SET_SIZE;

export function types({ files: filesOf, held, metadataHash }: State, caller: Caller): Functions {
  const { handles, memory } = caller;
  const files = filesOf();
  const { calls } = files;

  /** Writes a result; its error is `errno`, unless that is 0. */
  function finish(result: number, errno: number, layout: ResultLayout = RESULT_BYTE): undefined {
    const at = caller.place(result, layout);
    if (errno !== 0) return caller.fail(at, layout, codeOf(errno));
    memory.bytes[at] = SUCCEEDED;
  }

  /** Makes a call with a path of the guest, the call's first. */
  function withPath(result: number, pointer: number, length: number, call: (path: Path) => number): undefined {
    const path = files.path(caller.text(pointer, length));
    return finish(result, path === undefined ? Errno.NAMETOOLONG : call(path));
  }

  /** Makes a call with two paths. */
  function withPaths(result: number, one: Path, other: Path, call: (one: Path, other: Path) => number): undefined {
    const paths = [files.path(caller.text(...one), 0), files.path(caller.text(...other), 1)] as const;
    const [first, second] = paths;
    return finish(result, first === undefined || second === undefined ? Errno.NAMETOOLONG : call(first, second));
  }

  function leaveHandle(result: number, handle: number): undefined {
    memory.bytes[result] = SUCCEEDED;
    memory.words[(result + RESULT_WORD.payload) >>> 2] = handle;
  }

  function leaveTime(at: number, nanoseconds: bigint): void {
    const { view } = memory;
    memory.bytes[at] = 1; // some
    const time = at + DESCRIPTOR_STAT.datetime;
    view.setBigUint64(time, nanoseconds / SECOND, true);
    view.setUint32(time + DATETIME.nanoseconds, Number(nanoseconds % SECOND), true);
  }

  function leaveStat(stat: Stat | number, result: number): undefined {
    const at = caller.place(result, RESULT_STAT);
    if (typeof stat === "number") return caller.fail(at, RESULT_STAT, codeOf(stat));
    const { view, bytes } = memory;
    const first = at + RESULT_STAT.payload;
    bytes[at] = SUCCEEDED;
    bytes[first] = typeOf(stat.filetype);
    view.setBigUint64(first + DESCRIPTOR_STAT.links, stat.links, true);
    view.setBigUint64(first + DESCRIPTOR_STAT.bytes, stat.size, true);
    leaveTime(first + DESCRIPTOR_STAT.accessed, stat.accessed);
    leaveTime(first + DESCRIPTOR_STAT.modified, stat.modified);
    leaveTime(first + DESCRIPTOR_STAT.changed, stat.changed);
  }

  function leaveHash(stat: Stat | number, result: number): undefined {
    const at = caller.place(result, RESULT_HASH);
    if (typeof stat === "number") return caller.fail(at, RESULT_HASH, codeOf(stat));
    const [lower, upper] = metadataHash.of(stat);
    memory.bytes[at] = SUCCEEDED;
    memory.view.setBigUint64(at + RESULT_HASH.payload, lower, true);
    memory.view.setBigUint64(at + RESULT_HASH.payload + 8, upper, true);
  }

  function statAt(handle: number, flags: number, pointer: number, length: number): Stat | number {
    const { number } = handles.get(DESCRIPTOR, handle);
    const path = files.path(caller.text(pointer, length));
    if (path === undefined) return Errno.NAMETOOLONG;
    return files.stat((result) => calls.path_filestat_get(number, flags & SYMLINK_FOLLOW, ...path, result));
  }

  /** 0, or the errno for bytes of a directory, or of a file opened without `flag`. */
  function refusal({ number, flags }: FileDescriptor, flag: number): number {
    const stat = files.statOf(number);
    if (typeof stat === "number") return stat;
    if (stat.filetype === Filetype.DIRECTORY) return Errno.ISDIR;
    return (flags & flag) === 0 ? Errno.BADF : 0;
  }

  function openAt(
    directory: FileDescriptor,
    lookup: number,
    path: Path,
    how: number,
    flags: number,
  ): FileDescriptor | number {
    const changes = (how & (CREATE | TRUNCATE)) !== 0 || (flags & (WRITE | MUTATE_DIRECTORY)) !== 0;
    const mutable = (directory.flags & MUTATE_DIRECTORY) !== 0;
    if (changes && !mutable) return Errno.ROFS;
    // A file cannot have it (descriptor-flags): the path must be a directory.
    const oflags = how | ((flags & MUTATE_DIRECTORY) !== 0 ? DIRECTORY : 0);
    let rights = RIGHTS;
    if ((flags & READ) !== 0) rights |= Rights.FD_READ;
    if ((flags & WRITE) !== 0) rights |= WRITING;
    const number = files.open(directory.number, lookup & SYMLINK_FOLLOW, path, oflags, rights, fdflagsOf(flags));
    if (number < 0) return -number;
    const stat = files.statOf(number);
    const isDirectory = typeof stat !== "number" && stat.filetype === Filetype.DIRECTORY;
    // A directory inherits MUTATE_DIRECTORY without asking, because the preview1 adapter does not ask for it.
    const inherited = isDirectory && mutable ? MUTATE_DIRECTORY : 0;
    return new FileDescriptor(files, number, (flags & ~MUTATE_DIRECTORY) | inherited);
  }

  return {
    "[method]descriptor.read-via-stream"(handle: number, offset: bigint, result: number): undefined {
      const file = handles.get(DESCRIPTOR, handle);
      const at = caller.place(result, RESULT_WORD);
      const error = refusal(file, READ);
      if (error !== 0) return caller.fail(at, RESULT_WORD, codeOf(error));
      leaveHandle(at, handles.insert(INPUT_STREAM, new FileInput(files, file, BigInt.asUintN(64, offset))));
    },

    "[method]descriptor.write-via-stream"(handle: number, offset: bigint, result: number): undefined {
      const file = handles.get(DESCRIPTOR, handle);
      const at = caller.place(result, RESULT_WORD);
      const error = refusal(file, WRITE);
      if (error !== 0) return caller.fail(at, RESULT_WORD, codeOf(error));
      leaveHandle(at, handles.insert(OUTPUT_STREAM, new FileOutput(files, file, BigInt.asUintN(64, offset), held)));
    },

    "[method]descriptor.append-via-stream"(handle: number, result: number): undefined {
      const file = handles.get(DESCRIPTOR, handle);
      const at = caller.place(result, RESULT_WORD);
      const error = refusal(file, WRITE);
      if (error !== 0) return caller.fail(at, RESULT_WORD, codeOf(error));
      leaveHandle(at, handles.insert(OUTPUT_STREAM, new FileOutput(files, file, undefined, held)));
    },

    /** `advice` has preview1's order. */
    "[method]descriptor.advise"(
      handle: number,
      offset: bigint,
      length: bigint,
      advice: number,
      result: number,
    ): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      caseOf(advice, 6, "advice");
      return finish(result, calls.fd_advise(number, offset, length, advice));
    },

    "[method]descriptor.sync-data"(handle: number, result: number): undefined {
      const { number, flags } = handles.get(DESCRIPTOR, handle);
      return finish(result, (flags & WRITE) === 0 ? 0 : calls.fd_datasync(number));
    },

    "[method]descriptor.get-flags"(handle: number, result: number): undefined {
      const { flags } = handles.get(DESCRIPTOR, handle);
      const at = caller.place(result, RESULT_BYTE);
      memory.bytes[at] = SUCCEEDED;
      memory.bytes[at + RESULT_BYTE.payload] = flags;
    },

    "[method]descriptor.get-type"(handle: number, result: number): undefined {
      const stat = files.statOf(handles.get(DESCRIPTOR, handle).number);
      const at = caller.place(result, RESULT_BYTE);
      if (typeof stat === "number") return caller.fail(at, RESULT_BYTE, codeOf(stat));
      memory.bytes[at] = SUCCEEDED;
      memory.bytes[at + RESULT_BYTE.payload] = typeOf(stat.filetype);
    },

    "[method]descriptor.set-size"(handle: number, size: bigint, result: number): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      return finish(result, calls.fd_filestat_set_size(number, size));
    },

    "[method]descriptor.set-times"(
      handle: number,
      accessed: number,
      accessedSeconds: bigint,
      accessedNanoseconds: number,
      modified: number,
      modifiedSeconds: bigint,
      modifiedNanoseconds: number,
      result: number,
    ): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      const times = new Times(
        [accessed, accessedSeconds, accessedNanoseconds],
        [modified, modifiedSeconds, modifiedNanoseconds],
      );
      return finish(result, calls.fd_filestat_set_times(number, times.accessed, times.modified, times.flags));
    },

    "[method]descriptor.read"(handle: number, length: bigint, offset: bigint, result: number): undefined {
      const file = handles.get(DESCRIPTOR, handle);
      const most = length >= 0n && length < MAX_BYTES ? Number(length) : MAX_BYTES;
      const at = caller.place(result, RESULT_BYTES_AND_END);
      const refused = refusal(file, READ);
      const count = refused !== 0 ? -refused : files.read(file.number, most, offset);
      if (count < 0) return caller.fail(at, RESULT_BYTES_AND_END, codeOf(-count));
      caller.putBytes(at + RESULT_BYTES_AND_END.payload, files.bytes.subarray(0, count));
      memory.bytes[at + RESULT_BYTES_AND_END.end] = count === 0 && most > 0 ? 1 : 0;
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]descriptor.write"(
      handle: number,
      buffer: number,
      length: number,
      offset: bigint,
      result: number,
    ): undefined {
      const file = handles.get(DESCRIPTOR, handle);
      const size = length >>> 0;
      const from = caller.bytes(buffer, size);
      const at = caller.place(result, RESULT_U64);
      const refused = refusal(file, WRITE);
      const part = Math.min(size, MAX_BYTES);
      files.bytes.set(memory.bytes.subarray(from, from + part));
      const count = refused !== 0 ? -refused : files.write(file.number, part, offset);
      if (count < 0) return caller.fail(at, RESULT_U64, codeOf(-count));
      memory.bytes[at] = SUCCEEDED;
      memory.view.setBigUint64(at + RESULT_U64.payload, BigInt(count), true);
    },

    "[method]descriptor.read-directory"(handle: number, result: number): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      const at = caller.place(result, RESULT_WORD);
      const entries = files.entries(number);
      if (typeof entries === "number") return caller.fail(at, RESULT_WORD, codeOf(entries));
      leaveHandle(at, handles.insert(DIRECTORY_ENTRY_STREAM, new DirectoryEntryStream(entries)));
    },

    "[method]descriptor.sync"(handle: number, result: number): undefined {
      const { number, flags } = handles.get(DESCRIPTOR, handle);
      return finish(result, (flags & WRITE) === 0 ? 0 : calls.fd_sync(number));
    },

    "[method]descriptor.create-directory-at"(
      handle: number,
      pointer: number,
      length: number,
      result: number,
    ): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      return withPath(result, pointer, length, (path) => calls.path_create_directory(number, ...path));
    },

    "[method]descriptor.stat"(handle: number, result: number): undefined {
      return leaveStat(files.statOf(handles.get(DESCRIPTOR, handle).number), result);
    },

    "[method]descriptor.stat-at"(
      handle: number,
      flags: number,
      pointer: number,
      length: number,
      result: number,
    ): undefined {
      return leaveStat(statAt(handle, flags, pointer, length), result);
    },

    "[method]descriptor.set-times-at"(
      handle: number,
      flags: number,
      pointer: number,
      length: number,
      accessed: number,
      accessedSeconds: bigint,
      accessedNanoseconds: number,
      modified: number,
      modifiedSeconds: bigint,
      modifiedNanoseconds: number,
      result: number,
    ): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      const times = new Times(
        [accessed, accessedSeconds, accessedNanoseconds],
        [modified, modifiedSeconds, modifiedNanoseconds],
      );
      return withPath(result, pointer, length, (path) =>
        calls.path_filestat_set_times(
          number,
          flags & SYMLINK_FOLLOW,
          ...path,
          times.accessed,
          times.modified,
          times.flags,
        ),
      );
    },

    "[method]descriptor.link-at"(
      handle: number,
      flags: number,
      oldPointer: number,
      oldLength: number,
      newHandle: number,
      newPointer: number,
      newLength: number,
      result: number,
    ): undefined {
      const { number: from } = handles.get(DESCRIPTOR, handle);
      const { number: to } = handles.get(DESCRIPTOR, newHandle);
      return withPaths(result, [oldPointer, oldLength], [newPointer, newLength], (old, path) =>
        calls.path_link(from, flags & SYMLINK_FOLLOW, ...old, to, ...path),
      );
    },

    "[method]descriptor.open-at"(
      handle: number,
      lookup: number,
      pointer: number,
      length: number,
      how: number,
      flags: number,
      result: number,
    ): undefined {
      const directory = handles.get(DESCRIPTOR, handle);
      const path = files.path(caller.text(pointer, length));
      const at = caller.place(result, RESULT_WORD);
      const opened =
        path === undefined
          ? Errno.NAMETOOLONG
          : openAt(directory, lookup, path, how & OPEN_FLAGS, flags & DESCRIPTOR_FLAGS);
      if (typeof opened === "number") return caller.fail(at, RESULT_WORD, codeOf(opened));
      leaveHandle(at, handles.insert(DESCRIPTOR, opened));
    },

    "[method]descriptor.readlink-at"(handle: number, pointer: number, length: number, result: number): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      const path = files.path(caller.text(pointer, length));
      const at = caller.place(result, RESULT_LIST);
      const target = path === undefined ? Errno.NAMETOOLONG : files.link(number, path);
      if (typeof target === "number") return caller.fail(at, RESULT_LIST, codeOf(target));
      if (target.startsWith("/")) return caller.fail(at, RESULT_LIST, codeOf(Errno.PERM));
      caller.putText(at + RESULT_LIST.payload, target);
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]descriptor.remove-directory-at"(
      handle: number,
      pointer: number,
      length: number,
      result: number,
    ): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      return withPath(result, pointer, length, (path) => calls.path_remove_directory(number, ...path));
    },

    "[method]descriptor.rename-at"(
      handle: number,
      oldPointer: number,
      oldLength: number,
      newHandle: number,
      newPointer: number,
      newLength: number,
      result: number,
    ): undefined {
      const { number: from } = handles.get(DESCRIPTOR, handle);
      const { number: to } = handles.get(DESCRIPTOR, newHandle);
      return withPaths(result, [oldPointer, oldLength], [newPointer, newLength], (old, path) =>
        calls.path_rename(from, ...old, to, ...path),
      );
    },

    "[method]descriptor.symlink-at"(
      handle: number,
      oldPointer: number,
      oldLength: number,
      newPointer: number,
      newLength: number,
      result: number,
    ): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      return withPaths(result, [oldPointer, oldLength], [newPointer, newLength], (target, path) =>
        calls.path_symlink(...target, number, ...path),
      );
    },

    "[method]descriptor.unlink-file-at"(handle: number, pointer: number, length: number, result: number): undefined {
      const { number } = handles.get(DESCRIPTOR, handle);
      return withPath(result, pointer, length, (path) => calls.path_unlink_file(number, ...path));
    },

    "[method]descriptor.is-same-object"(handle: number, other: number): number {
      const one = files.statOf(handles.get(DESCRIPTOR, handle).number);
      const two = files.statOf(handles.get(DESCRIPTOR, other).number);
      if (typeof one === "number" || typeof two === "number") return 0;
      return one.device === two.device && one.inode === two.inode ? 1 : 0;
    },

    "[method]descriptor.metadata-hash"(handle: number, result: number): undefined {
      return leaveHash(files.statOf(handles.get(DESCRIPTOR, handle).number), result);
    },

    "[method]descriptor.metadata-hash-at"(
      handle: number,
      flags: number,
      pointer: number,
      length: number,
      result: number,
    ): undefined {
      return leaveHash(statAt(handle, flags, pointer, length), result);
    },

    "[method]directory-entry-stream.read-directory-entry"(handle: number, result: number): undefined {
      const entry = handles.get(DIRECTORY_ENTRY_STREAM, handle).next();
      const at = caller.place(result, RESULT_DIRECTORY_ENTRY);
      if (entry !== undefined && entry.name === undefined) {
        return caller.fail(at, RESULT_DIRECTORY_ENTRY, codeOf(Errno.ILSEQ));
      }
      const option = at + RESULT_DIRECTORY_ENTRY.payload;
      if (entry?.name !== undefined) {
        const first = option + DIRECTORY_ENTRY.align;
        caller.putText(first + DIRECTORY_ENTRY.name, entry.name);
        memory.bytes[first] = typeOf(entry.filetype);
      }
      memory.bytes[option] = entry === undefined ? 0 : 1;
      memory.bytes[at] = SUCCEEDED;
    },

    "filesystem-error-code"(handle: number, result: number): void {
      const { errno, of } = handles.get(ERROR, handle);
      const at = caller.place(result, OPTION_BYTE);
      memory.bytes[at] = of === "filesystem" ? 1 : 0;
      memory.bytes[at + OPTION_BYTE.payload] = codeOf(errno);
    },
  };
}

/** preview1's fdflags. */
function fdflagsOf(flags: number): number {
  let fdflags = 0;
  if ((flags & FILE_INTEGRITY_SYNC) !== 0) fdflags |= Fdflags.SYNC;
  if ((flags & DATA_INTEGRITY_SYNC) !== 0) fdflags |= Fdflags.DSYNC;
  if ((flags & REQUESTED_WRITE_SYNC) !== 0) fdflags |= Fdflags.RSYNC;
  return fdflags;
}

type NewTimestamp = readonly [tag: number, seconds: bigint, nanoseconds: number];

/** Two new-timestamps in preview1's form. */
class Times {
  readonly accessed: bigint;
  readonly modified: bigint;
  readonly flags: number;

  constructor(accessed: NewTimestamp, modified: NewTimestamp) {
    this.accessed = nanosecondsOf(accessed);
    this.modified = nanosecondsOf(modified);
    this.flags =
      flagOf(accessed, Fstflags.ATIM, Fstflags.ATIM_NOW) | flagOf(modified, Fstflags.MTIM, Fstflags.MTIM_NOW);
  }
}

function flagOf([tag]: NewTimestamp, given: number, now: number): number {
  caseOf(tag, 3, "new-timestamp");
  if (tag === NO_CHANGE) return 0;
  return tag === NOW ? now : given;
}

function nanosecondsOf([, seconds, nanoseconds]: NewTimestamp): bigint {
  return BigInt.asUintN(64, BigInt.asUintN(64, seconds) * SECOND + BigInt(nanoseconds >>> 0));
}
