/** The registrations of a selector, and the result of a wait. */
import { lifeOf } from "../../engine/descriptors";

/** Ready for reading, or for accepting. */
export const EVENT_READ: i32 = 1;
/** Ready for writing. */
export const EVENT_WRITE: i32 = 2;

/** Anything with a descriptor can be registered. A negative number means that it has none. */
export interface FileObject {
  fileno(): i32;
}

/** A bare descriptor as a file object. */
export class Descriptor implements FileObject {
  constructor(public readonly fd: i32) {}

  fileno(): i32 {
    return this.fd;
  }
}

/** A registered file object (Python's `selectors.SelectorKey`). Only its selector changes it. */
export class SelectorKey<T> {
  /** Whether it is still registered. */
  registered: bool = true;
  /** Its place in its selector's list. */
  index: i32 = 0;

  constructor(
    /** The registered object. */
    public fileobj: FileObject,
    /** Its descriptor. */
    public fd: i32,
    /** The watched events: EVENT_READ, EVENT_WRITE, both, or 0. */
    public events: i32,
    /** The data of the registration, such as a callback. */
    public data: T,
  ) {}
}

/**
 * The result of a wait, for one loop:
 *
 *     const ready = selector.select();
 *     while (ready.next()) ready.key.data(ready.key, ready.mask);
 *
 * The selector owns it, and its next wait fills it again. The loop skips keys unregistered, closed or modified to other
 * events since the wait.
 */
export class ReadyKeys<T> {
  /** 0, or the negated errno of the wait: EINVAL (the timeout is NaN), EBADF (the selector was closed). */
  error: i32 = 0;
  /** The number of ready keys. */
  length: i32 = 0;
  private keys: SelectorKey<T>[] = [];
  private masks: i32[] = [];
  /** The life of each descriptor's number at the wait. */
  private lives: u32[] = [];
  private at: i32 = -1;

  /** Moves to the next ready key. False at the end. */
  next(): bool {
    while (++this.at < this.length) {
      const key = this.key;
      if (key.registered && this.mask != 0 && lifeOf(key.fd) == this.lives[this.at]) return true;
    }
    this.at = this.length;
    return false;
  }

  get key(): SelectorKey<T> {
    return this.keys[this.at];
  }

  /** The ready events among the watched ones: EVENT_READ, EVENT_WRITE, or both. */
  get mask(): i32 {
    return this.masks[this.at] & this.key.events;
  }

  /** For the selector: empties it, and sets the outcome of the wait. */
  reset(error: i32): void {
    this.error = error;
    this.length = 0;
    this.at = -1;
  }

  /** For the selector: adds a key. */
  add(key: SelectorKey<T>, mask: i32): void {
    if (this.length == this.keys.length) {
      this.keys.push(key);
      this.masks.push(mask);
      this.lives.push(lifeOf(key.fd));
    } else {
      this.keys[this.length] = key;
      this.masks[this.length] = mask;
      this.lives[this.length] = lifeOf(key.fd);
    }
    this.length++;
  }
}
