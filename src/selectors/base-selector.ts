/**
 * What all selectors have in common (Python's `selectors.BaseSelector`, with the bookkeeping of `_BaseSelectorImpl`):
 * which file object is watched for what, and the data that goes with it. How a wait is made is a subclass's.
 *
 * Errors, in the cases of Python's: where Python raises ValueError, a TypeError (no file object) or RangeError (a value
 * that cannot be); where it raises KeyError, a SystemError EEXIST (already registered) or ENOENT (not registered); where
 * the system refuses, its SystemError; and EBADF from every call on a selector that was closed.
 */
import { Errno } from "../../wasi-host/errno.ts";
import { SystemError } from "../../wasi-host/system-error.ts";
import { POLLIN, POLLOUT } from "../constants.ts";
import type { Fileno } from "../fileno.ts";
import type { WaitOptions } from "../timeout.ts";
import { KeyMap, KeyTable, type SelectorKey, show } from "./key-map.ts";

/** Something can be read, or accepted. */
export const EVENT_READ = 1;
/** Something can be written, or a connection is made. */
export const EVENT_WRITE = 2;

/** `data` may be left out where the selector's type of data allows undefined. */
export type DataArgument<Data> = undefined extends Data ? [data?: Data] : [data: Data];

/** A key, and what its file object is ready for: of what it is watched for, EVENT_READ, EVENT_WRITE, or both. */
export type ReadyKey<Data, FileObject extends Fileno> = [key: SelectorKey<Data, FileObject>, mask: number];

/** A descriptor, and its readiness as POLL* bits. */
export type Found = readonly [fd: number, readiness: number];

export abstract class BaseSelector<Data = unknown, FileObject extends Fileno = Fileno> implements Disposable {
  readonly #keys = new KeyTable<Data, FileObject>();
  readonly #map = new KeyMap(this.#keys);
  #closed = false;

  /**
   * Watches a file object for `events`: EVENT_READ, EVENT_WRITE, or both.
   * Throws a TypeError or RangeError for what cannot be watched, a RangeError for bad events, EEXIST where its descriptor
   * is registered already, and whatever the system refuses it with; it is not registered then.
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
    this.#keys.set(fd, key);
    return key;
  }

  /** Ends that, for a file object that was closed too, and returns its key. Throws ENOENT where it is not registered. */
  unregister(fileobj: FileObject): SelectorKey<Data, FileObject> {
    const key = this.#registered(fileobj, "unregister");
    this.#keys.delete(key.fd);
    try {
      this.unwatch(key.fd);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error; // the system's watch has ended by itself: it was closed
    }
    return key;
  }

  /**
   * Unregisters and registers in one: with other events, other data, or both. Where only the data changes, the system is
   * not asked. Data that is not given is undefined afterwards.
   * Throws ENOENT where it is not registered; after any other failure, which is as of `register`, it no longer is.
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
   * Waits until a file object is ready, at most `timeout` milliseconds, rounded up to whole ones; for ever when nothing or
   * Infinity is given, not at all for 0 and less. Returns what is ready, and [] when the time is over. An error or a hangup
   * makes ready for whatever the object is watched for. The thread sleeps: nothing else of the process runs.
   *
   * As in Python, the list is the caller's: what is unregistered while it is worked through stays in it.
   * Throws a RangeError for NaN.
   */
  selectSync(timeout?: number): ReadyKey<Data, FileObject>[] {
    this.#checkOpen("select");
    return this.#ready(this.waitSync(mostOf(timeout)));
  }

  /** The same, with the event loop free. What is registered meanwhile takes part; rejects with EBADF when it is closed. */
  async select(timeout?: number, options: WaitOptions = {}): Promise<ReadyKey<Data, FileObject>[]> {
    this.#checkOpen("select");
    return this.#ready(await this.wait(mostOf(timeout), options));
  }

  #ready(found: Iterable<Found>): ReadyKey<Data, FileObject>[] {
    const ready: ReadyKey<Data, FileObject>[] = [];
    for (const [fd, readiness] of found) {
      const key = this.#keys.get(fd);
      const mask = key === undefined ? 0 : eventsOf(readiness) & key.events;
      if (mask !== 0) ready.push([key!, mask]);
    }
    return ready;
  }

  /** The key of a file object. Throws ENOENT where it is not registered. */
  getKey(fileobj: FileObject): SelectorKey<Data, FileObject> {
    return this.#registered(fileobj, "getKey");
  }

  /** All keys by file object: always what is registered now, read-only, and empty once this is closed. */
  getMap(): ReadonlyMap<FileObject, SelectorKey<Data, FileObject>> {
    return this.#map;
  }

  /** Ends all watches; the file objects stay open. Waits that are under way reject. Closing twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keys.clear();
    this.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** How many file objects are registered. */
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
    if (this.#closed) throw new SystemError(Errno.BADF, method, "on a selector that was closed");
  }

  /** Begins to watch a descriptor for POLLIN, POLLOUT or both. */
  protected abstract watch(fd: number, interest: number): void;
  protected abstract rewatch(fd: number, interest: number): void;
  /** A SystemError of it is ignored. */
  protected abstract unwatch(fd: number): void;
  /** `most`: milliseconds; Infinity for ever, 0 not at all. */
  protected abstract waitSync(most: number): Iterable<Found>;
  protected abstract wait(most: number, options: WaitOptions): Promise<Iterable<Found>>;
  protected abstract release(): void;
}

function checkEvents(events: number): void {
  if (events === EVENT_READ || events === EVENT_WRITE || events === (EVENT_READ | EVENT_WRITE)) return;
  throw new RangeError(`events ${events}: expected EVENT_READ (1), EVENT_WRITE (2), or both`);
}

function bitsOf(events: number): number {
  return ((events & EVENT_READ) !== 0 ? POLLIN : 0) | ((events & EVENT_WRITE) !== 0 ? POLLOUT : 0);
}

/** Whatever is neither is both: who watches for one of them only must hear of an error, a hangup, a closed descriptor. */
function eventsOf(readiness: number): number {
  return ((readiness & ~POLLOUT) !== 0 ? EVENT_READ : 0) | ((readiness & ~POLLIN) !== 0 ? EVENT_WRITE : 0);
}

function mostOf(timeout: number | undefined): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout === "number" && !Number.isNaN(timeout)) return Math.max(timeout, 0);
  throw new RangeError(`timeout ${timeout}: expected milliseconds, or nothing to wait for ever`);
}
