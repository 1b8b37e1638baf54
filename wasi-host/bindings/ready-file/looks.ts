/** Looks: poll(2) that does not sleep, over an array of `struct pollfd` in the guest's memory, answered in place. */

import { POLLFD_SIZE } from "../../../assembly/abi/epoll.ts";
import { MAX_LOOKS } from "../../../assembly/abi/operation.ts";
import { Errno } from "../../abi/errno.ts";
import { ALWAYS_READY, IN, NVAL } from "../../abi/readiness.ts";
import type { EdgeQueue } from "../../drivers/contract/driver.ts";
import { POLLFD_WORDS, pollfds } from "../../drivers/contract/pollfd.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";

/** An array in the guest's memory, and the same entries as the driver sees them. */
export class Looks {
  readonly #host: Kernel;
  readonly #edges: EdgeQueue;
  /** The entry of the ready file itself: it is ready while wakeups are queued. */
  readonly #file: Descriptor;
  #offset = 0;
  /** Some entries have a descriptor that the driver does not poll. */
  #odd = false;
  /** The entries for the driver, with room for one more. */
  fds = pollfds(64);
  count = 0;
  /** The queue of wakeups, if a sleep over the entries must end at a wakeup too. */
  wakeups: EdgeQueue | undefined;

  constructor(host: Kernel, edges: EdgeQueue, file: Descriptor) {
    this.#host = host;
    this.#edges = edges;
    this.#file = file;
  }

  /**
   * Writes the readiness of each entry of the array in `length` bytes at `offset` into its revents, as poll(2): POLLNVAL for a
   * closed descriptor, 0 for a negative one; descriptors that cannot be polled are ready. The ready file is POLLIN while
   * wakeups are queued, and they stay queued.
   *
   * @returns the number of entries with revents; -EINVAL for more than 65,536 of them, or a misaligned address
   */
  look(offset: number, length: number): number {
    const error = this.read(offset, length);
    if (error < 0) return error;
    const ready = this.#host.driver.poll(this.fds, this.count, 0);
    return ready < 0 ? ready : this.answer(ready);
  }

  /** Reads the array, and clears all revents. Returns 0 or -EINVAL, as `look` does. */
  read(offset: number, length: number): number {
    const { descriptors, memory } = this.#host;
    const count = length >>> 3;
    if (count > MAX_LOOKS || (offset & 3) !== 0) return -Errno.INVAL;
    if ((count + 1) * POLLFD_WORDS > this.fds.length) this.fds = pollfds(count * 2);
    // Only these loops and the kernel cost a poll time: they use words only, and write only changes.
    const { words } = memory;
    const { fds } = this;
    const first = offset >>> 2;
    const end = count * POLLFD_WORDS;
    let odd = false;
    this.wakeups = undefined;
    for (let word = 0; word < end; word += POLLFD_WORDS) {
      const fd = words[first + word];
      const asked = words[first + word + 1];
      const handle = descriptors.watchable(fd);
      fds[word] = handle;
      fds[word + 1] = asked & 0xffff;
      if (asked >>> 16 !== 0) words[first + word + 1] = asked & 0xffff;
      if (handle < 0) {
        const own = descriptors.get(fd) === this.#file;
        fds[word] = own ? (this.#edges.handle ?? -1) : -1;
        odd ||= fds[word] < 0;
        if (own && fds[word] < 0 && (asked & IN) !== 0) this.wakeups = this.#edges;
      }
    }
    this.#offset = offset;
    this.#odd = odd;
    this.count = count;
    return 0;
  }

  /** Whether `answer` may find readiness that the driver does not. */
  get odd(): boolean {
    return this.#odd;
  }

  /**
   * Writes the revents of the driver's entries, and those of the others, into the array. At most `ready` of the former have some. Returns
   * the number of entries with revents.
   */
  answer(ready: number): number {
    const { words } = this.#host.memory;
    const { fds } = this;
    const first = this.#offset >>> 2;
    const end = this.count * POLLFD_WORDS;
    let found = 0;
    for (let word = 1; found < ready && word < end; word += POLLFD_WORDS) {
      if (fds[word] >>> 16 === 0) continue;
      words[first + word] = fds[word];
      found++;
    }
    return this.#odd ? found + this.#answerOdd() : found;
  }

  /** Handles the entries that the driver does not poll. Returns the number of those with revents. */
  #answerOdd(): number {
    const { descriptors, memory } = this.#host;
    const { view } = memory;
    let ready = 0;
    for (let place = 0, at = this.#offset; place < this.count; place++, at += POLLFD_SIZE) {
      if (this.fds[place * POLLFD_WORDS] >= 0) continue;
      const fd = view.getInt32(at, true);
      const asked = view.getUint16(at + 4, true);
      let revents = 0;
      if (fd >= 0 && descriptors.get(fd) === this.#file) revents = this.#edges.park(0) === 0 ? 0 : asked & IN;
      else if (fd >= 0) revents = descriptors.get(fd) === undefined ? NVAL : asked & ALWAYS_READY;
      view.setUint16(at + 6, revents, true);
      if (revents !== 0) ready++;
    }
    return ready;
  }
}
