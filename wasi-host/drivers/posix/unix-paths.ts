/**
 * Names of Unix sockets in the file system: bind(2) creates one, and the kernel never removes it (unix(7)).
 *
 * Here a name is removed when its listener is closed. A name left by a killed process is removed when a socket is bound
 * there again. A name with a socket stays, and bind returns EADDRINUSE.
 */
import { lstatSync, unlinkSync } from "node:fs";
import { Errno } from "../../abi/errno.ts";
import { failure, libc } from "./libc.ts";
import { AF_UNIX, encode } from "./sockaddr.ts";

const DATAGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;

export class UnixPaths {
  /** By handle: the name, and the inode after its creation. */
  readonly #made = new Map<number, { readonly path: string; readonly inode: number }>();

  /** Call it before bind. */
  removeStale(path: string): void {
    if (inodeOf(path) !== undefined && isLeftOver(path)) unlinkSync(path);
  }

  /** Call it after bind. */
  add(handle: number, path: string): void {
    const inode = inodeOf(path);
    if (inode !== undefined) this.#made.set(handle, { path, inode });
  }

  /** Removes the name of a closed handle, unless another socket has replaced it. */
  remove(handle: number): void {
    const made = this.#made.get(handle);
    if (made === undefined) return;
    this.#made.delete(handle);
    if (inodeOf(made.path) === made.inode) unlinkSync(made.path);
  }
}

/** The inode of a socket; undefined if the path is not a socket. */
function inodeOf(path: string): number | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isSocket() ? stat.ino : undefined;
}

/**
 * Connecting a datagram socket is ECONNREFUSED only for a name without a socket. A stream socket answers EPROTOTYPE, listening
 * or not, and does not notice (net/unix/af_unix.c, unix_find_bsd).
 */
function isLeftOver(path: string): boolean {
  const fd = libc.socket(AF_UNIX, DATAGRAM_NONBLOCK_CLOEXEC, 0);
  const name = encode({ host: path, port: -1 });
  const refused = libc.connect(fd, name, name.length) < 0 && failure() === -Errno.CONNREFUSED;
  libc.close(fd);
  return refused;
}
