/**
 * The common part of all selectors: Python's `selectors.BaseSelector` with `_BaseSelectorImpl`. It keeps the registered
 * file objects, their events and data; a subclass waits.
 *
 * Errors occur in the same cases as in Python. ValueError is a TypeError (not a file object) or a RangeError (an
 * impossible value); KeyError is a SystemError EEXIST (already registered) or ENOENT (not registered); OSError is a
 * SystemError. Every call on a closed selector is EBADF.
 */

import { Errno, OutOfRangeError, SystemError } from "../../wasi-host/internal.ts";
import { POLLIN, POLLOUT } from "../constants.ts";
import type { Core } from "../core.ts";
import type { Fileno } from "../fileno.ts";
import type { WaitOptions } from "../timeout.ts";
import { KeyMap, KeyTable, type SelectorKey, show } from "./key-map.ts";

/** Data can be read, or a connection accepted. */
export const EVENT_READ = 1;
/** Data can be written, or a connection is established. */
export const EVENT_WRITE = 2;

/** `data` is optional if the selector's data type allows undefined. */
export type DataArgument<Data> = undefined extends Data ? [data?: Data] : [data: Data];

/** A key and the watched events that are ready: EVENT_READ, EVENT_WRITE, or both. */
export type ReadyKey<Data, FileObject extends Fileno> = [key: SelectorKey<Data, FileObject>, mask: number];

/**
 * The result of a wait, in a new array. Iteration (`for ... of`) skips keys unregistered or closed since the wait, and
 * yields modified keys as they are now. Indexes and `length` show the result unchanged.
 */
export type ReadyKeys<Data, FileObject extends Fileno> = ReadyKey<Data, FileObject>[];

/** A descriptor and its readiness in POLL* bits. */
export type Found = readonly [fd: number, readiness: number];

/** The calls of Python's selectors. */
export abstract class BaseSelector<Data = unknown, FileObject extends Fileno = Fileno> implements Disposable {
  readonly #core: Core;
  readonly #keys = new KeyTable<Data, FileObject>();
  readonly #map = new KeyMap(this.#keys);
  #closed = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Watches a file object.
   *
   * @param fileobj - a `Socket`, a descriptor number, or an object with `fileno()`
   * @param events - EVENT_READ, EVENT_WRITE, both, or 0: registered, but silent until `modify`
   * @param data - returned with the key, for example a callback
   * @returns the key, frozen
   * @throws TypeError or RangeError for a value that cannot be watched; RangeError for invalid events; SystemError
   *   EEXIST for a registered descriptor, or the system's error. The object is not registered then
   * @example
   * const selector = new DefaultSelector(core);
   * selector.register(listener, EVENT_READ, accept);
   * for (const [key, mask] of await selector.select()) key.data(key.fileobj, mask);
   */
  register(fileobj: FileObject, events: number, ...[data]: DataArgument<Data>): SelectorKey<Data, FileObject> {
    this.#checkOpen("register");
    checkEvents(events);
    const fd = this.#keys.descriptorOf(fileobj);
    const other = this.#keys.get(fd);
    if (other !== undefined) {
      const taken = `descriptor ${fd} is registered for ${show(other.fileobj)}; unregister that first, or use modify`;
      throw new SystemError(Errno.EXIST, "register", `${show(fileobj)}: ${taken}`);
    }
    this.watch(fd, bitsOf(events));
    const key = Object.freeze({ fileobj, fd, events, data: data as Data });
    this.#keys.register(key);
    return key;
  }

  /**
   * Ends the watch of a file object, closed or not.
   *
   * @returns its key
   * @throws SystemError ENOENT if it is not registered
   */
  unregister(fileobj: FileObject): SelectorKey<Data, FileObject> {
    const key = this.#registered(fileobj, "unregister");
    this.#keys.delete(key.fd);
    try {
      this.unwatch(key.fd);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error; // the descriptor is closed, which ended the system's watch
    }
    return key;
  }

  /**
   * Changes the events or the data of a file object. If only the data changes, no system call is made. Omitted data
   * becomes undefined.
   *
   * @returns the new key, frozen
   * @throws SystemError ENOENT if it is not registered; errors of `register`, after which it is no longer registered
   */
  modify(fileobj: FileObject, events: number, ...[data]: DataArgument<Data>): SelectorKey<Data, FileObject> {
    const key = this.#registered(fileobj, "modify");
    if (events !== key.events) {
      try {
        checkEvents(events);
        this.rewatch(key.fd, bitsOf(events));
      } catch (error) {
        this.unregister(fileobj);
        throw error;
      }
    } else if (data === key.data) return key;
    const changed = Object.freeze({ ...key, events, data: data as Data });
    this.#keys.set(key.fd, changed);
    return changed;
  }

  /**
   * Waits until a file object is ready and blocks the thread. An error or a hangup is reported as every watched event.
   *
   * @param timeout - milliseconds, rounded up; undefined or Infinity waits for ever, 0 or less does not wait
   * @returns the ready keys; [] at the timeout
   * @throws RangeError for NaN
   */
  selectSync(timeout?: number): ReadyKeys<Data, FileObject> {
    this.#checkOpen("select");
    return this.#ready(this.waitSync(mostOf(timeout)));
  }

  /**
   * Same as `selectSync`, with the event loop free. Changes of the registrations take effect during the wait.
   *
   * @param options - an `AbortSignal` that ends the wait
   * @returns a promise; rejects with the signal's reason, and with EBADF when the selector is closed
   */
  async select(timeout?: number, options: WaitOptions = {}): Promise<ReadyKeys<Data, FileObject>> {
    this.#checkOpen("select");
    return this.#ready(await this.wait(mostOf(timeout), options));
  }

  #ready(found: Iterable<Found>): ReadyKeys<Data, FileObject> {
    const ready: ReadyKey<Data, FileObject>[] = [];
    for (const [fd, readiness] of found) {
      const key = this.#keys.get(fd);
      const mask = key === undefined ? 0 : eventsOf(readiness) & key.events;
      if (mask !== 0) ready.push([key!, mask]);
    }
    const { closings } = this.#core;
    const closed = closings.count;
    const { registrations } = this.#keys;
    const isCurrent = (fd: number) => this.#keys.registeredBy(fd, registrations) && !closings.since(fd, closed);
    return Object.defineProperty(ready, Symbol.iterator, { value: () => this.#current(ready, isCurrent) });
  }

  *#current(
    ready: ReadyKey<Data, FileObject>[],
    isCurrent: (fd: number) => boolean,
  ): Generator<ReadyKey<Data, FileObject>, void> {
    for (let index = 0; index < ready.length; index++) {
      const [key, mask] = ready[index];
      if (!isCurrent(key.fd)) continue;
      const now = this.#keys.get(key.fd)!;
      if (now === key) yield ready[index];
      else if ((mask & now.events) !== 0) yield [now, mask & now.events];
    }
  }

  /**
   * The key of a file object.
   *
   * @throws SystemError ENOENT if it is not registered
   */
  getKey(fileobj: FileObject): SelectorKey<Data, FileObject> {
    return this.#registered(fileobj, "getKey");
  }

  /** A live, read-only map of the registrations by file object. Empty after `close`. */
  getMap(): ReadonlyMap<FileObject, SelectorKey<Data, FileObject>> {
    return this.#map;
  }

  /** Ends all watches. The file objects stay open. Pending waits reject with EBADF. Can be repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keys.clear();
    this.release();
  }

  /** Same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Number of registered file objects. */
  protected get count(): number {
    return this.#keys.size;
  }

  #registered(fileobj: FileObject, method: string): SelectorKey<Data, FileObject> {
    this.#checkOpen(method);
    const key = this.#keys.get(this.#keys.descriptorOf(fileobj));
    if (key === undefined) throw new SystemError(Errno.NOENT, method, `${show(fileobj)}, which is not registered`);
    return key;
  }

  #checkOpen(method: string): void {
    if (this.#closed) throw new SystemError(Errno.BADF, method, "on a closed selector");
  }

  /** Watches a descriptor for POLLIN, POLLOUT, both, or 0: not even for errors and hangups. */
  protected abstract watch(fd: number, interest: number): void;
  protected abstract rewatch(fd: number, interest: number): void;
  /** A SystemError is ignored. */
  protected abstract unwatch(fd: number): void;
  /** `most` is in milliseconds: Infinity for ever, 0 not at all. */
  protected abstract waitSync(most: number): Iterable<Found>;
  protected abstract wait(most: number, options: WaitOptions): Promise<Iterable<Found>>;
  protected abstract release(): void;
}

function checkEvents(events: number): void {
  if (events === 0 || events === EVENT_READ || events === EVENT_WRITE || events === (EVENT_READ | EVENT_WRITE)) return;
  throw new OutOfRangeError(`events ${events}: expected EVENT_READ (1), EVENT_WRITE (2), both, or 0 for none`);
}

function bitsOf(events: number): number {
  return ((events & EVENT_READ) !== 0 ? POLLIN : 0) | ((events & EVENT_WRITE) !== 0 ? POLLOUT : 0);
}

/** Errors, hangups and closed descriptors count as both events, so that a watch for one of them is notified. */
function eventsOf(readiness: number): number {
  return ((readiness & ~POLLOUT) !== 0 ? EVENT_READ : 0) | ((readiness & ~POLLIN) !== 0 ? EVENT_WRITE : 0);
}

function mostOf(timeout: number | undefined): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout === "number" && !Number.isNaN(timeout)) return Math.max(timeout, 0);
  throw new OutOfRangeError(`timeout ${timeout}: expected milliseconds, or undefined to wait for ever`);
}
