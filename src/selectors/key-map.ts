/** Keys of a selector, and the map that `getMap` returns. */
import { ArgumentError } from "../../wasi-host/index.ts";
import { OutOfRangeError } from "../../wasi-host/internal.ts";
import type { Fileno } from "../fileno.ts";
import { Socket } from "../socket.ts";

/** A registered file object (Python's `selectors.SelectorKey`). Frozen: `modify` makes a new key. */
export interface SelectorKey<Data = unknown, FileObject extends Fileno = Fileno> {
  /** The registered object. */
  readonly fileobj: FileObject;
  /** Its descriptor. */
  readonly fd: number;
  /** Watched events: EVENT_READ, EVENT_WRITE, both, or 0. */
  readonly events: number;
  /** The data of the registration, for example a callback. */
  readonly data: Data;
}

/**
 * The descriptor of a file object.
 *
 * @throws TypeError for a value without a descriptor; RangeError for an impossible number, and for a closed `Socket`,
 *   whose number may be reused
 */
function numberOf(fileobj: Fileno): number {
  if (fileobj instanceof Socket && !fileobj.isOpen) {
    throw new OutOfRangeError(`file object ${show(fileobj)}: expected an open one`);
  }
  let fd: unknown = fileobj;
  if (typeof fileobj === "object" && fileobj !== null) {
    if (!("fileno" in fileobj)) fd = fileobj.fd;
    else if (typeof fileobj.fileno === "function") fd = fileobj.fileno();
  }
  if (typeof fd !== "number") {
    throw new ArgumentError(
      `file object ${show(fileobj)}: expected a Socket, a descriptor, or an object with fileno()`,
      "ERR_INVALID_ARG_TYPE",
    );
  }
  if (Number.isInteger(fd) && fd >= 0) return fd;
  throw new OutOfRangeError(
    `file object ${show(fileobj)}: its descriptor is ${fd}, expected a whole number, 0 or more`,
  );
}

/** Formats a file object for messages. */
export function show(fileobj: unknown): string {
  if (fileobj instanceof Socket) return `Socket ${fileobj.fd}${fileobj.isOpen ? "" : " (closed)"}`;
  if (typeof fileobj !== "object" || fileobj === null)
    return typeof fileobj === "string" ? `'${fileobj}'` : String(fileobj);
  return `of class ${fileobj.constructor?.name ?? "Object"}`;
}

/** The registered keys, by descriptor. */
export class KeyTable<Data, FileObject extends Fileno> extends Map<number, SelectorKey<Data, FileObject>> {
  /** Number of registrations so far. */
  registrations = 0;
  /** The registration of each descriptor. `modify` keeps it. */
  readonly #registrationOf = new Map<number, number>();

  /** Adds a registration. */
  register(key: SelectorKey<Data, FileObject>): void {
    this.#registrationOf.set(key.fd, ++this.registrations);
    this.set(key.fd, key);
  }

  /** Whether a descriptor is registered since registration number `registrations` or before. */
  registeredBy(fd: number, registrations: number): boolean {
    return this.has(fd) && this.#registrationOf.get(fd)! <= registrations;
  }

  override delete(fd: number): boolean {
    this.#registrationOf.delete(fd);
    return super.delete(fd);
  }

  override clear(): void {
    this.#registrationOf.clear();
    super.clear();
  }

  /**
   * The descriptor of a file object. If its number is no longer available, a registered object is found by identity.
   *
   * @throws as `numberOf`
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

/** A live, read-only view of a selector's keys by file object. */
export class KeyMap<Data, FileObject extends Fileno> implements ReadonlyMap<FileObject, SelectorKey<Data, FileObject>> {
  readonly #table: KeyTable<Data, FileObject>;

  constructor(table: KeyTable<Data, FileObject>) {
    this.#table = table;
  }

  get size(): number {
    return this.#table.size;
  }

  /** Finds a key by the registered object, by another object with its descriptor, or by the number. */
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
