/** Ours: `Epoll` and `Socket` over one core, by name. */
import { AGAIN, type Core, Epoll, EpollEvents, Socket, type SystemError, selectSync } from "../../src/index.ts";
import { errnoName } from "../../wasi-host/abi/errno.ts";
import type { EndpointDriver } from "../../wasi-host/drivers/endpoints/driver.ts";
import type { Delivered, Outcome } from "../linux/epoll.ts";
import * as kernel from "../linux/epoll.ts";
import * as tcp from "../linux/tcp.ts";
import { Quiet } from "./quiet.ts";
import { type Entry, FILE, type Observer, type Side, type Streams } from "./side.ts";

const NO_SUCH_EPOLL = 0x4000_0000 + 999;
const LARGEST = 100_000;
const buffer = new Uint8Array(new ArrayBuffer(LARGEST)).fill(1);
const input = new Uint8Array(new ArrayBuffer(LARGEST));
const parts = new Map<number, Uint8Array>();

/** The first `length` bytes; one view each, so that its address is looked up once. */
function part(length: number, from = buffer): Uint8Array {
  const key = from === buffer ? length : -length;
  let view = parts.get(key);
  if (view === undefined) parts.set(key, (view = from.subarray(0, length)));
  return view;
}

export class Subject implements Observer, Streams {
  readonly core: Core;
  /** Whether its streams are the operating system's. */
  readonly #system: boolean;
  readonly #epolls = new Map<string, Epoll>();
  readonly #events = new Map<string, EpollEvents>();
  readonly #streams = new Map<string, Socket>();
  /** The system's descriptors of TCP connections. */
  readonly #connections = new Map<string, number>();
  readonly #quiet: Quiet | undefined;
  #closed = -1;

  constructor(core: Core) {
    this.core = core;
    this.#system = core.driver.adoption !== undefined;
    if (core.driver.name === "net") this.#quiet = Quiet.of(core.driver);
    if (!this.#system) return;
    // Not by node:fs: Deno closes its descriptors a second time.
    const opened = kernel.open("/dev/null");
    this.#streams.set(FILE, Socket.adopt(core, opened));
  }

  get disorderly(): boolean {
    return this.#quiet !== undefined;
  }

  /** The operating system's descriptor of a stream. */
  descriptorOf(name: string): number {
    return this.#streams.get(name)?.osDescriptor ?? -1;
  }

  create(epoll: string): void {
    this.#epolls.set(epoll, new Epoll(this.core));
  }

  ctl(epoll: string, op: number, target: string, events: number, data: bigint): Outcome {
    const instance = this.#epolls.get(epoll);
    const fd = this.#fd(target);
    if (instance === undefined) return named(this.core.exports.pollux_epoll_ctl(this.#fd(epoll), op, fd, events, data));
    return attempt(() => {
      instance.ctl(op, fd, events, data);
      return 0;
    });
  }

  wait(epoll: string, most: number): Delivered[] | string {
    const instance = this.#epolls.get(epoll);
    if (instance === undefined || most < 1) {
      const refused = named(
        this.core.exports.pollux_epoll_wait(this.#fd(epoll), this.#room(epoll, 1).address, most, 0),
      );
      return typeof refused === "string" ? refused : [];
    }
    const events = this.#room(epoll, most);
    const count = attempt(() => instance.waitSync(events, 0));
    if (typeof count === "string") return count;
    return Array.from({ length: count }, (_, index) => ({ events: events.events(index), data: events.data(index) }));
  }

  /** Room for events: an instance's own while they are dispatched. */
  #room(epoll: string, most: number): EpollEvents {
    const key = `${epoll} ${most}`;
    let events = this.#events.get(key);
    if (events === undefined) this.#events.set(key, (events = new EpollEvents(this.core, most)));
    return events;
  }

  closeEpoll(epoll: string): void {
    this.#epolls.get(epoll)?.close();
    this.#epolls.delete(epoll);
  }

  poll(entries: readonly Entry[]): number[] | string {
    const { exports } = this.core;
    const address = exports.pollux_alloc(8 * (entries.length + 1));
    for (const [index, [name, events]] of entries.entries()) {
      this.core.view.setInt32(address + index * 8, this.#fd(name), true);
      this.core.view.setUint32(address + index * 8 + 4, events & 0xffff, true);
    }
    const count = named(exports.pollux_poll(address, entries.length, 0));
    const found = entries.map((_, index) => this.core.view.getUint16(address + index * 8 + 6, true));
    exports.pollux_free(address);
    if (typeof count === "string") return count;
    // The result counts entries with events, and is compared with them.
    return count === found.filter((revents) => revents !== 0).length ? found : `a count of ${count}: ${found}`;
  }

  select(names: readonly string[]): boolean[] | string {
    const fds = names.map((name) => this.#fd(name));
    try {
      const [left] = selectSync(this.core, fds, [], [], 0);
      return fds.map((fd) => left.includes(fd));
    } catch (error) {
      return (error as SystemError).code;
    }
  }

  /** The engine takes wakeups, and does nothing else. */
  look(): void {
    this.core.exports.pollux_take();
  }

  pair(first: string, second: string): void {
    this.#both(first, second, Socket.pair(this.core));
  }

  pipe(reader: string, writer: string): void {
    this.#both(reader, writer, Socket.pipe(this.core));
  }

  #both(first: string, second: string, sockets: [Socket, Socket]): void {
    this.#add(first, sockets[0]);
    this.#add(second, sockets[1]);
  }

  #add(name: string, socket: Socket): void {
    this.#streams.set(name, socket);
    if (this.#system) kernel.narrow(socket.osDescriptor);
  }

  listen(name: string): void {
    this.#add(name, Socket.listen(this.core, "127.0.0.1:0"));
  }

  connect(name: string, listener: string): Outcome {
    return attempt(() => {
      const address = this.#streams.get(listener)?.localAddress ?? { host: "127.0.0.1", port: 1 };
      this.#connected(name, Socket.connect(this.core, address));
      return 0;
    });
  }

  accept(name: string, listener: string): Outcome {
    return attempt(() => {
      const socket = this.#streams.get(listener)!.accept();
      if (socket === undefined) return AGAIN;
      this.#connected(name, socket);
      return 0;
    });
  }

  #connected(name: string, socket: Socket): void {
    this.#add(name, socket);
    this.#connections.set(name, this.#system ? socket.osDescriptor : -1);
  }

  /**
   * Acknowledgements of the system's connections are not delayed. Both sides see a late segment alike, unless it
   * arrives between their looks: then the sequence runs again (`runs.ts`).
   */
  settle(): void {
    if (this.#system) tcp.hurry([...this.#connections.values()]);
    this.#quiet?.settle();
  }

  send(name: string, length: number, past: boolean): Outcome {
    const socket = this.#streams.get(name)!;
    if (past)
      return this.#system ? kernel.send(socket.osDescriptor, buffer, length) : this.#past("send", socket, length);
    return attempt(() => socket.send(part(length)));
  }

  recv(name: string, length: number, past: boolean): Outcome {
    const socket = this.#streams.get(name)!;
    if (past)
      return this.#system ? kernel.recv(socket.osDescriptor, input, length) : this.#past("recv", socket, length);
    return attempt(() => socket.recv(part(length, input)));
  }

  /** The driver's calls, if the streams are not the system's. */
  #past(call: "send" | "recv", { fd }: Socket, length: number): Outcome {
    const { driver } = this.core;
    const { handle } = this.core.descriptor(fd)!;
    return named(call === "send" ? driver.send(handle, buffer, 0, length) : driver.recv(handle, input, 0, length, 0));
  }

  urgent(name: string): Outcome {
    return kernel.sendUrgent(this.descriptorOf(name), buffer);
  }

  shutdown(name: string, side: Side, past: boolean): Outcome {
    if (past && this.#system) return kernel.shutdown(this.descriptorOf(name), { read: 0, write: 1, both: 2 }[side]);
    return attempt(() => {
      this.#streams.get(name)!.shutdown(side);
      return 0;
    });
  }

  takeError(name: string): Outcome {
    return this.#streams.get(name)!.takeError()?.code ?? 0;
  }

  close(name: string, reset: boolean): void {
    const socket = this.#streams.get(name)!;
    this.#closed = socket.fd;
    if (reset && this.#system) tcp.resetOnClose(socket.osDescriptor);
    if (reset && this.#connections.has(name) && !this.#system) this.#reset(socket);
    else socket.close();
    this.#streams.delete(name);
    this.#connections.delete(name);
  }

  /** A close by the driver that resets the connection; the core's own close finds it done. */
  #reset(socket: Socket): void {
    const { handle } = this.core.descriptor(socket.fd)!;
    this.core.exports.pollux_forget(socket.fd);
    (this.core.driver as EndpointDriver).reset(handle);
    attempt(() => {
      socket.close();
      return 0;
    });
  }

  #fd(name: string): number {
    const known = this.#epolls.get(name) ?? this.#streams.get(name);
    if (known !== undefined) return known.fd;
    if (name === "negative") return -1;
    if (name === "no-such-epoll") return NO_SUCH_EPOLL;
    if (name === "closed" && this.core.descriptor(this.#closed) === undefined) return this.#closed;
    return 999_999;
  }

  /** Closes all open objects; the core can be used again. */
  clear(): void {
    for (const epoll of this.#epolls.values()) epoll.close();
    for (const stream of this.#streams.values()) stream.close();
    for (const events of this.#events.values()) events.free();
  }
}

/** A count, or the code of the thrown error. */
function attempt(call: () => number): Outcome {
  try {
    const count = call();
    return count === AGAIN ? "EAGAIN" : count;
  } catch (error) {
    const { code } = error as SystemError;
    if (code === undefined) throw error;
    return code;
  }
}

function named(result: number): Outcome {
  return result < 0 ? errnoName(-result) : result;
}
