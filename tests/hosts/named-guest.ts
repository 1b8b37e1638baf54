/** A guest that looks up names and opens sockets, with the driver, way to wait and resolver of a test. */

import { preview1 } from "../../wasi-host/bindings/preview1/index.ts";
import { Io } from "../../wasi-host/bindings/preview1/io.ts";
import { wasmedge } from "../../wasi-host/bindings/wasmedge/index.ts";
import type { Driver } from "../../wasi-host/drivers/contract/driver.ts";
import { describeRefusal } from "../../wasi-host/index.ts";
import { DescriptorTable } from "../../wasi-host/kernel/descriptors.ts";
import { Grants, type Refusal } from "../../wasi-host/kernel/grants.ts";
import type { Kernel } from "../../wasi-host/kernel/kernel.ts";
import { MissingListener } from "../../wasi-host/kernel/missing-listener.ts";
import type { Resolver } from "../../wasi-host/kernel/name-lookup.ts";
import { GuestMemory } from "../../wasi-host/memory/guest-memory.ts";
import { Blocking } from "../../wasi-host/waiting/blocking.ts";
import { Suspending } from "../../wasi-host/waiting/suspending.ts";
import type { Calls } from "../../wasi-host/waiting/way.ts";
import { GuestPage } from "./guest-page.ts";
import { type FoundAddress, type Hints, LookupQuery } from "./lookup-query.ts";
import { DATAGRAM, INET4, INET6, STREAM } from "./socket-guest.ts";

export interface NamedGuestOptions {
  readonly driver: Driver;
  readonly suspends: boolean;
  readonly connect?: readonly string[];
  readonly resolver: Resolver;
}

export class NamedGuest extends GuestPage implements Disposable {
  readonly calls: Calls;
  /** The refusals, as --verbose prints them. */
  readonly refused: string[] = [];
  readonly #driver: Driver;
  readonly #descriptors = new DescriptorTable();
  readonly #end = new AbortController();

  constructor({ driver, suspends, connect, resolver }: NamedGuestOptions) {
    super();
    const memory = new GuestMemory();
    memory.attach(this.memory);
    const onRefused = (refusal: Refusal) => void this.refused.push(describeRefusal(refusal));
    const descriptors = this.#descriptors;
    const kernel: Kernel = {
      ...{ memory, descriptors, driver, suspends, resolver, base: undefined, args: [], env: [] },
      way: suspends ? new Suspending(driver, this.#end.signal) : new Blocking(driver),
      grants: { connect: new Grants("connect", connect, onRefused, true), bind: new Grants("bind", [], onRefused) },
      missingListener: new MissingListener(descriptors, 0),
    };
    const io = new Io(kernel);
    const calls = preview1(kernel, io);
    this.calls = { ...calls, ...wasmedge(kernel, io, calls.sock_accept) };
    this.#driver = driver;
  }

  /** Returns the results, or an errno. */
  async lookup(name: string, service: string, hints: Hints = {}): Promise<FoundAddress[] | number> {
    const query = new LookupQuery(this, name, service, hints);
    return (await this.calls.sock_getaddrinfo(...query.args)) || query.found();
  }

  /** Connects a new socket of this type. Returns the errno. */
  async connect(ip: readonly number[], port: number, type = STREAM): Promise<number> {
    this.calls.sock_open(ip.length === 4 ? INET4 : INET6, type, this.result);
    return (await this.calls.sock_connect(this.u32(), this.#address(ip), port)) as number;
  }

  /** Sends a datagram from a new socket. Returns the errno. */
  async sendTo(ip: readonly number[], port: number): Promise<number> {
    this.calls.sock_open(ip.length === 4 ? INET4 : INET6, DATAGRAM, this.result);
    const data = this.iovecs(this.place("datagram"));
    return (await this.calls.sock_send_to(this.u32(), ...data, this.#address(ip), port, 0, this.result)) as number;
  }

  #address(ip: readonly number[]): number {
    return this.iovecs(this.place(Uint8Array.from(ip)))[0];
  }

  /** Ends its waits, as `WasiHost.dispose` does. */
  end(reason: Error): void {
    this.#end.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#descriptors.clear();
    this.#driver.dispose();
  }
}
