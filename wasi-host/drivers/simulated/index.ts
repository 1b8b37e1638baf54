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
import type { SocketAddress } from "../driver.ts";
import { EndpointDriver } from "../endpoints/driver.ts";
import { VirtualClock } from "./clock.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { VirtualSleep } from "./sleep.ts";
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

export class SimulatedDriver extends EndpointDriver {
  readonly name = "simulated";
  readonly supports = { adopt: false };
  protected readonly sleep: VirtualSleep;
  readonly #network: Network;

  constructor(options: SimulatedDriverOptions = {}) {
    const { seed = 1, latency = 0, bufferSize = 65_536, maxHandles = Infinity } = options;
    if (!Number.isInteger(bufferSize) || bufferSize < 1)
      throw new RangeError(`bufferSize ${bufferSize}: expected 1 or more`);
    super(bufferSize, maxHandles);
    const clock = new VirtualClock();
    this.#network = new Network(new Wire(clock, new Random(seed), bufferSize, latency));
    this.sleep = new VirtualSleep(clock);
  }

  now(): bigint {
    return BigInt(this.sleep.clock.now);
  }

  /** Lets `nanoseconds` pass, with everything that happens in them. */
  advance(nanoseconds: number): void {
    this.sleep.clock.advance(this.sleep.deadline(nanoseconds));
    this.sleep.stir();
  }

  listen(address: SocketAddress, backlog = 4096): number {
    this.claim(1, "socket");
    return this.handles.insert(this.#network.listen(address, backlog));
  }

  connect(address: SocketAddress): number {
    this.claim(1, "socket");
    return this.handles.insert(this.#network.connect(address));
  }

  datagrams(address: SocketAddress): number {
    this.claim(1, "socket");
    return this.handles.insert(this.#network.datagrams(address));
  }
}
