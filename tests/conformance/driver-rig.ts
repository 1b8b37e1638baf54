/** A driver under test, with calls that many tests use. */
import { pathToFileURL } from "node:url";
import { it, type TestAPI } from "vitest";
import { READINESS } from "../../assembly/abi/events.ts";
import { Errno, errnoName } from "../../wasi-host/abi/errno.ts";
import type { SocketAddress } from "../../wasi-host/addresses/socket-address.ts";
import type { Driver, EdgeQueue } from "../../wasi-host/drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";
import { openNet } from "../../wasi-host/drivers/net/index.ts";
import { openBeside } from "../../wasi-host/drivers/net/worker.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { WEB } from "../../wasi-host/drivers/web/index.ts";
import { type Feature, has } from "./driver-features.ts";

/**
 * The web driver with its network on another thread, like the net driver's, because this thread sleeps. Its sockets
 * replace workerd's; tests/runtimes uses workerd itself.
 */
export const openWeb = (): Promise<Driver> => openBeside(WEB, pathToFileURL("dist/tests/web-thread.js"));

/** For `describe.each`. */
export const DRIVERS: readonly (readonly [string, () => Driver | Promise<Driver>])[] = [
  ["posix", () => new PosixDriver()],
  ["net", () => openNet(true)],
  ["simulated", () => new SimulatedDriver()],
  ["web", openWeb],
];

const nothing = Object.assign(() => {}, { each: () => () => {} }) as unknown as TestAPI;

/** `it` if the driver has the feature; otherwise there is no such test. */
export const itWith = (driver: string, feature: Feature): TestAPI => (has(driver, feature) ? it : nothing);

/** Nanoseconds that are longer than anything on loopback. */
const TIMEOUT_NS = 5e9;
const ROOM = 128;

/** A wakeup of a queue. */
export interface Wakeup {
  readonly key: number;
  readonly mask: number;
  readonly ready: number;
}

export class Rig implements Disposable {
  readonly driver: Driver;
  readonly #bytes = new Uint8Array(new ArrayBuffer(1 << 18));
  readonly #records = new DataView(new ArrayBuffer(8 * ROOM));
  readonly #fds = pollfds(1);

  constructor(driver: Driver) {
    this.driver = driver;
  }

  [Symbol.dispose](): void {
    this.driver.dispose();
  }

  /** Monotonic nanoseconds, by the driver's own clock if it has one. */
  now(): bigint {
    return this.driver.now();
  }

  /** A listener, and its address. */
  listen(host = "127.0.0.1", backlog?: number): [number, SocketAddress] {
    const listener = this.driver.listen({ host, port: 0 }, backlog);
    return [listener, this.driver.localAddress(listener)!];
  }

  /** Two ends over TCP: the connected one and the accepted one. */
  tcp(): [number, number] {
    const [listener, address] = this.listen();
    const client = this.driver.connect(address);
    this.until(listener, 1);
    const server = this.driver.accept(listener);
    this.driver.close(listener);
    this.until(client, 4);
    return [client, server];
  }

  /** Two connected ends. */
  pair(kind: "unix" | "tcp"): [number, number] {
    return kind === "unix" ? this.driver.socketPair() : this.tcp();
  }

  /** The count, or the name of the error. */
  send(handle: number, text: string): number | string {
    const length = new TextEncoder().encodeInto(text, this.#bytes).written;
    return outcome(this.driver.send(handle, this.#bytes, 0, length));
  }

  /** The received text ("" is the end of the stream), or the name of the error. */
  recv(handle: number, length = this.#bytes.length, flags = 0): string {
    const count = this.driver.recv(handle, this.#bytes, 0, length, flags);
    return count < 0 ? errnoName(-count) : Buffer.from(this.#bytes.subarray(0, count)).toString("latin1");
  }

  /** Sends until the buffers are full. Returns the number of sent bytes. */
  fill(handle: number): number {
    return this.#repeat(handle, 4, () => this.driver.send(handle, this.#bytes, 0, this.#bytes.length));
  }

  /** Receives until no more bytes come, or the end. Returns the number of received bytes. */
  drain(handle: number): number {
    return this.#repeat(handle, 1, () => this.driver.recv(handle, this.#bytes, 0, this.#bytes.length, 0));
  }

  /** Over TCP, moving bytes makes more room a little later, with another thread's help: so it sleeps after EAGAIN. */
  #repeat(handle: number, events: number, move: () => number): number {
    let total = 0;
    for (let count = move(); ; count = move()) {
      if (count > 0) total += count;
      else if (
        count !== -Errno.AGAIN ||
        this.poll(handle, events, ["net", "web"].includes(this.driver.name) ? 2e8 : 5e6) === 0
      )
        return total;
    }
  }

  /** The present readiness. */
  ready(handle: number, events = READINESS): number {
    this.poll(handle, events, 0);
    return revents(this.#fds, 0);
  }

  /** Sleeps until one of `events` is ready; fails if none ever is. Returns the whole readiness. */
  until(handle: number, events: number): number {
    if (this.poll(handle, events, TIMEOUT_NS) !== 1) throw new Error(`handle ${handle} is not ready for ${events}`);
    return this.ready(handle);
  }

  /** poll(2) with one entry. */
  poll(handle: number, events: number, timeout: number, edges?: EdgeQueue): number {
    setPollfd(this.#fds, 0, handle, events);
    return this.driver.poll(this.#fds, 1, timeout, edges);
  }

  /** The queued wakeups, in order. */
  take(edges: EdgeQueue, room = ROOM): Wakeup[] {
    const count = edges.take(this.#records, 0, room);
    return Array.from({ length: count }, (_, index) => ({
      key: this.#records.getUint32(index * 8, true),
      mask: this.#records.getUint16(index * 8 + 4, true),
      ready: this.#records.getUint16(index * 8 + 6, true),
    }));
  }
}

/** A count, or the name of the error. */
export function outcome(result: number): number | string {
  return result < 0 ? errnoName(-result) : result;
}
