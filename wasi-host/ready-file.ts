/**
 * The ready file: poll_oneoff made persistent, in the manner of Solaris' /dev/poll, with nothing but fd_write and fd_read.
 *
 * Written to it are 8-byte requests `{u32 fd, u16 mask, u16 op}`: 1 arms fd for the wakeups that concern this mask, 0
 * stops that, 2 looks at the readiness now. Read from it are 8-byte records `{u32 fd, u16 mask, u16 ready}`: the answers
 * to looks first (bit 15 of `mask` set, an errno in the bits under it, EBADF for what is not open and EPERM for what
 * cannot be polled), then the wakeups. It never blocks: EAGAIN when there is nothing, and poll_oneoff sleeps on it.
 *
 * sock_recv asks it for more, with one buffer each. With recv_waitall it is fd_read, but sleeps until there is something.
 * Without flags it makes transfers (`preview1/transfers.ts`).
 *
 * Peeked at (sock_recv with recv_peek), it answers in place, as poll(2) without a wait: the buffer is an array of
 * `struct pollfd`, which has a request's size, and its revents are filled in. The ready file's own number stands in it for the
 * wakeups that wait; they stay where they are.
 */
import { Descriptor, Fdflags, Filetype } from "./descriptors.ts";
import type { EdgeQueue } from "./drivers/driver.ts";
import { POLLFD_WORDS, pollfds, revents, setPollfd } from "./drivers/pollfd.ts";
import { Errno } from "./errno.ts";
import { ALWAYS_READY, IN, NVAL } from "./readiness.ts";
import { Rights } from "./rights.ts";
import { SLEEPS } from "./sleep/sleep.ts";
import type { HostState } from "./state.ts";

const RECORD = 8;
const STOP = 0;
const ARM = 1;
const LOOK = 2;
const ANSWER = 0x8000;
/** Looks that may wait to be read; a write of more is cut short there. */
const MOST_ANSWERS = 1 << 16;

const none = pollfds(0);

export class ReadyFile extends Descriptor {
  readonly kind = "ready";
  readonly filetype = Filetype.UNKNOWN;
  readonly rights = Rights.FD_READ | Rights.FD_WRITE | Rights.POLL_FD_READWRITE;
  override fdflags = Fdflags.NONBLOCK;
  readonly edges: EdgeQueue;
  /** Called whenever the guest has read wakeups: somebody may sleep until they come. */
  onTaken: (() => void) | undefined;
  /** The guest has closed it: its queue must not be asked any more. */
  closed = false;
  readonly #host: HostState;
  /** The fd of each answer, or its place. The rest is what `#looked` has: the readiness, or a negated errno in place of the handle. */
  #answers = new Uint32Array(64);
  #next = 0;
  #end = 0;
  #looked = pollfds(64);
  /** What is peeked at. */
  #peeked = pollfds(64);

  constructor(host: HostState) {
    super();
    this.#host = host;
    this.edges = host.driver.edges();
  }

  /** Is there something to read without asking the driver? */
  get answered(): boolean {
    return this.#next < this.#end;
  }

  override write(_bytes: Uint8Array, offset: number, length: number): number {
    const view = this.#host.memory.view;
    const { descriptors } = this.#host;
    if (length < RECORD) return -Errno.INVAL;
    if (this.#next === this.#end) this.#next = this.#end = 0;
    const first = this.#end;
    const most = this.#next + MOST_ANSWERS;
    this.#makeRoom(Math.min(first + Math.floor(length / RECORD), most));
    // A poll of thousands is thousands of looks: all that the loop needs is at hand, and nothing is asked twice.
    const answers = this.#answers;
    const looked = this.#looked;
    let end = first;
    let at = offset;
    let error = 0;
    for (const last = offset + length - RECORD; at <= last; at += RECORD) {
      const fd = view.getUint32(at, true);
      const request = view.getUint32(at + 4, true);
      if (request >>> 16 !== LOOK) error = this.#request(fd, request & 0xffff, request >>> 16);
      else if (end === most) error = -Errno.NOBUFS;
      else {
        // A negative one is passed over by poll.
        setPollfd(looked, end, descriptors.watchable(fd), request);
        answers[end++] = fd;
      }
      if (error !== 0) break;
    }
    this.#end = end;
    this.#look(first);
    return error !== 0 && at === offset ? error : at - offset;
  }

  /**
   * The readiness of each entry of an array of `struct pollfd` {i32 fd, u16 events, u16 revents} at `offset`, into its revents,
   * as poll(2) gives it: POLLNVAL for what is not open, nothing for a negative fd, and what cannot be waited for is ready.
   * Returns 8 for each entry that has something; -EINVAL for more than 65,536 of them, or an odd address.
   */
  peek(offset: number, length: number): number {
    const { descriptors, driver, memory } = this.#host;
    const count = length >>> 3;
    if (count > MOST_ANSWERS || (offset & 3) !== 0) return -Errno.INVAL;
    if ((count + 1) * POLLFD_WORDS > this.#peeked.length) this.#peeked = pollfds(count * 2);
    // The loops are what a poll costs beside the kernel's own: words only, and nothing is written that was so before.
    const { words } = memory;
    const peeked = this.#peeked;
    const first = offset >>> 2;
    const end = count * POLLFD_WORDS;
    let odd = false;
    for (let word = 0; word < end; word += POLLFD_WORDS) {
      const fd = words[first + word];
      const asked = words[first + word + 1];
      const handle = descriptors.watchable(fd);
      peeked[word] = handle;
      peeked[word + 1] = asked & 0xffff;
      if (asked >>> 16 !== 0) words[first + word + 1] = asked & 0xffff;
      if (handle < 0) {
        odd = true;
        if (descriptors.get(fd) === this) peeked[word] = this.edges.handle ?? -1;
      }
    }
    const ready = driver.poll(peeked, count, 0);
    for (let word = 1, left = ready; left > 0 && word < end; word += POLLFD_WORDS) {
      if (peeked[word] >>> 16 === 0) continue;
      words[first + word] = peeked[word];
      left--;
    }
    if (ready < 0) return ready;
    return (odd ? ready + this.#answerOdd(offset, count) : ready) * RECORD;
  }

  /** Entries that the driver was not asked for. Returns how many of them have something. */
  #answerOdd(offset: number, count: number): number {
    const { descriptors, memory } = this.#host;
    const { view } = memory;
    let ready = 0;
    for (let place = 0, at = offset; place < count; place++, at += RECORD) {
      if (this.#peeked[place * POLLFD_WORDS] >= 0) continue;
      const fd = view.getInt32(at, true);
      const asked = view.getUint16(at + 4, true);
      let revents = 0;
      if (fd >= 0 && descriptors.get(fd) === this) revents = this.edges.park(0) === 0 ? 0 : asked & IN;
      else if (fd >= 0) revents = descriptors.get(fd) === undefined ? NVAL : asked & ALWAYS_READY;
      view.setUint16(at + 6, revents, true);
      if (revents !== 0) ready++;
    }
    return ready;
  }

  /** Arms or stops. 0, or a negated errno. */
  #request(fd: number, mask: number, op: number): number {
    const { descriptors } = this.#host;
    if (op > ARM) return -Errno.INVAL;
    const handle = descriptors.watchable(fd);
    if (handle < 0) return 0; // a look answers why
    if (op === STOP) {
      this.edges.disarm(handle, mask, fd);
      return 0;
    }
    const error = this.edges.arm(handle, mask, fd);
    if (error === -Errno.PERM) descriptors.refuse(fd);
    return error === -Errno.NOSPC ? error : 0;
  }

  /** For so many answers, those that wait to be read among them. */
  #makeRoom(count: number): void {
    if (count <= this.#answers.length) return;
    const size = Math.max(count, this.#answers.length * 2);
    const answers = new Uint32Array(size);
    answers.set(this.#answers);
    const looked = pollfds(size + 1);
    looked.set(this.#looked);
    this.#answers = answers;
    this.#looked = looked;
  }

  /** The readiness of what was asked for from this one on, by one call of the driver. */
  #look(first: number): void {
    const count = this.#end - first;
    if (count === 0) return;
    if (first === 0) {
      this.#host.driver.poll(this.#looked, count, 0);
      return;
    }
    const fds = this.#looked.slice(first * 2);
    this.#host.driver.poll(fds, count, 0);
    this.#looked.set(fds.subarray(0, count * 2), first * 2);
  }

  override read(_bytes: Uint8Array, offset: number, length: number): number {
    const view = this.#host.memory.view;
    const room = Math.floor(length / RECORD);
    if (room === 0) return -Errno.INVAL;
    const answers = this.#answers;
    const looked = this.#looked;
    let at = offset;
    let next = this.#next;
    for (const last = Math.min(this.#end, next + room); next < last; next++, at += RECORD) {
      const handle = looked[next * POLLFD_WORDS];
      const errno = handle < 0 ? -handle : 0;
      view.setUint32(at, answers[next], true);
      view.setUint32(at + 4, ANSWER | errno | (revents(looked, next) << 16), true);
    }
    this.#next = next;
    const taken = this.edges.take(view, at, room - (at - offset) / RECORD);
    if (taken > 0) this.onTaken?.();
    at += RECORD * taken;
    return at === offset ? -Errno.AGAIN : at - offset;
  }

  /** As `read`, but sleeps until there is something. A count, -SLEEPS where the call has to be made again, or -EINVAL. */
  readOrSleep(offset: number, length: number): number {
    const { memory, sleep } = this.#host;
    if (length < RECORD) return -Errno.INVAL;
    for (;;) {
      // What a sleep has collected is at hand; a read that comes first would ask the kernel once more.
      if (!sleep.suspends && !this.answered) this.edges.park(Infinity);
      const got = this.read(memory.bytes, offset, length);
      if (got !== -Errno.AGAIN) return got;
      if (sleep.suspends) {
        sleep.note(none, 0, Infinity, this.edges, 0);
        return -SLEEPS;
      }
    }
  }

  /**
   * Resolves when there is something to read, after `timeout` nanoseconds (Infinity: never by itself), or when `cancel`
   * is aborted. The event loop stays free.
   */
  async wakeup(timeout: number, cancel: AbortSignal): Promise<void> {
    if (this.answered || this.edges.park(0) !== 0) return;
    await this.#host.driver.pollAsync(none, 0, timeout, this.edges, cancel);
  }

  /** `fd` is about to be closed, or to become something else: all of its masks end. */
  forget(fd: number, descriptor: Descriptor): void {
    this.edges.forget(descriptor.handle, fd);
  }

  close(): number {
    this.closed = true;
    this.edges.close();
    return 0;
  }
}
