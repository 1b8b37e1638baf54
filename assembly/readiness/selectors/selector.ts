/**
 * What all selectors have in common (Python's `selectors.BaseSelector`): which file object is watched for what, and the
 * data that goes with it. How a wait is made is a subclass's.
 *
 * Where Python raises an exception, calls return a negated errno: EINVAL for ValueError (no descriptor, bad events), EEXIST
 * and ENOENT for KeyError (already registered, not registered), EBADF on a selector that was closed, and what the system
 * refuses with. Keys are managed objects: a program that registers for long wants a runtime that collects (incremental).
 */
import { EBADF, EEXIST, EINVAL, ENOENT } from "../../sys/errno";
import { EPOLLIN, EPOLLOUT } from "../events";
import { EVENT_READ, EVENT_WRITE, FileObject, ReadyKeys, SelectorKey } from "./key";

const FOREVER: i32 = -1;

export abstract class Selector<T> {
  /** The registered keys; their `index` is their place here. */
  protected keys: SelectorKey<T>[] = [];
  private byFd: Map<i32, SelectorKey<T>> = new Map<i32, SelectorKey<T>>();
  private ready: ReadyKeys<T> = new ReadyKeys<T>();
  private closed: bool = false;

  /**
   * Watches a file object for `events`: EVENT_READ, EVENT_WRITE, or both. Returns 0, or a negated errno (EINVAL, EEXIST,
   * EBADF, EPERM...): it is not registered then.
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

  /** Ends that, for a file object that was closed too. Returns 0, -EINVAL, -ENOENT or -EBADF. */
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
   * Unregisters and registers in one: other events, other data, or both. The key stays the same; where only the data
   * changes, the system is not asked. Returns 0, -ENOENT where it is not registered, or a negated errno as of `register`:
   * then it no longer is.
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
   * Waits until a file object is ready, at most `timeout` milliseconds, rounded up to whole ones; for ever when nothing or
   * Infinity is given, not at all for 0 and less. Returns what is ready, which is nothing when the time is over. An error
   * or a hangup makes ready for whatever the object is watched for.
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

  /** The key of a file object; null where it is not registered. */
  getKey(fileobj: FileObject): SelectorKey<T> | null {
    return this.missing(fileobj) < 0 ? null : this.byFd.get(this.lookup(fileobj));
  }

  /** All keys by file object: always what is registered now, read-only, and empty once this is closed. */
  getMap(): KeyMap<T> {
    return new KeyMap<T>(this, this.byFd);
  }

  /** Ends all watches, and gives its memory back; the file objects stay open. Closing twice is fine. */
  close(): void {
    if (this.closed) return;
    for (let index = 0; index < this.keys.length; index++) this.keys[index].registered = false;
    this.keys.length = 0;
    this.byFd.clear();
    this.closed = true;
    this.release();
  }

  /** 0 where the file object is registered; else why not. */
  private missing(fileobj: FileObject): i32 {
    if (this.closed) return -EBADF;
    const fd = this.lookup(fileobj);
    return fd < 0 ? -EINVAL : this.byFd.has(fd) ? 0 : -ENOENT;
  }

  /** Its descriptor; of one that was closed, the one under which it was registered. Negative where there is neither. */
  private lookup(fileobj: FileObject): i32 {
    const fd = fileobj.fileno();
    if (fd >= 0) return fd;
    for (let index = 0; index < this.keys.length; index++) {
      if (changetype<usize>(this.keys[index].fileobj) == changetype<usize>(fileobj)) return this.keys[index].fd;
    }
    return fd;
  }

  /** Begins to watch a key that will have `key.index`. Returns a negated errno where that fails. */
  protected abstract watch(key: SelectorKey<T>): i32;
  protected abstract rewatch(key: SelectorKey<T>, events: i32): i32;
  /** The key whose index is `last` will have this one's. */
  protected abstract unwatch(key: SelectorKey<T>, last: i32): void;
  /** Adds what it finds to `ready`. `most`: milliseconds; -1 for ever. Returns a negated errno where that fails. */
  protected abstract wait(ready: ReadyKeys<T>, most: i32): i32;
  protected abstract release(): void;
}

/** A selector's keys, as a view: what is registered and unregistered shows in it. */
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

  /** A copy of the keys, in the order in which they were registered. */
  values(): SelectorKey<T>[] {
    return this.byFd.values();
  }
}

function areEvents(events: i32): bool {
  return events > 0 && (events & ~(EVENT_READ | EVENT_WRITE)) == 0;
}

/** The readiness bits of poll and epoll that stand for `events`. */
export function bitsOf(events: i32): u32 {
  return ((events & EVENT_READ) != 0 ? EPOLLIN : 0) | ((events & EVENT_WRITE) != 0 ? EPOLLOUT : 0);
}

/** Whatever is neither is both: who watches for one of them only must hear of an error, a hangup, a closed descriptor. */
export function eventsOf(readiness: u32): i32 {
  return ((readiness & ~EPOLLOUT) != 0 ? EVENT_READ : 0) | ((readiness & ~EPOLLIN) != 0 ? EVENT_WRITE : 0);
}
