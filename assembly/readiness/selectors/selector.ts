/**
 * The common part of all selectors (Python's `selectors.BaseSelector`): the registered file objects with their events and data. A
 * subclass does the wait.
 *
 * If Python raises an exception, a call returns a negated errno: EINVAL for ValueError (no descriptor, bad events), EEXIST and ENOENT
 * for KeyError (already registered, not registered), EBADF on a closed selector, and the system's errors. Keys are managed
 * objects: a program that keeps registering needs a runtime with a garbage collector (incremental).
 */
import { EBADF, EEXIST, EINVAL, ENOENT } from "../../abi/errno";
import { EPOLLIN, EPOLLOUT } from "../../abi/events";
import { EVENT_READ, EVENT_WRITE, FileObject, ReadyKeys, SelectorKey } from "./key";

const FOREVER: i32 = -1;

/** The calls of Python's selectors. */
export abstract class Selector<T> {
  /** The registered keys, by their `index`. */
  protected keys: SelectorKey<T>[] = [];
  private byFd: Map<i32, SelectorKey<T>> = new Map<i32, SelectorKey<T>>();
  private ready: ReadyKeys<T> = new ReadyKeys<T>();
  private closed: bool = false;

  /**
   * Watches a file object for `events`: EVENT_READ, EVENT_WRITE, both, or 0. With 0 it is registered, but not ready before a `modify`.
   * Returns 0, or a negated errno (EINVAL, EEXIST, EBADF, EPERM, ENOMEM...) if it is not registered.
   */
  register(fileobj: FileObject, events: i32, data: T): i32 {
    if (this.closed) return -EBADF;
    if (!areEvents(events)) return -EINVAL;
    const fd = this.lookup(fileobj);
    if (fd < 0) return -EINVAL;
    if (this.byFd.has(fd)) return -EEXIST;
    const key = new SelectorKey<T>(fileobj, fd, events, data);
    key.index = this.keys.length;
    const error = this.watch(key);
    if (error < 0) return error;
    this.keys.push(key);
    this.byFd.set(fd, key);
    return 0;
  }

  /** Unregisters a file object, also a closed one. Returns 0, -EINVAL, -ENOENT or -EBADF. */
  unregister(fileobj: FileObject): i32 {
    const error = this.missing(fileobj);
    if (error < 0) return error;
    this.drop(this.byFd.get(this.lookup(fileobj)));
    return 0;
  }

  private drop(key: SelectorKey<T>): void {
    const last = this.keys.length - 1;
    this.unwatch(key, last);
    const moved = this.keys[last];
    this.keys[key.index] = moved;
    moved.index = key.index;
    this.keys.pop();
    this.byFd.delete(key.fd);
    key.registered = false;
  }

  /**
   * Changes events, data or both, and keeps the key. If only the data changes, there is no system call. Returns 0, -ENOENT if the object
   * is not registered, or a negated errno as `register` does: then it is unregistered.
   */
  modify(fileobj: FileObject, events: i32, data: T): i32 {
    let error = this.missing(fileobj);
    if (error < 0) return error;
    const key = this.byFd.get(this.lookup(fileobj));
    if (events != key.events) {
      error = areEvents(events) ? this.rewatch(key, events) : -EINVAL;
      if (error < 0) {
        this.drop(key);
        return error;
      }
    }
    key.events = events;
    key.data = data;
    return 0;
  }

  /**
   * Waits until a file object is ready, at most `timeout` milliseconds, rounded up to whole ones. Without a timeout, or with Infinity, it
   * waits for ever; with 0 or less it does not wait. Returns the ready keys, none at the timeout. An error or a hangup is ready for all
   * watched events.
   */
  select(timeout: f64 = Infinity): ReadyKeys<T> {
    const ready = this.ready;
    ready.reset(this.closed ? -EBADF : F64.isNaN(timeout) ? -EINVAL : 0);
    if (ready.error == 0) {
      const most = timeout <= 0 ? 0 : timeout > <f64>i32.MAX_VALUE ? FOREVER : <i32>ceil<f64>(timeout);
      ready.error = min(this.wait(ready, most), 0);
    }
    return ready;
  }

  /** The key of a file object; null if it is not registered. */
  getKey(fileobj: FileObject): SelectorKey<T> | null {
    return this.missing(fileobj) < 0 ? null : this.byFd.get(this.lookup(fileobj));
  }

  /** A live, read-only view of the keys by file object. It is empty after `close`. */
  getMap(): KeyMap<T> {
    return new KeyMap<T>(this, this.byFd);
  }

  /** Ends all watches and frees memory. The file objects stay open. A second call does nothing. */
  close(): void {
    if (this.closed) return;
    for (let index = 0; index < this.keys.length; index++) this.keys[index].registered = false;
    this.keys.length = 0;
    this.byFd.clear();
    this.closed = true;
    this.release();
  }

  /** 0 if the file object is registered, else the negated errno. */
  private missing(fileobj: FileObject): i32 {
    if (this.closed) return -EBADF;
    const fd = this.lookup(fileobj);
    return fd < 0 ? -EINVAL : this.byFd.has(fd) ? 0 : -ENOENT;
  }

  /** The descriptor of a file object; of a closed one, the descriptor of its registration. Negative if there is none. */
  private lookup(fileobj: FileObject): i32 {
    const fd = fileobj.fileno();
    if (fd >= 0) return fd;
    for (let index = 0; index < this.keys.length; index++) {
      if (changetype<usize>(this.keys[index].fileobj) == changetype<usize>(fileobj)) return this.keys[index].fd;
    }
    return fd;
  }

  /** Begins to watch a key for its events, which can be 0. `key.index` is already set. Returns 0 or a negated errno. */
  protected abstract watch(key: SelectorKey<T>): i32;
  protected abstract rewatch(key: SelectorKey<T>, events: i32): i32;
  /** Stops watching a key. The key at index `last` then gets its index. */
  protected abstract unwatch(key: SelectorKey<T>, last: i32): void;
  /** Adds the ready keys to `ready`. `most`: milliseconds; -1 for ever. Returns 0 or a negated errno. */
  protected abstract wait(ready: ReadyKeys<T>, most: i32): i32;
  protected abstract release(): void;
}

/** A live view of a selector's keys. */
export class KeyMap<T> {
  constructor(
    private selector: Selector<T>,
    private byFd: Map<i32, SelectorKey<T>>,
  ) {}

  get size(): i32 {
    return this.byFd.size;
  }

  has(fileobj: FileObject): bool {
    return this.selector.getKey(fileobj) != null;
  }

  get(fileobj: FileObject): SelectorKey<T> | null {
    return this.selector.getKey(fileobj);
  }

  /** A copy of the keys, in the order of registration. */
  values(): SelectorKey<T>[] {
    return this.byFd.values();
  }
}

function areEvents(events: i32): bool {
  return (events & ~(EVENT_READ | EVENT_WRITE)) == 0;
}

/** The readiness bits of poll and epoll for `events`. */
export function bitsOf(events: i32): u32 {
  return ((events & EVENT_READ) != 0 ? EPOLLIN : 0) | ((events & EVENT_WRITE) != 0 ? EPOLLOUT : 0);
}

/** Bits that are neither (errors, hangups, closed descriptors) count as both, so that every watcher notices them. */
export function eventsOf(readiness: u32): i32 {
  return ((readiness & ~EPOLLOUT) != 0 ? EVENT_READ : 0) | ((readiness & ~EPOLLIN) != 0 ? EVENT_WRITE : 0);
}
