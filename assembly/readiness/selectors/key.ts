/** What is registered with a selector, and what a wait found of it. */

/** Something can be read, or accepted. */
export const EVENT_READ: i32 = 1;
/** Something can be written. */
export const EVENT_WRITE: i32 = 2;

/** What can be registered: anything that has a descriptor. A negative one says that it has none any more. */
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
  /** Whether it still is registered. */
  registered: bool = true;
  /** Its place in its selector's list. */
  index: i32 = 0;

  constructor(
    /** What was registered, as it was given. */
    public fileobj: FileObject,
    /** Its descriptor. */
    public fd: i32,
    /** What it is watched for: EVENT_READ, EVENT_WRITE, or both. */
    public events: i32,
    /** What was registered with it: a callback, say. */
    public data: T,
  ) {}
}

/**
 * What a wait found, to be gone through once:
 *
 *     const ready = selector.select();
 *     while (ready.next()) ready.key.data(ready.key, ready.mask);
 *
 * It is the selector's, and filled anew by its next wait. What is unregistered, or modified so that it does not concern it
 * any more, while the others are worked through, is passed over when its turn comes.
 */
export class ReadyKeys<T> {
  /** 0, or why the wait failed, as a negated errno: EINVAL (the timeout is NaN), EBADF (the selector was closed). */
  error: i32 = 0;
  /** How many were found. */
  length: i32 = 0;
  private keys: SelectorKey<T>[] = [];
  private masks: i32[] = [];
  private at: i32 = -1;

  /** Goes to the next key that is ready; false when there is none. */
  next(): bool {
    while (++this.at < this.length) {
      if (this.key.registered && this.mask != 0) return true;
    }
    this.at = this.length;
    return false;
  }

  get key(): SelectorKey<T> {
    return this.keys[this.at];
  }

  /** What it is ready for, of what it is watched for: EVENT_READ, EVENT_WRITE, or both. */
  get mask(): i32 {
    return this.masks[this.at] & this.key.events;
  }

  /** For the selector: empties it, with the outcome of the wait. */
  reset(error: i32): void {
    this.error = error;
    this.length = 0;
    this.at = -1;
  }

  /** For the selector: one more. */
  add(key: SelectorKey<T>, mask: i32): void {
    if (this.length == this.keys.length) {
      this.keys.push(key);
      this.masks.push(mask);
    } else {
      this.keys[this.length] = key;
      this.masks[this.length] = mask;
    }
    this.length++;
  }
}
