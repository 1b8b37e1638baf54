/**
 * What one wait costs through select, poll and epoll while N descriptors are registered and two of them have data. Measured here and now:
 * the same engine, over sockets of the simulated network, whose looks cost little. What grows is the walk over the set.
 */
import { EPOLL_EVENT_SIZE, POLLFD_EVENTS, POLLFD_FD, POLLFD_SIZE } from "../../assembly/abi/epoll.ts";
import { Core, EPOLL_CTL_ADD, EPOLLIN } from "../../src/index.ts";
import { Stream } from "../../wasi-host/internal.ts";
import { SimulatedDriver } from "../../wasi-host/web.ts";

export interface CostOptions {
  /** Numbers of descriptors, 4 to MAX_DESCRIPTORS. */
  readonly sizes: readonly number[];
  /** Milliseconds for each call at each size. Default: 100. */
  readonly milliseconds?: number;
}

/** Nanoseconds of one wait, at the best of several slices: other work on the machine only adds. */
export interface Measure {
  readonly size: number;
  readonly select: number;
  readonly poll: number;
  readonly epoll: number;
  /** The longest time in which this let nobody else run, in milliseconds. */
  readonly longest: number;
}

export const MIN_DESCRIPTORS = 4;
export const MAX_DESCRIPTORS = 60_000;
const ACTIVE = 2;
/** Milliseconds of a slice. One call that takes longer is a slice of its own. */
const SLICE_MS = 10;
/** On a busy machine one slice can take all of the time. */
const MIN_SLICES = 5;
/** Sockets that are opened before the clock is looked at. */
const PORTION = 200;
const WORD_BITS = 32;

/** Lets others run when a slice is over, and notes how long each has been. */
class Slices {
  longest = 0;
  #began = performance.now();

  get over(): boolean {
    return performance.now() - this.#began >= SLICE_MS;
  }

  async pause(): Promise<void> {
    this.longest = Math.max(this.longest, performance.now() - this.#began);
    await new Promise((resume) => setTimeout(resume));
    this.#began = performance.now();
  }
}

/**
 * Measures one size after the other.
 *
 * @throws RangeError for a size out of range
 */
export async function* measureCosts(
  module: WebAssembly.Module,
  { sizes, milliseconds = 100 }: CostOptions,
): AsyncGenerator<Measure, void> {
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < MIN_DESCRIPTORS || size > MAX_DESCRIPTORS) {
      throw new RangeError(`${size} descriptors: expected ${MIN_DESCRIPTORS} to ${MAX_DESCRIPTORS}`);
    }
  }
  if (!warm) await measureSize(module, WARM_UP_SIZE, WARM_UP_MS);
  warm = true;
  for (const size of sizes) yield await measureSize(module, size, milliseconds);
}

/** Whether something was measured before: JavaScript engines compile a call again when it is called often. */
let warm = false;
const WARM_UP_SIZE = 64;
const WARM_UP_MS = 60;

async function measureSize(module: WebAssembly.Module, size: number, milliseconds: number): Promise<Measure> {
  const slices = new Slices();
  const core = await Core.open({ module, driver: new SimulatedDriver(), maxDescriptors: size + WORD_BITS });
  const { exports } = core;
  const epoll = exports.pollux_epoll_create();
  const fds: number[] = [];
  while (fds.length < size) {
    for (let made = 0; made < PORTION && fds.length < size; made++) {
      const [one, other] = core.driver.socketPair();
      const fd = core.insert(new Stream(core.driver, one, true));
      exports.pollux_epoll_ctl(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, BigInt(fd));
      // The last ones are active: a scan has to go through all of the others.
      if (fds.push(fd) > size - ACTIVE) core.driver.send(other, new Uint8Array(1), 0, 1);
    }
    if (slices.over) await slices.pause();
  }

  const words = Math.ceil((fds.at(-1)! + 1) / WORD_BITS);
  const set = core.allocate(words * 4, "select");
  const entries = core.allocate(size * POLLFD_SIZE, "poll");
  const events = core.allocate(ACTIVE * EPOLL_EVENT_SIZE, "epoll_wait");
  const all = new Uint32Array(words);
  for (const fd of fds) all[Math.floor(fd / WORD_BITS)] |= 1 << (fd % WORD_BITS);
  const { view } = core;
  for (const [index, fd] of fds.entries()) {
    view.setInt32(entries + index * POLLFD_SIZE + POLLFD_FD, fd, true);
    view.setUint32(entries + index * POLLFD_SIZE + POLLFD_EVENTS, EPOLLIN, true);
  }
  exports.pollux_select_limit(words * WORD_BITS);
  const calls = {
    // A call overwrites its set, so that a program fills it again for each one.
    select() {
      new Uint32Array(exports.memory.buffer, set, words).set(all);
      return exports.pollux_select(words * WORD_BITS, set, 0, 0, 0);
    },
    poll: () => exports.pollux_poll(entries, size, 0),
    epoll: () => exports.pollux_epoll_wait(epoll, events, ACTIVE, 0),
  };
  const measure = {
    size,
    select: await best(calls.select, milliseconds, slices),
    poll: await best(calls.poll, milliseconds, slices),
    epoll: await best(calls.epoll, milliseconds, slices),
  };
  await slices.pause();
  // The network is let go of as it is: closing 60,000 sockets one by one would take longer than a slice.
  return { ...measure, longest: slices.longest };
}

/** Nanoseconds of one call in the best slice. Throws if a call does not find the active ones. */
async function best(call: () => number, milliseconds: number, slices: Slices): Promise<number> {
  let least = Infinity;
  for (let spent = 0, taken = 0; spent < milliseconds || taken < MIN_SLICES; taken++) {
    await slices.pause();
    const began = performance.now();
    let count = 0;
    let elapsed: number;
    do {
      if (call() !== ACTIVE) throw new Error("a wait did not find the active descriptors");
      count++;
      elapsed = performance.now() - began;
    } while (elapsed < SLICE_MS);
    spent += elapsed;
    least = Math.min(least, elapsed / count);
  }
  return least * 1_000_000;
}
