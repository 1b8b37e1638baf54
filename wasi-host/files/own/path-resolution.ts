/**
 * Resolves a guest's path to a name in a directory, without leaving the directory where the path starts.
 *
 * Names are entered one by one. The host follows links itself: it puts their text before the rest of the path. Two dots
 * return to the directory that the walk came from, not to the system's parent; before the first one they are
 * ENOTCAPABLE, as an absolute name is. Of the magic links of /proc, too, only the text counts.
 */
import fs from "node:fs";
import { Errno } from "../../abi/errno.ts";
import { SystemError } from "../../errors/system-error.ts";
import type { GuestMemory } from "../../memory/guest-memory.ts";
import type { Directory } from "./directories.ts";

/** The kernel's own limits (path_resolution(7), limits.h). */
const MAX_LINKS = 40;
const MAX_BYTES = 4095;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The guest's text at `pointer`, which is inside its memory. Throws EILSEQ for invalid UTF-8, EINVAL for a NUL. */
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
 * How to treat a link at the end: always follow it; follow it if a slash comes after it, as open(2) and lstat(2) do; or
 * use the link itself, as unlink(2) and rename(2) do.
 */
export type Follow = "always" | "before-slash" | "never";

/** A walk along one path. Use `directory` only until it is disposed. */
export class Walk implements Disposable {
  /** The last name of the path; "." for `directory` itself. */
  name = ".";
  /** The file status; undefined if there is no file, or if the status was not needed. */
  stats: fs.BigIntStats | undefined;
  /** A slash follows: it must be a directory, or become one. */
  slash = false;
  readonly #way: Directory[];
  /** The remaining names, the next one last. */
  readonly #pending: string[];
  #links = 0;

  /** Throws the system's errors, ENOENT for an empty path, and ENOTCAPABLE, ELOOP, ENAMETOOLONG. */
  constructor(start: Directory, path: string, follow: Follow) {
    this.#way = [start];
    this.#pending = namesOf(path);
    if (path === "") throw new SystemError(Errno.NOENT, "open");
    if (Buffer.byteLength(path) > MAX_BYTES) throw new SystemError(Errno.NAMETOOLONG, "open");
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

  /** The host's path of the result. */
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

  /** Returns whether the last name was a link, whose text must be walked next. */
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
    if (++this.#links > MAX_LINKS) throw new SystemError(Errno.LOOP, "open");
    this.#refuseAbsolute(target);
    this.#pending.push(...namesOf(target));
  }

  /** The text of a link; undefined if it is not a link. */
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

/** In reverse order. */
function namesOf(path: string): string[] {
  return path
    .split("/")
    .filter((name) => name !== "")
    .reverse();
}
