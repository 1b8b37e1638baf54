/**
 * From a guest's path to a name in a directory, without ever leaving the directory that the path begins at.
 *
 * One name after the other is entered, and links are followed here and not by the system: their text is put in front of
 * what is left of the path. Two dots go back to the directory that we came from, and never to what the system calls its
 * parent; before the first one there is nothing to go back to: ENOTCAPABLE, as for an absolute name. The magic links of
 * /proc have a text as well, and nothing but that counts.
 */
import fs from "node:fs";
import { Errno } from "../../errno.ts";
import type { GuestMemory } from "../../memory.ts";
import { SystemError } from "../../system-error.ts";
import type { Directory } from "./directories.ts";

/** As the kernel's own limits (path_resolution(7), limits.h). */
const MOST_LINKS = 40;
const MOST_BYTES = 4095;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The guest's text at `pointer`, which its memory holds. Throws EILSEQ where it is no UTF-8, EINVAL where it has a NUL. */
export function textAt(memory: GuestMemory, pointer: number, length: number): string {
  let text: string;
  try {
    // A copy: shared memory cannot be decoded.
    text = utf8.decode(memory.bytes.slice(pointer, pointer + length));
  } catch {
    throw new SystemError(Errno.ILSEQ, "open");
  }
  if (text.includes("\0")) throw new SystemError(Errno.INVAL, "open");
  return text;
}

/**
 * What a link at the end of the path is: always followed; followed where a slash stands behind it, as open(2) and
 * lstat(2) do; or meant itself, as by unlink(2) and rename(2), slash or not.
 */
export type Follow = "always" | "before-slash" | "never";

/** A walk along one path. Its user is done with `directory` before it is disposed of. */
export class Walk implements Disposable {
  /** The name that the path ends at; "." for `directory` itself. */
  name = ".";
  /** What stands there, where that had to be looked at; undefined too where nothing does. */
  stats: fs.BigIntStats | undefined;
  /** A slash stands behind it: it has to be a directory, or to become one. */
  slash = false;
  readonly #way: Directory[];
  /** Names still to come, the next one last. */
  readonly #pending: string[];
  #links = 0;

  /** Throws what the system says on the way, ENOENT for an empty path, and ENOTCAPABLE, ELOOP, ENAMETOOLONG. */
  constructor(start: Directory, path: string, follow: Follow) {
    this.#way = [start];
    this.#pending = namesOf(path);
    if (path === "") throw new SystemError(Errno.NOENT, "open");
    if (Buffer.byteLength(path) > MOST_BYTES) throw new SystemError(Errno.NAMETOOLONG, "open");
    try {
      this.#refuseAbsolute(path);
      this.slash = path.endsWith("/");
      this.#walk(follow);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get directory(): Directory {
    return this.#way[this.#way.length - 1];
  }

  /** The host's path of what was found. */
  get place(): string {
    return this.directory.at(this.name);
  }

  [Symbol.dispose](): void {
    while (this.#way.length > 1) this.#way.pop()!.leave();
  }

  #walk(follow: Follow): void {
    for (;;) {
      const name = this.#pending.pop();
      if (name === undefined) return;
      this.name = ".";
      if (name === ".") continue;
      if (name === "..") this.#back();
      else if (this.#pending.length > 0) this.#enter(name);
      else if (follow === "never" || (follow === "before-slash" && !this.slash)) this.name = name;
      else if (!this.#followed(name)) this.name = name;
    }
  }

  #back(): void {
    if (this.#way.length === 1) throw new SystemError(Errno.NOTCAPABLE, "open", "..");
    this.#way.pop()!.leave();
  }

  #enter(name: string): void {
    try {
      this.#way.push(this.directory.enter(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOTDIR") throw error;
      const target = this.#target(name);
      if (target === undefined) throw error;
      this.#continue(target);
    }
  }

  /** The last name: was it a link, of which more has to be walked now? */
  #followed(name: string): boolean {
    this.stats = this.directory.look(name);
    if (this.stats === undefined) return false;
    const target = this.stats.isSymbolicLink() ? this.#target(name) : undefined;
    if (target !== undefined) {
      this.stats = undefined;
      if (target.endsWith("/")) this.slash = true;
      this.#continue(target);
      return true;
    }
    if (this.slash && !this.stats.isDirectory()) throw new SystemError(Errno.NOTDIR, "open", name);
    return false;
  }

  #continue(target: string): void {
    if (++this.#links > MOST_LINKS) throw new SystemError(Errno.LOOP, "open");
    this.#refuseAbsolute(target);
    this.#pending.push(...namesOf(target));
  }

  /** The text of a link; undefined for what is none. */
  #target(name: string): string | undefined {
    try {
      return fs.readlinkSync(this.directory.at(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EINVAL") return undefined;
      throw error;
    }
  }

  #refuseAbsolute(path: string): void {
    if (path.startsWith("/")) throw new SystemError(Errno.NOTCAPABLE, "open", path);
  }
}

/** The last one first. */
function namesOf(path: string): string[] {
  return path
    .split("/")
    .filter((name) => name !== "")
    .reverse();
}
