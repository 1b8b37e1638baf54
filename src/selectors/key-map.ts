/** What a selector knows of a file object, and the view of all of it that `getMap` gives. */
import type { Fileno } from "../fileno.ts";
import { Socket } from "../socket.ts";

/** A registered file object (Python's `selectors.SelectorKey`). Frozen: `modify` makes another one. */
export interface SelectorKey<Data = unknown, FileObject extends Fileno = Fileno> {
  /** What was registered, as it was given. */
  readonly fileobj: FileObject;
  /** Its descriptor's number. */
  readonly fd: number;
  /** What it is watched for: EVENT_READ, EVENT_WRITE, or both. */
  readonly events: number;
  /** What was registered with it: anything, a callback say. */
  readonly data: Data;
}

/**
 * The number behind a file object. Throws a TypeError for what is none, and a RangeError for one whose number cannot be a
 * descriptor's: a closed `Socket`, whose number may be somebody else's by now, among them.
 */
function numberOf(fileobj: Fileno): number {
  if (fileobj instanceof Socket && !fileobj.isOpen) {
    throw new RangeError(`file object ${show(fileobj)}: expected one that is open`);
  }
  let fd: unknown = fileobj;
  if (typeof fileobj === "object" && fileobj !== null) {
    if (!("fileno" in fileobj)) fd = fileobj.fd;
    else if (typeof fileobj.fileno === "function") fd = fileobj.fileno();
  }
  if (typeof fd !== "number") {
    throw new TypeError(`file object ${show(fileobj)}: expected a Socket, a descriptor, or an object with fileno()`);
  }
  if (Number.isInteger(fd) && fd >= 0) return fd;
  throw new RangeError(`file object ${show(fileobj)}: its descriptor is ${fd}, expected a whole number from 0 on`);
}

/** A file object in messages. */
export function show(fileobj: unknown): string {
  if (fileobj instanceof Socket) return `Socket ${fileobj.fd}${fileobj.isOpen ? "" : " (closed)"}`;
  if (typeof fileobj !== "object" || fileobj === null)
    return typeof fileobj === "string" ? `'${fileobj}'` : String(fileobj);
  return `of class ${fileobj.constructor?.name ?? "Object"}`;
}

/** The registered keys, by descriptor. */
export class KeyTable<Data, FileObject extends Fileno> extends Map<number, SelectorKey<Data, FileObject>> {
  /**
   * The descriptor of a file object. One that was registered is found as the object that it is, when its number cannot be
   * had any more; for any other, throws as `numberOf` says.
   */
  descriptorOf(fileobj: FileObject): number {
    try {
      return numberOf(fileobj);
    } catch (error) {
      for (const key of this.values()) if (key.fileobj === fileobj) return key.fd;
      throw error;
    }
  }
}

/** The keys of a selector, by file object: live, and read-only. */
export class KeyMap<Data, FileObject extends Fileno> implements ReadonlyMap<FileObject, SelectorKey<Data, FileObject>> {
  readonly #table: KeyTable<Data, FileObject>;

  constructor(table: KeyTable<Data, FileObject>) {
    this.#table = table;
  }

  get size(): number {
    return this.#table.size;
  }

  /** By the object that was registered, or any other with its descriptor, the bare number too. */
  get(fileobj: FileObject): SelectorKey<Data, FileObject> | undefined {
    try {
      return this.#table.get(this.#table.descriptorOf(fileobj));
    } catch {
      return undefined;
    }
  }

  has(fileobj: FileObject): boolean {
    return this.get(fileobj) !== undefined;
  }

  *keys(): MapIterator<FileObject> {
    for (const { fileobj } of this.#table.values()) yield fileobj;
  }

  values(): MapIterator<SelectorKey<Data, FileObject>> {
    return this.#table.values();
  }

  *entries(): MapIterator<[FileObject, SelectorKey<Data, FileObject>]> {
    for (const key of this.#table.values()) yield [key.fileobj, key];
  }

  [Symbol.iterator](): MapIterator<[FileObject, SelectorKey<Data, FileObject>]> {
    return this.entries();
  }

  forEach(visit: (key: SelectorKey<Data, FileObject>, fileobj: FileObject, map: this) => void): void {
    for (const [fileobj, key] of this) visit(key, fileobj, this);
  }
}
