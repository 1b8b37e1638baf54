/**
 * A component for the binding of WASI 0.2: a memory, a `realloc` that counts up, handles; and calls of flat functions,
 * whose results are read in the canonical ABI's layout.
 */

import { Preview2, type Preview2Options } from "../../../wasi-host/bindings/preview2/index.ts";
import { ObservedHost, type Observers } from "../../../wasi-host/bindings/preview2/observed.ts";
import { HandleTable } from "../../../wasi-host/components/handles.ts";
import type { ComponentHost, FlatFunction } from "../../../wasi-host/components/host.ts";
import type { Driver } from "../../../wasi-host/drivers/contract/driver.ts";
import { Grants } from "../../../wasi-host/kernel/grants.ts";
import { BytesInput, CallbackOutput } from "../../../wasi-host/stdio/given.ts";
import { Wait } from "../../../wasi-host/waiting/wait.ts";
import type { Way } from "../../../wasi-host/waiting/way.ts";

/** The address of results; lists follow from HEAP on. */
const AREA = 64;
const TEXT = 1024;
const HEAP = 65_536;

/** Nanoseconds that are longer than anything on loopback. */
const TIMEOUT_NS = 5e9;

const EVERYWHERE = ["127.0.0.0/8:*", "0.0.0.0:*", "[::1]:*", "[::]:*", "203.0.113.0/24:*"];

/** An address as flat values: ip-socket-address. */
export type Address = readonly [family: number, port: number, ...groups: number[]];
export const ipv4 = (port: number, ...bytes: number[]): Address => [
  0,
  port,
  ...(bytes.length ? bytes : [127, 0, 0, 1]),
];
export const ipv6 = (port: number, ...groups: number[]): Address => [
  1,
  port,
  0,
  ...(groups.length ? groups : [0, 0, 0, 0, 0, 0, 0, 1]),
  0,
];

/** wasi:sockets/network's error-code, in its order. */
const CODES = [
  ...["unknown", "access-denied", "not-supported", "invalid-argument", "out-of-memory", "timeout"],
  ...["concurrency-conflict", "not-in-progress", "would-block", "invalid-state", "new-socket-limit"],
  ...["address-not-bindable", "address-in-use", "remote-unreachable", "connection-refused", "connection-reset"],
  ...["connection-aborted", "datagram-too-large", "name-unresolvable", "temporary-resolver-failure"],
  "permanent-resolver-failure",
];

/** Both streams of a connection, and its socket. */
export interface Connection {
  readonly socket: number;
  readonly input: number;
  readonly output: number;
}

export class FlatGuest implements Disposable {
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: 64 });
  readonly handles: HandleTable;
  readonly host: Preview2;
  readonly driver: Driver;
  readonly output: string[] = [];
  readonly #functions = new Map<string, FlatFunction>();
  /** The host, or an observer of its calls. */
  #calls: ComponentHost;
  #top = HEAP;
  /** Calls of realloc: an allocation must be as long as its list. */
  readonly allocations: { readonly at: number; readonly size: number; readonly align: number }[] = [];
  /** Called in each realloc, as code of the guest. */
  onRealloc: (() => void) | undefined;

  constructor(driver: Driver, options: Partial<Preview2Options> = {}, handles = new HandleTable()) {
    this.driver = driver;
    this.handles = handles;
    this.host = new Preview2({
      driver,
      way: blocking(driver),
      args: [],
      env: [],
      grants: { connect: new Grants("connect", EVERYWHERE), bind: new Grants("bind", EVERYWHERE) },
      stdios: [
        new BytesInput(new TextEncoder().encode("input")),
        new CallbackOutput((bytes) => this.output.push(new TextDecoder().decode(bytes))),
        new CallbackOutput((bytes) => this.output.push(`err ${new TextDecoder().decode(bytes)}`)),
      ],
      ...options,
    });
    this.#calls = this.host;
  }

  observe(observers: Observers): void {
    this.#calls = new ObservedHost(this.host, observers);
  }

  [Symbol.dispose](): void {
    this.host.dispose();
    this.driver.dispose();
  }

  readonly realloc = (old: number, oldSize: number, align: number, size: number): number => {
    this.onRealloc?.();
    const at = Math.ceil(this.#top / align) * align;
    this.#top = at + size;
    if (old !== 0) this.bytes.copyWithin(at, old, old + Math.min(oldSize, size));
    this.allocations.push({ at, size, align });
    return at;
  };

  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** Calls "wasi:INTERFACE#NAME"; a result that does not fit into one number is at `area`. */
  call(name: string, ...values: (number | bigint)[]): number | bigint | undefined {
    let found = this.#functions.get(name);
    if (found === undefined) {
      const [interfaceName, method] = name.split("#");
      const { memory, realloc, handles } = this;
      found = this.#calls.lower(`wasi:${interfaceName}`, "0.2.12", method, { memory, realloc, handles });
      if (found === undefined) throw new Error(`no ${name}`);
      this.#functions.set(name, found);
    }
    this.bytes.fill(0xaa, AREA, TEXT);
    return found(...values);
  }

  drop(resource: string, handle: number): void {
    const at = resource.lastIndexOf("/");
    const found = this.#calls.drop(`wasi:${resource.slice(0, at)}`, resource.slice(at + 1), this.handles);
    if (found === undefined) throw new Error(`no ${resource}`);
    found(handle);
  }

  /** The address of results. */
  readonly area = AREA;

  /** Writes text to memory: its address and length. */
  text(text: string): [number, number] {
    const bytes = new TextEncoder().encode(text);
    this.bytes.set(bytes, TEXT);
    return [TEXT, bytes.length];
  }

  u8(offset: number): number {
    return this.view.getUint8(AREA + offset);
  }

  u16(offset: number): number {
    return this.view.getUint16(AREA + offset, true);
  }

  u32(offset: number): number {
    return this.view.getUint32(AREA + offset, true);
  }

  u64(offset: number): bigint {
    return this.view.getBigUint64(AREA + offset, true);
  }

  /** The list of bytes at `offset` of the result; it must be as long as its allocation. */
  list(offset: number): Uint8Array {
    const [at, length] = [this.u32(offset), this.u32(offset + 4)];
    const allocation = this.allocations.findLast((each) => each.at === at);
    if (length > 0 && allocation?.size !== length)
      throw new Error(`${length} bytes in an allocation of ${allocation?.size}`);
    return this.bytes.slice(at, at + length);
  }

  string(offset: number): string {
    return new TextDecoder().decode(this.list(offset));
  }

  /** Four bytes. */
  list4(offset: number): number[] {
    return [...this.bytes.subarray(AREA + offset, AREA + offset + 4)];
  }

  /** All allocations are free again. */
  reset(): void {
    this.#top = HEAP;
    this.allocations.length = 0;
  }

  /** The list of numbers, or of strings, at `offset` of the result. */
  numbers(offset: number): number[] {
    const at = this.u32(offset);
    return Array.from({ length: this.u32(offset + 4) }, (_, index) => this.view.getUint32(at + 4 * index, true));
  }

  strings(offset: number, each = 1): string[] {
    const at = this.u32(offset);
    return Array.from({ length: this.u32(offset + 4) * each }, (_, index) => {
      const first = this.view.getUint32(at + 8 * index, true);
      return new TextDecoder().decode(this.bytes.slice(first, first + this.view.getUint32(at + 8 * index + 4, true)));
    });
  }

  // wasi:io, whose calls every test makes.

  read(stream: number, length: number, name = "read"): Uint8Array | "closed" | { readonly error: number } {
    this.call(`io/streams#[method]input-stream.${name}`, stream, BigInt(length), AREA);
    return this.u8(0) === 0 ? this.list(4) : this.streamError(4);
  }

  streamError(offset: number): "closed" | { readonly error: number } {
    return this.u8(offset) === 1 ? "closed" : { error: this.u32(offset + 4) };
  }

  checkWrite(stream: number): number | "closed" | { readonly error: number } {
    this.call("io/streams#[method]output-stream.check-write", stream, AREA);
    return this.u8(0) === 0 ? Number(this.u64(8)) : this.streamError(8);
  }

  write(stream: number, text: string, name = "write"): undefined | "closed" | { readonly error: number } {
    this.call(`io/streams#[method]output-stream.${name}`, stream, ...this.text(text), AREA);
    return this.u8(0) === 0 ? undefined : this.streamError(4);
  }

  // wasi:sockets: "ok", or the error's name.

  /** The outcome of a result at the area, with its error at `offset`. */
  outcome(offset = 1): string {
    return this.u8(0) === 0 ? "ok" : CODES[this.u8(offset)];
  }

  network(): number {
    this.#network ??= this.call("sockets/instance-network#instance-network") as number;
    return this.#network;
  }
  #network: number | undefined;

  tcp(family = 0): number {
    this.call("sockets/tcp-create-socket#create-tcp-socket", family, AREA);
    return this.u8(0) === 0 ? this.u32(4) : -1;
  }

  /** A call of a socket with its handle, further values, and the area. */
  socketCall(method: string, socket: number, ...values: (number | bigint)[]): void {
    const [resource] = method.split(".");
    this.call(`sockets/${resource.replace("-socket", "")}#[method]${method}`, socket, ...values, AREA);
  }

  start(method: string, socket: number, address: Address): string {
    const [family, ...rest] = address;
    const flat = [...rest, ...new Array(11 - rest.length).fill(0)];
    this.socketCall(method, socket, this.network(), family, ...flat);
    return this.outcome();
  }

  /** Repeats a call until it does not return would-block, sleeping on the socket's pollable in between. */
  settle(method: string, socket: number, offset = 1): string {
    const pollable = this.socketPollable(method, socket);
    let outcome: string;
    do {
      this.socketCall(method, socket);
      outcome = this.outcome(offset);
      if (outcome === "would-block") this.call("io/poll#[method]pollable.block", pollable);
    } while (outcome === "would-block");
    const result = this.bytes.slice(AREA, TEXT);
    this.drop("io/poll/pollable", pollable);
    this.bytes.set(result, AREA);
    return outcome;
  }

  socketPollable(method: string, socket: number): number {
    const [resource] = method.split(".");
    return this.call(`sockets/${resource.replace("-socket", "")}#[method]${resource}.subscribe`, socket) as number;
  }

  bind(socket: number, address: Address): string {
    const started = this.start("tcp-socket.start-bind", socket, address);
    return started === "ok" ? this.settle("tcp-socket.finish-bind", socket) : started;
  }

  listener(address: Address = ipv4(0)): number {
    const socket = this.tcp(address[0]);
    const bound = this.bind(socket, address);
    if (bound !== "ok") throw new Error(`bind: ${bound}`);
    this.socketCall("tcp-socket.start-listen", socket);
    if (this.outcome() !== "ok") throw new Error(`listen: ${this.outcome()}`);
    this.settle("tcp-socket.finish-listen", socket);
    return socket;
  }

  port(socket: number): number {
    this.socketCall("tcp-socket.local-address", socket);
    return this.u16(8);
  }

  connect(address: Address, socket = this.tcp(address[0])): Connection | string {
    const started = this.start("tcp-socket.start-connect", socket, address);
    const outcome = started === "ok" ? this.settle("tcp-socket.finish-connect", socket, 4) : started;
    return outcome === "ok" ? { socket, input: this.u32(4), output: this.u32(8) } : outcome;
  }

  accept(listener: number): Connection | string {
    const outcome = this.settle("tcp-socket.accept", listener, 4);
    return outcome === "ok" ? { socket: this.u32(4), input: this.u32(8), output: this.u32(12) } : outcome;
  }

  /** Two ends of a connection. */
  pair(listener = this.listener()): [Connection, Connection] {
    const client = this.connect(ipv4(this.port(listener))) as Connection;
    return [client, this.accept(listener) as Connection];
  }

  close({ socket, input, output }: Connection): void {
    this.drop("io/streams/input-stream", input);
    this.drop("io/streams/output-stream", output);
    this.drop("sockets/tcp/tcp-socket", socket);
  }

  subscribeInput(stream: number): number {
    return this.call("io/streams#[method]input-stream.subscribe", stream) as number;
  }

  subscribeOutput(stream: number): number {
    return this.call("io/streams#[method]output-stream.subscribe", stream) as number;
  }

  /** The text of an error resource, which it drops. */
  debugString({ error }: { readonly error: number }): string {
    this.call("io/error#[method]error.to-debug-string", error, AREA);
    const text = this.string(0);
    this.drop("io/error/error", error);
    return text;
  }

  ready(pollable: number): boolean {
    return this.call("io/poll#[method]pollable.ready", pollable) === 1;
  }

  /** The indices of the ready pollables. */
  poll(...pollables: number[]): number[] {
    const list = 2048;
    for (const [index, pollable] of pollables.entries()) this.view.setUint32(list + 4 * index, pollable, true);
    this.call("io/poll#poll", list, pollables.length, AREA);
    return this.numbers(0).sort((one, other) => one - other);
  }

  /** The same, for at most that many milliseconds: [] for none. */
  pollFor(milliseconds: number, ...pollables: number[]): number[] {
    const timer = this.call("clocks/monotonic-clock#subscribe-duration", BigInt(milliseconds * 1e6)) as number;
    const found = this.poll(...pollables, timer);
    this.drop("io/poll/pollable", timer);
    return found.filter((index) => index < pollables.length);
  }
}

/** Sleeps in the driver, but not for ever: a missing event must fail the test. */
export function blocking(driver: Driver): Way {
  const now = () => Number(driver.now());
  return {
    finish(result) {
      let current = result;
      const began = now();
      while (current instanceof Wait) {
        const { fds, count, deadline, edges } = current;
        const left = Math.max(0, Math.min(deadline, began + TIMEOUT_NS) - now());
        let ready = count === 0 && edges !== undefined ? edges.park(left) : driver.poll(fds, count, left, edges);
        if (ready === 0 && edges !== undefined) ready = edges.park(0);
        if (ready === 0 && now() >= began + TIMEOUT_NS) throw new Error("nothing has come in 5 seconds");
        const next: typeof current = current.resume(ready) as typeof current;
        if (next !== current) current.release();
        current = next;
      }
      return current;
    },
  };
}
