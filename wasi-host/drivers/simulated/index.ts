/**
 * The simulated driver: a deterministic network inside the host. Its sockets and pipes behave like Linux's
 * (`endpoint.ts` has the list). Events depend only on the calls and on the seed.
 *
 * - Buffers are finite, and use memory only while they hold data: a million idle streams are a million small objects.
 * - TCP connections take their `latency`; Unix sockets and pipes act at once.
 * - Time is virtual: a sleep jumps to the next event.
 * - Random numbers depend on the seed. They are not secret.
 * - The other side of a connection is another handle: `connect` and `accept`, or `socketPair`.
 *
 * Without effect, and so left out: retransmission, keep-alive, urgent data, Nagle's delay, TIME_WAIT. The name of a
 * Unix socket is free when its listener closes.
 */
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { canonical, type Interfaces } from "../../addresses/zones.ts";
import { checkDriverOptions, type OptionRule, wholeNumber } from "../contract/option-checks.ts";
import { STREAM_OPTIONS } from "../contract/socket-options.ts";
import { EndpointDriver } from "../endpoints/driver.ts";
import { VirtualClock } from "./clock.ts";
import { Listener } from "./listener.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { VirtualSleep } from "./sleep.ts";
import { type StreamCondition, TcpStream } from "./tcp-stream.ts";
import { Wire } from "./wire.ts";

/** Options of the simulated network. */
export interface SimulatedDriverOptions {
  /** Seed of the random latencies, and of the guests' random numbers. Default: 1. */
  readonly seed?: number;
  /** Nanoseconds one way on a TCP connection, or a minimum and a maximum. Default: 0. */
  readonly latency?: number | readonly [least: number, most: number];
  /** Bytes in each buffer: a pipe, a direction of a Unix stream, each end of each direction of TCP. Default: 65,536. */
  readonly bufferSize?: number;
  /** Maximum number of open handles; EMFILE beyond. Default: no limit. */
  readonly maxHandles?: number;
}

const OPTIONS: Readonly<Record<keyof SimulatedDriverOptions, OptionRule>> = {
  seed: wholeNumber(Number.MIN_SAFE_INTEGER),
  latency: {
    type: (value) => typeof value === "number" || Array.isArray(value),
    range: isLatency,
    expected: "nanoseconds, or [least, most]",
  },
  bufferSize: wholeNumber(1),
  maxHandles: {
    type: (value) => typeof value === "number",
    range: (value: number) => value === Infinity || (Number.isInteger(value) && value >= 0),
    expected: "a whole number, or Infinity",
  },
};

function isLatency(value: number | readonly number[]): boolean {
  const [least, most, ...others] = typeof value === "number" ? [value, value] : value;
  return least >= 0 && most >= least && most < Infinity && others.length === 0;
}

/** The clock's origin as a time of day: 2000-01-01, so that runs are repeatable. */
const EPOCH = 946_684_800_000_000_000n;

/** The only interface of the simulated machine. */
const LOOPBACK_ONLY: Interfaces = {
  named: (zone) => (zone === "lo" || zone === "1" ? "lo" : undefined),
  names: () => ["lo"],
};

/** A deterministic network in memory with its own clock. */
export class SimulatedDriver extends EndpointDriver {
  readonly name = "simulated";
  protected readonly sleep: VirtualSleep;
  protected readonly streamOptions = STREAM_OPTIONS;
  protected readonly interfaces = LOOPBACK_ONLY;
  readonly #network: Network;
  /** Only the guests use it: their numbers change nothing in the network. */
  readonly #chance: Random;

  /** @throws ArgumentError for an unknown option or a value of another type, OutOfRangeError for a value out of range */
  constructor(options: SimulatedDriverOptions = {}) {
    checkDriverOptions("simulated", options, OPTIONS);
    const { seed = 1, latency = 0, bufferSize = 65_536, maxHandles = Infinity } = options;
    super(bufferSize, maxHandles);
    const clock = new VirtualClock();
    this.#network = new Network(new Wire(clock, new Random(seed), bufferSize, latency));
    this.sleep = new VirtualSleep(clock);
    this.#chance = new Random(~seed);
  }

  now(): bigint {
    return BigInt(this.sleep.clock.now);
  }

  timeOfDay(): bigint {
    return EPOCH + this.now();
  }

  random(bytes: Uint8Array): void {
    this.#chance.fill(bytes);
  }

  /** Advances the clock by `nanoseconds` and runs all events of that time. */
  advance(nanoseconds: number): void {
    this.sleep.clock.advance(this.sleep.deadline(nanoseconds));
    this.sleep.beforeCall();
  }

  /** The moment of the next event of the network in nanoseconds; Infinity if nothing is on its way. @internal */
  get nextEvent(): number {
    return this.sleep.clock.next;
  }

  /** A TCP connection as it is now. Unlike `poll`, this has no effect. Undefined for other handles. @internal */
  observe(handle: number): StreamCondition | undefined {
    const endpoint = this.handles.get(handle);
    return endpoint instanceof TcpStream ? endpoint.condition : undefined;
  }

  /** The number of connections that wait to be accepted. @internal */
  waiting(listener: number): number {
    const endpoint = this.handles.get(listener);
    return endpoint instanceof Listener ? endpoint.length : 0;
  }

  listen(address: SocketAddress, backlog = 4096): number {
    this.claim(1, "socket");
    return this.handles.insert(this.#network.listen(canonical(address, this.interfaces), backlog));
  }

  protected openBound(address: SocketAddress): number {
    this.claim(1, "socket");
    return this.handles.insert(this.#network.bind(canonical(address, this.interfaces)));
  }

  connect(address: SocketAddress): number {
    this.claim(1, "socket");
    return this.handles.insert(this.#network.connect(canonical(address, this.interfaces)));
  }

  protected openDatagrams(address: SocketAddress): number {
    this.claim(1, "socket");
    return this.handles.insert(this.#network.datagrams(canonical(address, this.interfaces)));
  }
}
