/**
 * The rest of a driver whose sockets live in an event loop: a byte between two ends of its own connection arrives after
 * earlier bytes, in each turn of the loop.
 */

import { IN, OUT } from "../../wasi-host/abi/readiness.ts";
import type { Driver } from "../../wasi-host/drivers/contract/driver.ts";
import { pollfds, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";

/** A FIN and its effects take one turn more than bytes; a connection takes two. */
const TURNS = 4;

const known = new WeakMap<Driver, Quiet>();
const byte = new Uint8Array(1);
const fds = pollfds(2);

export class Quiet {
  readonly #driver: Driver;
  readonly #ends: readonly [number, number];

  /** One for all events of a driver; its connection is closed with the driver. */
  static of(driver: Driver): Quiet {
    let quiet = known.get(driver);
    if (quiet === undefined) known.set(driver, (quiet = new Quiet(driver)));
    return quiet;
  }

  private constructor(driver: Driver) {
    this.#driver = driver;
    const listener = driver.listen({ host: "127.0.0.1", port: 0 });
    const client = driver.connect(driver.localAddress(listener)!);
    this.#until(listener, IN);
    this.#ends = [client, driver.accept(listener)];
    this.#until(client, OUT);
    driver.close(listener);
  }

  settle(): void {
    for (let turn = 0; turn < TURNS; turn++) {
      const [from, to] = turn % 2 === 0 ? this.#ends : [this.#ends[1], this.#ends[0]];
      this.#driver.send(from, byte, 0, 1);
      this.#until(to, IN);
      this.#driver.recv(to, byte, 0, 1, 0);
    }
  }

  #until(handle: number, events: number): void {
    setPollfd(fds, 0, handle, events);
    while (this.#driver.poll(fds, 1, Infinity) === 0);
  }
}
