/** The guest's system for WASI 0.2, by itself, on a strict host: a test makes its calls. */
import { expect } from "vitest";
import { compiled } from "../assembly.ts";
import { Connection, StrictHost } from "./strict-host.ts";

export const FD_READ = 1;
export const FD_WRITE = 2;
/** Of a subscription and an event in preview1. */
const [SUBSCRIPTION, EVENT] = [48, 32];
/** Bytes of the guest's buffer. */
const ROOM = 65_536;

type Calls = Record<string, (...args: (number | bigint)[]) => number>;

/** What `StrictGuest` is made of. */
export async function compiledSystem(): Promise<WebAssembly.Module> {
  const sources = ["assembly/sys/wasip2/index.ts", "assembly/component.ts"];
  return WebAssembly.compile(await compiled(...sources, "--runtime", "minimal", "--use", "POLLUX_WASIP2=1"));
}

export class StrictGuest {
  readonly host = new StrictHost();
  readonly calls: Calls;
  /** It listens, and does not block. */
  readonly listener: number;
  readonly #buffer: number;

  constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module, this.host.imports());
    this.calls = exports as unknown as Calls;
    this.host.memory = exports.memory as WebAssembly.Memory;
    this.host.realloc = this.calls.cabi_realloc;
    this.#buffer = this.calls.cabi_realloc(0, 0, 8, ROOM);
    this.listener = this.calls.listen(this.address(0));
    this.calls.setNonblocking(this.listener);
  }

  /** Where 127.0.0.1 with this port is, as assembly/sys/socket-address.ts lays it out. */
  address(port: number): number {
    const address = this.calls.cabi_realloc(0, 0, 8, 32);
    const view = new DataView(this.host.memory.buffer, address);
    view.setUint8(0, 0);
    view.setUint16(4, port, true);
    view.setUint32(6, 0x0100007f, true);
    return address;
  }

  /** Polls these, for at most `timeout` nanoseconds; the `[fd, tag]` of each event, `[-1, 0]` for the clock's. */
  poll(watched: readonly (readonly [fd: number, tag: number])[], timeout?: bigint): [number, number][] {
    const clocks = timeout === undefined ? 0 : 1;
    const count = watched.length + clocks;
    const memory = this.calls.cabi_realloc(0, 0, 8, count * (SUBSCRIPTION + EVENT));
    const view = new DataView(this.host.memory.buffer, memory);
    for (let at = 0; at < count * SUBSCRIPTION; at++) view.setUint8(at, 0);
    if (timeout !== undefined) {
      view.setBigInt64(0, -1n, true);
      view.setBigInt64(24, timeout, true);
    }
    for (const [index, [fd, tag]] of watched.entries()) {
      const at = (index + clocks) * SUBSCRIPTION;
      view.setBigInt64(at, BigInt(fd), true);
      view.setUint8(at + 8, tag);
      view.setInt32(at + 16, fd, true);
    }
    const found = this.calls.poll(memory, memory + count * SUBSCRIPTION, count);
    const events = new DataView(this.host.memory.buffer, memory + count * SUBSCRIPTION);
    return Array.from({ length: found }, (_, index) => [
      Number(events.getBigInt64(index * EVENT, true)),
      events.getUint8(index * EVENT + 10),
    ]);
  }

  accept(): number {
    this.calls.__setArgumentsLength(1); // of a function with optional ones
    return this.calls.accept(this.listener, 0);
  }

  /** A connection that is made and accepted: the guest's descriptor, and the other end. */
  accepted(): [number, Connection] {
    const connection = new Connection();
    this.host.listener.waiting.push(connection);
    return [this.accept(), connection];
  }

  recv(fd: number, most = ROOM): number {
    return this.calls.recv(fd, this.#buffer, most);
  }

  /** What the last `recv` of so many bytes gave. */
  received(count: number): Buffer {
    return Buffer.from(new Uint8Array(this.host.memory.buffer, this.#buffer, count));
  }

  /** Of whatever is in the buffer. */
  send(fd: number, count: number): number {
    return this.calls.send(fd, this.#buffer, count);
  }

  echo(fd: number): void {
    const received = this.recv(fd);
    expect(this.send(fd, received)).toBe(received);
  }
}
