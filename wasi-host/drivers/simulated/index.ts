/**
 * The simulated driver: a deterministic network inside the host. Sockets, pipes and time are all its own, and behave as
 * Linux' do (`endpoint.ts` lists how); what happens depends on the calls made and on the seed alone.
 *
 * - Buffers are finite, and have memory only while they hold something: a million idle streams are a million small objects.
 * - TCP connections take their `latency`; Unix sockets and pipes act at once, as within one machine.
 * - Time is virtual. Whoever sleeps makes it jump to what happens next.
 * - The other side of a connection is just another handle: `connect` and `accept`, or `socketPair`.
 *
 * Left out, because nothing depends on it: retransmission, keep-alive, urgent data, Nagle's delay, TIME_WAIT. A name of a
 * Unix socket is free again when its listener closes.
 */
import { Errno } from "../../errno.ts";
import { ERR, HUP, NVAL } from "../../readiness.ts";
import { SystemError } from "../../system-error.ts";
import type { Driver, EdgeQueue, RecvFlags, SocketAddress } from "../driver.ts";
import { VirtualClock } from "./clock.ts";
import { SimulatedEdges } from "./edges.ts";
import type { Endpoint } from "./endpoint.ts";
import { Handles } from "./handles.ts";
import { Network } from "./network.ts";
import { openPipe } from "./pipe.ts";
import { Random } from "./random.ts";
import { Sleep } from "./sleep.ts";
import { UnixStream } from "./unix-stream.ts";
import { Wire } from "./wire.ts";

export interface SimulatedDriverOptions {
  /** Of the latencies that are drawn. Default 1. */
  readonly seed?: number;
  /** Nanoseconds one way on a TCP connection, or the least and the most of them. Default 0: at once. */
  readonly latency?: number | readonly [least: number, most: number];
  /** Bytes in each buffer: a pipe, one direction of a Unix stream, each end of each direction of TCP. Default 65,536. */
  readonly bufferSize?: number;
  /** How many handles may be open; EMFILE beyond. Default: any number. */
  readonly maxHandles?: number;
}

const PEEK = 1;

export class SimulatedDriver implements Driver {
  readonly name = "simulated";
  readonly supports = { adopt: false };
  readonly #size: number;
  readonly #handles: Handles;
  readonly #network: Network;
  readonly #sleep: Sleep;

  constructor(options: SimulatedDriverOptions = {}) {
    const { seed = 1, latency = 0, bufferSize = 65_536, maxHandles = Infinity } = options;
    if (!Number.isInteger(bufferSize) || bufferSize < 1)
      throw new RangeError(`bufferSize ${bufferSize}: expected 1 or more`);
    const clock = new VirtualClock();
    this.#size = bufferSize;
    this.#handles = new Handles(maxHandles);
    this.#network = new Network(new Wire(clock, new Random(seed), bufferSize, latency));
    this.#sleep = new Sleep(clock);
  }

  now(): bigint {
    return BigInt(this.#sleep.clock.now);
  }

  /** Lets `nanoseconds` pass, with everything that happens in them. */
  advance(nanoseconds: number): void {
    this.#sleep.clock.advance(this.#sleep.deadline(nanoseconds));
    this.#sleep.stir();
  }

  listen(address: SocketAddress, backlog = 4096): number {
    this.#claim(1, "socket");
    return this.#handles.insert(this.#network.listen(address, backlog));
  }

  connect(address: SocketAddress): number {
    this.#claim(1, "socket");
    return this.#handles.insert(this.#network.connect(address));
  }

  socketPair(): [number, number] {
    return this.#both(UnixStream.pair(this.#size), "socketpair");
  }

  pipe(): [number, number] {
    return this.#both(openPipe(this.#size), "pipe2");
  }

  #both([one, other]: [Endpoint, Endpoint], syscall: string): [number, number] {
    this.#claim(2, syscall);
    return [this.#handles.insert(one), this.#handles.insert(other)];
  }

  #claim(handles: number, syscall: string): void {
    this.#sleep.stir();
    if (!this.#handles.fits(handles)) throw new SystemError(Errno.MFILE, syscall);
  }

  /** There are no operating system's descriptors here. */
  adopt(osDescriptor: number): number {
    throw new SystemError(Errno.NOTSUP, "adopt", String(osDescriptor));
  }

  accept(listener: number): number {
    const endpoint = this.#endpoint(listener);
    if (endpoint === undefined) return -Errno.BADF;
    if (!this.#handles.fits(1)) return -Errno.MFILE;
    const accepted = endpoint.accept();
    return typeof accepted === "number" ? this.#answer(accepted) : this.#handles.insert(accepted);
  }

  recv(handle: number, bytes: Uint8Array, offset: number, length: number, flags: RecvFlags): number {
    const endpoint = this.#endpoint(handle);
    return endpoint === undefined
      ? -Errno.BADF
      : this.#answer(endpoint.recv(bytes, offset, length, (flags & PEEK) !== 0));
  }

  send(handle: number, bytes: Uint8Array, offset: number, length: number): number {
    const endpoint = this.#endpoint(handle);
    return endpoint === undefined ? -Errno.BADF : this.#answer(endpoint.send(bytes, offset, length));
  }

  /** The endpoint that somebody is about to act on. */
  #endpoint(handle: number): Endpoint | undefined {
    this.#sleep.stir();
    return this.#handles.get(handle);
  }

  #answer(result: number): number {
    if (result === -Errno.AGAIN) this.#sleep.vain();
    return result;
  }

  shutdown(handle: number, how: number): number {
    const endpoint = this.#endpoint(handle);
    if (endpoint === undefined) return -Errno.BADF;
    return how < 1 || how > 3 ? -Errno.INVAL : endpoint.shutdown(how);
  }

  close(handle: number): number {
    this.#sleep.stir();
    return this.#handles.close(handle, false);
  }

  /** Closes with a reset, as close(2) with SO_LINGER 0 does: the peer gets ECONNRESET. A pipe is just closed. */
  reset(handle: number): number {
    this.#sleep.stir();
    return this.#handles.close(handle, true);
  }

  available(handle: number): number {
    return this.#handles.get(handle)?.available() ?? 0;
  }

  takeError(handle: number): number {
    return this.#handles.get(handle)?.takeError() ?? Errno.BADF;
  }

  localAddress(handle: number): SocketAddress | undefined {
    return this.#handles.get(handle)?.localAddress();
  }

  peerAddress(handle: number): SocketAddress | undefined {
    return this.#handles.get(handle)?.remoteAddress();
  }

  /** Throws "deadlock: ..." where it would sleep for ever; so does `park`. */
  poll(fds: Int32Array, count: number, timeout: number, edges?: EdgeQueue): number {
    const queue = edges as SimulatedEdges | undefined;
    const deadline = this.#sleep.deadline(timeout);
    do {
      const ready = this.#look(fds, count);
      if (ready > 0 || queue?.pending) return ready;
      if (timeout === 0) this.#sleep.vain();
    } while (timeout > 0 && this.#sleep.step(deadline));
    return 0;
  }

  /** Fills in all revents; how many are not 0. */
  #look(fds: Int32Array, count: number): number {
    let ready = 0;
    for (let word = 0; word < count * 2; word += 2) {
      const events = fds[word + 1] & 0xffff;
      const revents = fds[word] < 0 ? 0 : this.#revents(fds[word], events);
      fds[word + 1] = events | (revents << 16);
      if (revents !== 0) ready++;
    }
    return ready;
  }

  #revents(handle: number, events: number): number {
    const endpoint = this.#handles.get(handle);
    return endpoint === undefined ? NVAL : endpoint.level() & (events | ERR | HUP);
  }

  /** With no timeout, and nothing under way, it waits for what somebody else does with the driver. */
  async pollAsync(
    fds: Int32Array,
    count: number,
    timeout: number,
    edges: EdgeQueue | undefined,
    cancel: AbortSignal,
  ): Promise<number> {
    const queue = edges as SimulatedEdges | undefined;
    let ready = 0;
    await this.#sleep.until(
      () => {
        ready = this.#look(fds, count);
        return ready > 0 || queue?.pending === true;
      },
      timeout,
      cancel,
    );
    return ready;
  }

  edges(): EdgeQueue {
    return new SimulatedEdges(this.#handles, this.#sleep);
  }

  dispose(): void {
    for (const endpoint of this.#handles.open()) this.#handles.close(endpoint.handle, false);
  }
}
