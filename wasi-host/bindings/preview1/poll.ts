/**
 * poll_oneoff: the only call in which a guest sleeps (witx, `poll_oneoff`).
 *
 * Each subscription gets at most one event. A bad descriptor is an event with an error and does not fail the call. A clock
 * event never comes before its time on that clock.
 */

import {
  SUBSCRIPTION_POLLFDS,
  SUBSCRIPTION_POLLFDS_LENGTH,
  SUBSCRIPTION_WAKEUPS,
  SUBSCRIPTION_WAKEUPS_LENGTH,
  WAKEUP_SIZE,
} from "../../../assembly/abi/ready-file.ts";
import {
  CLOCK,
  CLOCK_MONOTONIC,
  EVENT_ERROR,
  EVENT_FLAGS,
  EVENT_NBYTES,
  EVENT_SIZE,
  FD_READ,
  FD_READWRITE_HANGUP,
  FD_WRITE,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_CLOCK_ABSTIME,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_FLAGS,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
} from "../../../assembly/abi/wasi.ts";
import { Errno } from "../../abi/errno.ts";
import { HUP, IN, OUT, RDHUP } from "../../abi/readiness.ts";
import type { EdgeQueue } from "../../drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../drivers/contract/pollfd.ts";
import { monotonicNanoseconds } from "../../drivers/contract/time.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { look } from "../../waiting/look.ts";
import { Wait } from "../../waiting/wait.ts";
import type { Calls } from "../../waiting/way.ts";
import type { ReadyFile } from "../ready-file/ready-file.ts";
import { clockNow } from "./clocks.ts";
import { writeEvent } from "./events.ts";
import { ListWait } from "./list-wait.ts";

/** Readiness that a write subscription does not report when the descriptor is also read from: both share a pollfd. */
const NOT_FOR_WRITE = IN | RDHUP;

/** Fields of an aligned subscription and of its event, in words. The first two of both are the user data. */
const TAG = SUBSCRIPTION_TAG / 4;
const FD = SUBSCRIPTION_FD / 4;
const WAKEUPS = SUBSCRIPTION_WAKEUPS / 4;
const WAKEUPS_LENGTH = SUBSCRIPTION_WAKEUPS_LENGTH / 4;
const POLLFDS = SUBSCRIPTION_POLLFDS / 4;
const ERROR = EVENT_ERROR / 4;
const NBYTES = EVENT_NBYTES / 4;
const FLAGS = EVENT_FLAGS / 4;

/** Where a subscription's answer comes from; from 0 on, the index in the pollfd array. */
const FROM_CLOCK = -1;
const FROM_READY_FILE = -2;
const ALWAYS_READY = -3;
/** From here down: an event with the error `REFUSED - source`. */
const REFUSED = -16;

const none = pollfds(0);

/** The calls that may wait. */
export const WAITS: readonly string[] = ["poll_oneoff"];

export function poll(kernel: Kernel): Calls {
  const spare: PollWait[] = [];
  const spareWakeups: WakeupWait[] = [];
  const spareLists: ListWait[] = [];
  return {
    poll_oneoff(input: number, output: number, count: number, result: number): number | Promise<number> {
      if (count === 1) {
        const wait = spareWakeups.pop() ?? new WakeupWait(kernel, spareWakeups);
        if (wait.begin(input >>> 0, output >>> 0, result >>> 0)) return kernel.way.finish(wait);
        wait.release();
      }
      if (count === 1 || count === 2) {
        const wait = spareLists.pop() ?? new ListWait(kernel, spareLists);
        const answer = wait.run(input >>> 0, output >>> 0, count, result >>> 0);
        if (answer === wait) return kernel.way.finish(answer);
        wait.release();
        if (answer !== -1) return answer as number;
      }
      const call = spare.pop() ?? new PollWait(kernel, spare);
      const answer = call.run(input >>> 0, output >>> 0, count >>> 0, result >>> 0);
      if (answer === call) return kernel.way.finish(answer);
      call.release();
      return answer as number;
    },
  };
}

/** A call that waits for the ready file alone, and has a buffer for wakeups: an event loop makes no other. */
class WakeupWait extends Wait {
  readonly fds = none;
  readonly count = 0;
  readonly deadline = Infinity;
  override edges: EdgeQueue | undefined = undefined;
  override readonly wakeupsAlone = true;
  override readonly looked = false;
  readonly #kernel: Kernel;
  readonly #spare: WakeupWait[];
  #file: ReadyFile | undefined;
  #buffer = 0;
  #length = 0;
  #input = 0;
  #output = 0;
  #result = 0;

  constructor(kernel: Kernel, spare: WakeupWait[]) {
    super();
    this.#kernel = kernel;
    this.#spare = spare;
  }

  /** Whether the call is of this kind. */
  begin(input: number, output: number, result: number): boolean {
    const { descriptors, memory } = this.#kernel;
    memory.refresh();
    if (!memory.holds(input, SUBSCRIPTION_SIZE) || !memory.holds(output, EVENT_SIZE) || !memory.holds(result, 4))
      return false;
    // Words cost half of what a view's fields do. The general call takes records that are not aligned.
    if (((input | output | result) & 3) !== 0) return false;
    const { words } = memory;
    const at = input >>> 2;
    if ((words[at + TAG] & 0xff) !== FD_READ) return false;
    const file = descriptors.get(words[at + FD] >>> 0);
    if (file?.kind !== "ready") return false;
    const buffer = words[at + WAKEUPS] >>> 0;
    const length = words[at + WAKEUPS_LENGTH] >>> 0;
    if (length < WAKEUP_SIZE || !memory.holds(buffer, length)) return false;
    if (words[at + POLLFDS] !== 0) return false;
    this.#file = file as Descriptor as ReadyFile;
    this.edges = this.#file.edges;
    this.#buffer = buffer;
    this.#length = length;
    this.#input = input;
    this.#output = output;
    this.#result = result;
    return true;
  }

  resume(ready: number): number | Wait {
    if (ready < 0) return -ready;
    const { memory } = this.#kernel;
    memory.refresh();
    const length = this.#file!.read(memory.bytes, this.#buffer, this.#length);
    if (length === -Errno.AGAIN) return this;
    if (length < 0) return -length;
    const { words } = memory;
    const user = this.#input >>> 2;
    const event = this.#output >>> 2;
    const low = words[user];
    const high = words[user + 1];
    words[event] = low;
    words[event + 1] = high;
    // The type is behind the error, which is 0.
    words[event + ERROR] = FD_READ << 16;
    words[event + ERROR + 1] = 0;
    words[event + NBYTES] = length;
    words[event + NBYTES + 1] = 0;
    words[event + FLAGS] = 0;
    words[event + FLAGS + 1] = 0;
    words[this.#result >>> 2] = 1;
    return 0;
  }

  override release(): void {
    this.#file = this.edges = undefined;
    this.#spare.push(this);
  }
}

/** One call. A finished wait is used again, so waiting allocates nothing. */
class PollWait extends Wait {
  fds = pollfds(64);
  count = 0;
  deadline = Infinity;
  override edges: EdgeQueue | undefined = undefined;
  override readonly looked = false;
  readonly #kernel: Kernel;
  readonly #spare: PollWait[];
  #input = 0;
  #output = 0;
  #subscriptions = 0;
  #result = 0;
  #sources = new Int32Array(64);
  #tags = new Uint8Array(64);
  /** Monotonic nanoseconds at which each clock subscription is due. */
  #due = new Float64Array(64);
  /** The guest's descriptor of each other subscription. */
  #numbers = new Uint32Array(64);
  /** The entry in `fds` by handle. Entries of earlier calls remain, so the handle in `fds` must be compared. */
  #entries = new Int32Array(64);
  #immediate = false;
  /** The start of the call if it waits for a clock; otherwise 0. */
  #began = 0;
  #readyFile: ReadyFile | undefined;
  /** The buffer for wakeups of a subscription to the ready file, and its length. */
  #wakeups = 0;
  #wakeupsLength = 0;

  constructor(kernel: Kernel, spare: PollWait[]) {
    super();
    this.#kernel = kernel;
    this.#spare = spare;
  }

  override release(): void {
    this.#readyFile = this.edges = undefined;
    this.#spare.push(this);
  }

  /** An errno, or this if the call must wait. */
  run(input: number, output: number, count: number, result: number): number | Wait {
    const { memory } = this.#kernel;
    memory.refresh();
    if (count === 0) return Errno.INVAL;
    if (!memory.holds(input, count * SUBSCRIPTION_SIZE) || !memory.holds(output, count * EVENT_SIZE))
      return Errno.FAULT;
    if (!memory.holds(result, 4)) return Errno.FAULT;
    if (count > this.#sources.length) this.#grow(count);
    const error = this.#read(input, count);
    if (error !== 0) return error;
    this.#input = input;
    this.#output = output;
    this.#subscriptions = count;
    this.#result = result;
    return this.#immediate ? this.resume(look(this.#kernel.driver, this)) : this;
  }

  /** After any wakeup, reports present readiness, which may be none. */
  resume(ready: number): number {
    if (ready < 0) return -ready;
    const { memory } = this.#kernel;
    memory.refresh();
    memory.view.setUint32(this.#result, this.#write(this.#input, this.#output, this.#subscriptions), true);
    return 0;
  }

  #grow(count: number): void {
    const size = 1 << (32 - Math.clz32(count));
    this.#sources = new Int32Array(size);
    this.#tags = new Uint8Array(size);
    this.#due = new Float64Array(size);
    this.#numbers = new Uint32Array(size);
    this.fds = pollfds(size + 1);
  }

  /**
   * Everything is decided before anything is written: the guest's arrays may overlap, and only user data is read later.
   */
  #read(input: number, count: number): number {
    const { view } = this.#kernel.memory;
    this.count = 0;
    this.#immediate = false;
    this.deadline = Infinity;
    this.#began = 0;
    this.#readyFile = this.edges = undefined;
    for (let index = 0, at = input; index < count; index++, at += SUBSCRIPTION_SIZE) {
      const tag = view.getUint8(at + SUBSCRIPTION_TAG);
      if (tag > FD_WRITE) return Errno.INVAL;
      this.#tags[index] = tag;
      this.#numbers[index] = view.getUint32(at + SUBSCRIPTION_FD, true);
      const source = tag === CLOCK ? this.#readClock(at, index) : this.#readDescriptor(this.#numbers[index], tag, at);
      this.#sources[index] = source;
      if (source <= ALWAYS_READY) this.#immediate = true;
    }
    return 0;
  }

  #readClock(at: number, index: number): number {
    const { memory } = this.#kernel;
    const clock = memory.view.getUint32(at + SUBSCRIPTION_CLOCK, true);
    if (clock > CLOCK_MONOTONIC) return REFUSED - (clock > 3 ? Errno.INVAL : Errno.NOTSUP);
    const timeout = memory.u64(at + SUBSCRIPTION_TIMEOUT);
    const now = monotonicNanoseconds(this.#kernel.driver);
    if (this.#began === 0) this.#began = now;
    let due = this.#began + timeout;
    if ((memory.view.getUint16(at + SUBSCRIPTION_FLAGS, true) & SUBSCRIPTION_CLOCK_ABSTIME) !== 0) {
      due =
        clock === CLOCK_MONOTONIC
          ? timeout
          : now +
            Number(memory.view.getBigUint64(at + SUBSCRIPTION_TIMEOUT, true) - clockNow(clock, this.#kernel.driver));
    }
    this.#due[index] = due;
    if (due < this.deadline) this.deadline = due;
    if (due <= now) this.#immediate = true;
    return FROM_CLOCK;
  }

  #readDescriptor(fd: number, tag: number, at: number): number {
    const descriptor = this.#kernel.descriptors.get(fd);
    if (descriptor === undefined) {
      this.#kernel.missingListener.used(fd);
      return REFUSED - Errno.BADF;
    }
    if (descriptor.kind === "ready") {
      if (tag === FD_WRITE) return ALWAYS_READY;
      return this.#readReadyFile(descriptor as Descriptor as ReadyFile, at);
    }
    if (descriptor.handle < 0) return ALWAYS_READY;
    // RDHUP beside IN: without it the kernel does not tell an end of stream from data.
    return this.#watch(descriptor.handle, tag === FD_READ ? IN | RDHUP : OUT);
  }

  #readReadyFile(file: ReadyFile, at: number): number {
    const { memory } = this.#kernel;
    this.#wakeups = memory.view.getUint32(at + SUBSCRIPTION_WAKEUPS, true);
    this.#wakeupsLength = memory.view.getUint32(at + SUBSCRIPTION_WAKEUPS_LENGTH, true);
    if (!memory.holds(this.#wakeups, this.#wakeupsLength)) return REFUSED - Errno.FAULT;
    const pollfds = memory.view.getUint32(at + SUBSCRIPTION_POLLFDS, true);
    if (pollfds !== 0) {
      // `ListWait` has refused it.
      const length = memory.view.getUint32(at + SUBSCRIPTION_POLLFDS_LENGTH, true);
      return REFUSED - (memory.holds(pollfds, length) ? Errno.INVAL : Errno.FAULT);
    }
    this.#readyFile = file;
    this.edges = file.edges;
    return FROM_READY_FILE;
  }

  /** One entry for each handle: poll(2) refuses more entries than the process may have descriptors (EINVAL). */
  #watch(handle: number, events: number): number {
    if (handle >= this.#entries.length) {
      const larger = new Int32Array(1 << (32 - Math.clz32(handle)));
      larger.set(this.#entries);
      this.#entries = larger;
    }
    const entry = this.#entries[handle];
    if (entry < this.count && this.fds[entry * 2] === handle) {
      setPollfd(this.fds, entry, handle, events | this.fds[entry * 2 + 1]);
      return entry;
    }
    setPollfd(this.fds, this.count, handle, events);
    this.#entries[handle] = this.count;
    return this.count++;
  }

  #write(input: number, output: number, count: number): number {
    const { driver, memory } = this.#kernel;
    const { view } = memory;
    const now = this.deadline === Infinity ? 0 : monotonicNanoseconds(driver);
    let events = 0;
    for (let index = 0; index < count; index++) {
      const source = this.#sources[index];
      let ready = 0;
      let available = -1;
      if (source >= 0) {
        ready = revents(this.fds, source) & (this.#tags[index] === FD_READ ? ~OUT : ~NOT_FOR_WRITE);
        if (ready === 0) continue;
      } else if (source === FROM_CLOCK) {
        if (now < this.#due[index]) continue;
      } else if (source === FROM_READY_FILE) {
        available = this.#takeWakeups();
        if (available < 0) continue;
      }
      const event = output + events++ * EVENT_SIZE;
      const error = source <= REFUSED ? REFUSED - source : 0;
      writeEvent(view, input + index * SUBSCRIPTION_SIZE, event, error, this.#tags[index]);
      if (available < 0) available = this.#bytesReady(index, source, event + EVENT_NBYTES);
      this.#kernel.memory.setU64(event + EVENT_NBYTES, available);
      view.setUint32(event + EVENT_FLAGS, (ready & (HUP | RDHUP)) !== 0 ? FD_READWRITE_HANGUP : 0, true);
    }
    return events;
  }

  /** The length of the wakeups in the guest's buffer; 0 without a buffer; -1 if none is queued. */
  #takeWakeups(): number {
    const file = this.#readyFile!;
    if (this.#wakeupsLength < WAKEUP_SIZE) return file.edges.park(0) === 0 ? -1 : 0;
    return Math.max(-1, file.read(this.#kernel.memory.bytes, this.#wakeups, this.#wakeupsLength));
  }

  /**
   * FIONREAD. Readiness without bytes is 1 for a socket: a listener with a connection, or an empty datagram. `scratch`:
   * 8 bytes of the guest's memory that are written later.
   */
  #bytesReady(index: number, source: number, scratch: number): number {
    if (source !== ALWAYS_READY && source < 0) return 0;
    if (this.#tags[index] === FD_WRITE) return 1;
    const { descriptors, driver, memory } = this.#kernel;
    const descriptor = descriptors.get(this.#numbers[index]);
    if (descriptor === undefined) return 0; // closed during the call
    if (source === ALWAYS_READY) return descriptor.available(memory, scratch);
    const count = driver.available(descriptor.handle);
    const ended = (revents(this.fds, source) & (HUP | RDHUP)) !== 0;
    return count > 0 || ended || descriptor.kind === "stdio" ? count : 1;
  }
}
