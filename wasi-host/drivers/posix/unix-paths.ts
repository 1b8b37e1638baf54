/**
 * The names of Unix sockets in the file system: bind(2) makes one, and nobody removes it (unix(7)).
 *
 * Here a name goes when its listener is closed. One that a process left behind when it was killed is removed when somebody
 * listens there again: nobody answers at it. One at which somebody answers stays, and bind says EADDRINUSE.
 */
import { lstatSync, unlinkSync } from "node:fs";
import { Errno } from "../../errno.ts";
import { failure, libc } from "./libc.ts";
import { AF_UNIX, encode } from "./sockaddr.ts";

const STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;

export class UnixPaths {
  /** By handle: the name, and what stood there when it was made. */
  readonly #made = new Map<number, { readonly path: string; readonly inode: number }>();

  /** To be called before bind. */
  removeStale(path: string): void {
    if (inodeOf(path) !== undefined && refuses(path)) unlinkSync(path);
  }

  /** To be called after bind. */
  add(handle: number, path: string): void {
    const inode = inodeOf(path);
    if (inode !== undefined) this.#made.set(handle, { path, inode });
  }

  /** The handle is closed: its name goes, unless somebody has put another socket there. */
  remove(handle: number): void {
    const made = this.#made.get(handle);
    if (made === undefined) return;
    this.#made.delete(handle);
    if (inodeOf(made.path) === made.inode) unlinkSync(made.path);
  }
}

/** Of a socket; undefined where there is none. */
function inodeOf(path: string): number | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isSocket() ? stat.ino : undefined;
}

function refuses(path: string): boolean {
  const fd = libc.socket(AF_UNIX, STREAM_NONBLOCK_CLOEXEC, 0);
  const name = encode({ host: path, port: -1 });
  const refused = libc.connect(fd, name, name.length) < 0 && failure() === -Errno.CONNREFUSED;
  libc.close(fd);
  return refused;
}
