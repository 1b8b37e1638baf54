/**
 * poll_oneoff: the one call in which a guest sleeps (witx, `poll_oneoff`).
 *
 * Each subscription gets at most one event; one bad descriptor is an event with an error, and never the whole call's;
 * a clock is reported when its time has come by its own clock, and never before.
 */
import { monotonic } from "../clock.ts";
import type { Descriptor } from "../descriptors.ts";
import type { Driver } from "../drivers/driver.ts";
import { pollfds, revents, setPollfd } from "../drivers/pollfd.ts";
import { Errno } from "../errno.ts";
import type { Imports } from "../imports.ts";
import { HUP, IN, OUT, RDHUP } from "../readiness.ts";
import type { ReadyFile } from "../ready-file.ts";
import { SLEEPS } from "../sleep/sleep.ts";
import type { HostState } from "../state.ts";
import { clockNow } from "./clocks.ts";

const SUBSCRIPTION = 48;
const EVENT = 32;
const CLOCK = 0;
const FD_READ = 1;
const FD_WRITE = 2;
const ABSTIME = 1;
const MONOTONIC = 1;
const HANGUP = 1;
/** What a write subscription is not told: a descriptor that is also read from shares its pollfd. */
const NOT_FOR_WRITE = IN | RDHUP;

/** Where a subscription's answer comes from; 0 and more: that entry of the pollfd array. */
const FROM_CLOCK = -1;
const FROM_READY_FILE = -2;
const ALWAYS_READY = -3;
/** This and less: an event with the error `REFUSED - source`. */
const REFUSED = -16;

export function poll(host: HostState): Imports {
  const call = new PollOneoff(host);
  return {
    poll_oneoff: (input, output, count, result) => call.run(input >>> 0, output >>> 0, count >>> 0, result >>> 0),
  };
}

/** One call's state, kept from call to call so that waiting allocates nothing. */
class PollOneoff {
  readonly #host: HostState;
  #sources = new Int32Array(64);
  #tags = new Uint8Array(64);
  /** Monotonic nanoseconds at which each clock subscription is due. */
  #due = new Float64Array(64);
  #fds = pollfds(64);
  /** By handle: its entry in `#fds`, if that one is of this handle; what is left of earlier calls is not. */
  #entries = new Int32Array(64);
  #watched = 0;
  #immediate = false;
  #earliest = Infinity;
  /** When the call began, where a clock is waited for; 0 else. */
  #began = 0;
  #readyFile: ReadyFile | undefined;

  constructor(host: HostState) {
    this.#host = host;
  }

  run(input: number, output: number, count: number, result: number): number {
    const { memory } = this.#host;
    memory.refresh();
    if (count === 0) return Errno.INVAL;
    if (!memory.holds(input, count * SUBSCRIPTION) || !memory.holds(output, count * EVENT)) return Errno.FAULT;
    if (!memory.holds(result, 4)) return Errno.FAULT;
    if (count > this.#sources.length) this.#grow(count);
    const error = this.#read(input, count);
    if (error !== 0) return error;
    const failed = this.#sleep();
    if (failed !== 0) return failed;
    memory.view.setUint32(result, this.#write(input, output, count), true);
    return 0;
  }

  #grow(count: number): void {
    const size = 1 << (32 - Math.clz32(count));
    this.#sources = new Int32Array(size);
    this.#tags = new Uint8Array(size);
    this.#due = new Float64Array(size);
    this.#fds = pollfds(size + 1);
  }

  /** All is decided here, before anything is written: the guest's arrays may overlap, and only user data is read later. */
  #read(input: number, count: number): number {
    const { view } = this.#host.memory;
    this.#watched = 0;
    this.#immediate = false;
    this.#earliest = Infinity;
    this.#began = this.#host.sleep.progress;
    this.#readyFile = undefined;
    for (let index = 0, at = input; index < count; index++, at += SUBSCRIPTION) {
      const tag = view.getUint8(at + 8);
      if (tag > FD_WRITE) return Errno.INVAL;
      this.#tags[index] = tag;
      const source =
        tag === CLOCK ? this.#readClock(at, index) : this.#readDescriptor(view.getUint32(at + 16, true), tag);
      this.#sources[index] = source;
      if (source <= ALWAYS_READY) this.#immediate = true;
    }
    return 0;
  }

  #readClock(at: number, index: number): number {
    const { memory } = this.#host;
    const clock = memory.view.getUint32(at + 16, true);
    if (clock > MONOTONIC) return REFUSED - (clock > 3 ? Errno.INVAL : Errno.NOTSUP);
    const timeout = memory.u64(at + 24);
    const now = nanosecondsNow(this.#host.driver);
    if (this.#began === 0) this.#began = now;
    let due = this.#began + timeout;
    if ((memory.view.getUint16(at + 40, true) & ABSTIME) !== 0) {
      due =
        clock === MONOTONIC
          ? timeout
          : now + Number(memory.view.getBigUint64(at + 24, true) - clockNow(clock, this.#host.driver));
    }
    this.#due[index] = due;
    if (due < this.#earliest) this.#earliest = due;
    return FROM_CLOCK;
  }

  #readDescriptor(fd: number, tag: number): number {
    const descriptor = this.#host.descriptors.get(fd);
    if (descriptor === undefined) return REFUSED - Errno.BADF;
    if (descriptor.kind === "ready") {
      if (tag === FD_WRITE) return ALWAYS_READY;
      this.#readyFile = descriptor as Descriptor as ReadyFile;
      if (this.#readyFile.answered) this.#immediate = true;
      return FROM_READY_FILE;
    }
    if (descriptor.handle < 0) return ALWAYS_READY;
    // RDHUP beside IN: only so does the kernel tell an end of stream from data.
    return this.#watch(descriptor.handle, tag === FD_READ ? IN | RDHUP : OUT);
  }

  /** One entry for each handle: poll(2) refuses more entries than the process may have descriptors (EINVAL). */
  #watch(handle: number, events: number): number {
    if (handle >= this.#entries.length) {
      const larger = new Int32Array(1 << (32 - Math.clz32(handle)));
      larger.set(this.#entries);
      this.#entries = larger;
    }
    const entry = this.#entries[handle];
    if (entry < this.#watched && this.#fds[entry * 2] === handle) {
      setPollfd(this.#fds, entry, handle, events | this.#fds[entry * 2 + 1]);
      return entry;
    }
    setPollfd(this.#fds, this.#watched, handle, events);
    this.#entries[handle] = this.#watched;
    return this.#watched++;
  }

  /** 0, SLEEPS, or the errno with which the driver refused. */
  #sleep(): number {
    const { driver, sleep } = this.#host;
    const edges = this.#readyFile?.edges;
    for (;;) {
      let timeout = 0;
      if (!this.#immediate && !sleep.suspends)
        timeout = this.#earliest === Infinity ? Infinity : Math.max(0, this.#earliest - nanosecondsNow(driver));
      if (this.#watched === 0 && edges !== undefined) {
        if (edges.park(timeout) !== 0) return 0;
      } else {
        // Wakeups that the queue has taken out of the kernel already are nothing that the driver's poll would wake for.
        if (edges?.park(0)) timeout = 0;
        const ready = driver.poll(this.#fds, this.#watched, timeout, edges);
        if (ready < 0) return -ready;
        if (ready > 0 || edges?.park(0)) return 0;
      }
      // Woken by a signal, or a little early: sleep on.
      if (this.#immediate || (this.#earliest !== Infinity && nanosecondsNow(driver) >= this.#earliest)) return 0;
      if (sleep.suspends) {
        const left = this.#earliest === Infinity ? Infinity : this.#earliest - nanosecondsNow(driver);
        sleep.note(this.#fds, this.#watched, left, edges, this.#began);
        return SLEEPS;
      }
    }
  }

  #write(input: number, output: number, count: number): number {
    const { driver, memory } = this.#host;
    const { view } = memory;
    const now = this.#earliest === Infinity ? 0 : nanosecondsNow(driver);
    let events = 0;
    for (let index = 0; index < count; index++) {
      const source = this.#sources[index];
      let ready = 0;
      if (source >= 0) {
        ready = revents(this.#fds, source) & (this.#tags[index] === FD_READ ? ~OUT : ~NOT_FOR_WRITE);
        if (ready === 0) continue;
      } else if (source === FROM_CLOCK) {
        if (now < this.#due[index]) continue;
      } else if (source === FROM_READY_FILE) {
        if (!this.#readyFile!.answered && this.#readyFile!.edges.park(0) === 0) continue;
      }
      const userdata = input + index * SUBSCRIPTION;
      const event = output + events++ * EVENT;
      const low = view.getUint32(userdata, true);
      view.setUint32(event + 4, view.getUint32(userdata + 4, true), true);
      view.setUint32(event, low, true);
      view.setUint16(event + 8, source <= REFUSED ? REFUSED - source : 0, true);
      view.setUint16(event + 10, this.#tags[index], true);
      view.setUint32(event + 12, 0, true);
      this.#host.memory.setU64(event + 16, source >= 0 ? this.#bytesReady(index, source) : 0);
      view.setUint32(event + 24, (ready & (HUP | RDHUP)) !== 0 ? HANGUP : 0, true);
      view.setUint32(event + 28, 0, true);
    }
    return events;
  }

  /** FIONREAD for a stream; a listener has no such count, and answers 1: a connection waits. */
  #bytesReady(index: number, source: number): number {
    if (this.#tags[index] === FD_WRITE) return 1;
    const handle = this.#fds[source * 2];
    const count = this.#host.driver.available(handle);
    return count > 0 || (revents(this.#fds, source) & (HUP | RDHUP)) !== 0 ? count : 1;
  }
}

/** Monotonic nanoseconds as a double: exact for 104 days of uptime. */
function nanosecondsNow(driver: Driver): number {
  return Number(driver.now === undefined ? monotonic() : driver.now());
}
