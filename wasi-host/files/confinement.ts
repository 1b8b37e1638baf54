/**
 * Keeps a base that works with host paths inside the granted directories.
 *
 * uvwasi checks only the text of a path. Links in its middle, and an unfollowed link at its end, can lead anywhere. A guest
 * could make such links to read /etc. So each path is first resolved here, link by link, and a path that leaves its granted
 * directory is ENOTCAPABLE. Between the check and the call, only a process outside the guest could change a link.
 */
import { readlinkSync, realpathSync } from "node:fs";
import path from "node:path";
import { Errno, errnoOfCode } from "../abi/errno.ts";
import type { Imports } from "../abi/imports.ts";

const FOLLOW = 1;
/** The kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;

// biome-ignore lint/suspicious/noExplicitAny: the signatures differ; arguments are passed on as they came.
type Calls = Record<string, (...args: any[]) => number>;

/** The place of a base's descriptor: its host path, in the base's form, and the granted directory's. */
interface Place {
  readonly root: string;
  readonly path: string;
}

/** WASI's names are UTF-8. Other bytes would decode to a different name than the system's. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Confinement {
  /** Whether the last look ended at a link that it must not follow. */
  foundLink = false;
  readonly #memory: () => WebAssembly.Memory;
  readonly #places = new Map<number, Place>();
  /** The result of the last look. */
  #found: Place = { root: "", path: "" };

  constructor(roots: ReadonlyMap<number, string>, memory: () => WebAssembly.Memory) {
    this.#memory = memory;
    for (const [number, root] of roots) {
      const real = realpathSync(root);
      this.#places.set(number, { root: real, path: real });
    }
  }

  /**
   * 0 if the path stays inside, or the errno. `flags`: lookupflags; without FOLLOW the path means a link at its end.
   */
  look(directory: number, pointer: number, length: number, flags = 0): number {
    const place = this.#places.get(directory);
    if (place === undefined) return Errno.BADF;
    if (!this.terminated(pointer + length)) return Errno.FAULT;
    const text = this.text(pointer, length);
    if (text === undefined) return Errno.ILSEQ;
    if (text.includes("\0")) return Errno.INVAL;
    if (text.startsWith("/")) return Errno.NOTCAPABLE;
    return this.#walk(place.root, path.resolve(place.path, text), (flags & FOLLOW) !== 0);
  }

  #walk(root: string, start: string, follow: boolean): number {
    let name = start;
    for (let links = 0; links < MAX_LINKS; links++) {
      const parent = realPlace(path.dirname(name));
      const place = path.join(parent.path, path.basename(name));
      if (!isWithin(root, parent.error === 0 ? place : parent.path)) return Errno.NOTCAPABLE;
      if (parent.error !== 0) return parent.error;
      const target = targetOf(place);
      this.#found = { root, path: name };
      this.foundLink = target !== undefined;
      if (target === undefined || !follow) return 0;
      if (path.isAbsolute(target)) return Errno.NOTCAPABLE;
      name = path.resolve(path.dirname(name), target);
    }
    return Errno.LOOP;
  }

  /** The last look was at the file that is now open as `number`. */
  opened(number: number): void {
    this.#places.set(number, this.#found);
  }

  closed(number: number): void {
    this.#places.delete(number);
  }

  /**
   * Whether there is a NUL at `end` or later. uvwasi reads up to a NUL whatever the length, and without one crashes
   * outside of memory.
   */
  terminated(end: number): boolean {
    return new Uint8Array(this.#memory().buffer).indexOf(0, end) >= 0;
  }

  text(pointer: number, length: number): string | undefined {
    try {
      return utf8.decode(new Uint8Array(this.#memory().buffer, pointer, length));
    } catch {
      return undefined;
    }
  }
}

/**
 * The base's calls, confined. `roots`: the host's path of each granted directory, by the base's own number. `memory`: the
 * guest's, once there is one. The caller has checked pointers and lengths.
 */
export function confine(base: Calls, roots: ReadonlyMap<number, string>, memory: () => WebAssembly.Memory): Imports {
  const paths = new Confinement(roots, memory);
  return {
    ...base,

    fd_close(fd: number): number {
      paths.closed(fd);
      return base.fd_close(fd);
    },

    path_create_directory(fd: number, name: number, length: number): number {
      return paths.look(fd, name, length) || base.path_create_directory(fd, name, length);
    },

    path_filestat_get(fd: number, flags: number, name: number, length: number, result: number): number {
      return paths.look(fd, name, length, flags) || base.path_filestat_get(fd, flags, name, length, result);
    },

    path_filestat_set_times(fd: number, flags: number, name: number, length: number, ...times: unknown[]): number {
      return paths.look(fd, name, length, flags) || base.path_filestat_set_times(fd, flags, name, length, ...times);
    },

    path_link(
      fd: number,
      flags: number,
      name: number,
      length: number,
      newFd: number,
      newName: number,
      newLength: number,
    ) {
      const error = paths.look(fd, name, length, flags) || paths.look(newFd, newName, newLength);
      return error || base.path_link(fd, flags, name, length, newFd, newName, newLength);
    },

    /** A link must not be opened without following it (open(2), O_NOFOLLOW), but uvwasi opens it. */
    path_open(fd: number, flags: number, name: number, length: number, ...rest: unknown[]): number {
      const error = paths.look(fd, name, length, flags) || (paths.foundLink ? Errno.LOOP : 0);
      if (error !== 0) return error;
      const refused = base.path_open(fd, flags, name, length, ...rest);
      if (refused === 0) paths.opened(new DataView(memory().buffer).getUint32(rest.at(-1) as number, true));
      return refused;
    },

    path_readlink(fd: number, name: number, length: number, ...rest: unknown[]): number {
      return paths.look(fd, name, length) || base.path_readlink(fd, name, length, ...rest);
    },

    path_remove_directory(fd: number, name: number, length: number): number {
      return paths.look(fd, name, length) || base.path_remove_directory(fd, name, length);
    },

    path_rename(fd: number, name: number, length: number, newFd: number, newName: number, newLength: number): number {
      const error = paths.look(fd, name, length) || paths.look(newFd, newName, newLength);
      return error || base.path_rename(fd, name, length, newFd, newName, newLength);
    },

    /** A relative target is checked when it is used. An absolute target is never a name of the guest's. */
    path_symlink(target: number, targetLength: number, fd: number, name: number, length: number): number {
      if (!paths.terminated(target + targetLength)) return Errno.FAULT;
      if (paths.text(target, targetLength)?.startsWith("/")) return Errno.NOTCAPABLE;
      return paths.look(fd, name, length) || base.path_symlink(target, targetLength, fd, name, length);
    },

    path_unlink_file(fd: number, name: number, length: number): number {
      return paths.look(fd, name, length) || base.path_unlink_file(fd, name, length);
    },
  };
}

/** The real path of a directory; or, with the error, the last existing part of its path. */
function realPlace(directory: string): { path: string; error: number } {
  try {
    return { path: realpathSync(directory), error: 0 };
  } catch (error) {
    const errno = errnoOfCode((error as NodeJS.ErrnoException).code);
    return { path: realPlace(path.dirname(directory)).path, error: errno };
  }
}

function isWithin(root: string, place: string): boolean {
  return place === root || place.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}

/** The target of a link; undefined if there is no link. */
function targetOf(place: string): string | undefined {
  try {
    return readlinkSync(place);
  } catch {
    return undefined;
  }
}
