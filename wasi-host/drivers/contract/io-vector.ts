/**
 * Several buffers as one: what readv(2) and writev(2) take. The buffers are ranges of one byte array, checked and copied
 * out of the guest's iovecs, so that another thread of the guest cannot change them between the check and the use.
 *
 *       pairs  ┌────────┬────────┬────────┬────────┬ ─ ─ ─
 *              │ offset │ length │ offset │ length │          empty buffers are left out
 *              └────────┴────────┴────────┴────────┴ ─ ─ ─
 *                        first ─▶                    end ─▶
 */

/** IOV_MAX on Linux (limits.h). A longer vector is cut here: a short count. */
export const MAX_BUFFERS = 1024;

/** The buffers of one call, as ranges of one byte array. */
export class IoVector {
  /** Offset and length of each buffer, in turn. */
  readonly pairs = new Uint32Array(MAX_BUFFERS * 2);
  /** The positions in `pairs` of the first buffer, and after the last one. */
  first = 0;
  end = 0;
  /** The total number of bytes. */
  length = 0;

  /** The number of buffers. */
  get count(): number {
    return (this.end - this.first) >> 1;
  }

  /** Removes all buffers. */
  clear(): void {
    this.first = 0;
    this.end = 0;
    this.length = 0;
  }

  /** Appends a buffer. The caller adds at most MAX_BUFFERS. */
  add(offset: number, length: number): void {
    if (length === 0) return;
    this.pairs[this.end] = offset;
    this.pairs[this.end + 1] = length;
    this.end += 2;
    this.length += length;
  }

  /** Removes the first `count` bytes; `count` is at most `length`. */
  drop(count: number): void {
    const { pairs } = this;
    this.length -= count;
    let left = count;
    while (left > 0 && left >= pairs[this.first + 1]) {
      left -= pairs[this.first + 1];
      this.first += 2;
    }
    if (left === 0) return;
    pairs[this.first] += left;
    pairs[this.first + 1] -= left;
  }

  /** Copies bytes from the buffers, after the first `skip`, to `target` until that is full. Returns their number. */
  gather(bytes: Uint8Array, skip: number, target: Uint8Array): number {
    const { pairs } = this;
    let before = skip;
    let done = 0;
    for (let at = this.first; at < this.end && done < target.length; at += 2) {
      const length = pairs[at + 1];
      if (before >= length) {
        before -= length;
        continue;
      }
      const start = pairs[at] + before;
      const part = Math.min(length - before, target.length - done);
      target.set(bytes.subarray(start, start + part), done);
      done += part;
      before = 0;
    }
    return done;
  }

  /** Copies the first `count` bytes of `source` into the buffers; `count` is at most `length`. */
  scatter(source: Uint8Array, count: number, bytes: Uint8Array): void {
    const { pairs } = this;
    for (let at = this.first, done = 0; done < count; at += 2) {
      const part = Math.min(pairs[at + 1], count - done);
      bytes.set(source.subarray(done, done + part), pairs[at]);
      done += part;
    }
  }
}
