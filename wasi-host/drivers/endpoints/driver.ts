/**
 * The base of drivers over endpoints: a handle stands for an object, which has the socket's readiness. Subclasses add
 * listening, connecting and sleeping.
 */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP, NVAL } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { canonical, type Interfaces } from "../../addresses/zones.ts";
import { SystemError } from "../../errors/system-error.ts";
import type { BoundStreams, Datagrams, RecvFlags, SocketOptions } from "../contract/capabilities.ts";
import type { Driver, EdgeQueue } from "../contract/driver.ts";
import type { IoVector } from "../contract/io-vector.ts";
import { ON_BY_DEFAULT, RECEIVE_BUFFER, SEND_BUFFER } from "../contract/socket-options.ts";
import { EndpointEdges } from "./edges.ts";
import type { Endpoint } from "./endpoint.ts";
import { Handles } from "./handles.ts";
import { openPipe } from "./pipe.ts";
import type { Sleep } from "./sleep.ts";
import { UnixStream } from "./unix-stream.ts";

const PEEK = 1;

/**
 * The buffer for joining a vector's buffers: in one write they go out together. Longer vectors go in parts of this
 * size, an endpoint's default buffer.
 */
const gathered = new Uint8Array(65_536);

export abstract class EndpointDriver implements Driver {
  abstract readonly name: string;
  protected readonly handles: Handles;
  protected abstract readonly sleep: Sleep;
  /** The interfaces that addresses' zones can name. */
  protected abstract readonly interfaces: Interfaces;
  /** Bytes in a pipe, and in each direction of a Unix pair. */
  readonly #size: number;

  readonly datagrams?: Datagrams = {
    open: (address) => this.openDatagrams(address),
    connect: (handle, peer) => {
      const endpoint = this.#endpoint(handle);
      return endpoint === undefined ? -Errno.BADF : this.#reach(peer, (to) => endpoint.connectDatagrams(to));
    },
    sendTo: (handle, bytes, offset, length, to) => {
      const endpoint = this.#endpoint(handle);
      if (endpoint === undefined) return -Errno.BADF;
      // Look up only an address with a zone: most datagrams have none.
      if (!to.host.includes("%")) return endpoint.sendTo(bytes, offset, length, to);
      return this.#reach(to, (name) => endpoint.sendTo(bytes, offset, length, name));
    },
    recvFrom: (handle, bytes, offset, length, flags, from) => {
      const endpoint = this.#endpoint(handle);
      if (endpoint === undefined) return -Errno.BADF;
      return this.#answer(endpoint.recvFrom(bytes, offset, length, (flags & PEEK) !== 0, from));
    },
  };

  readonly bound: BoundStreams = {
    open: (address) => this.openBound(address),
    listen: (handle, backlog) => this.#become(handle, (endpoint) => endpoint.listen(backlog)),
    connect: (handle, address) =>
      this.#become(handle, (endpoint) => this.#reach(address, (to) => endpoint.connectTo(to))),
  };

  /** Buffers have a fixed size. */
  readonly options: SocketOptions = {
    get: (handle, option) => {
      const endpoint = this.handles.get(handle);
      if (endpoint === undefined) return -Errno.BADF;
      if (!isBuffer(option)) return endpoint.option(option);
      return endpoint.kept < 0 ? -Errno.NOTSOCK : this.#size;
    },
    set: (handle, option, value) => {
      const endpoint = this.#endpoint(handle);
      if (endpoint === undefined) return -Errno.BADF;
      if (!isBuffer(option)) return endpoint.setOption(option, value);
      return endpoint.kept < 0 ? -Errno.NOTSOCK : -Errno.NOTSUP;
    },
    ofNewStream: (option, value) => {
      if (isBuffer(option)) return value === undefined ? this.#size : -Errno.NOTSUP;
      if ((this.streamOptions & (1 << option)) === 0) return -Errno.NOTSUP;
      return value === undefined ? (ON_BY_DEFAULT >> option) & 1 : Number(value !== 0);
    },
  };

  constructor(bufferSize: number, maxHandles: number, hasDatagrams = true) {
    this.#size = bufferSize;
    this.handles = new Handles(maxHandles);
    if (!hasDatagrams) this.datagrams = undefined;
  }

  abstract listen(address: SocketAddress, backlog?: number): number;
  abstract connect(address: SocketAddress): number;
  protected abstract openBound(address: SocketAddress): number;
  protected abstract openDatagrams(address: SocketAddress): number;
  abstract now(): bigint;
  abstract timeOfDay(): bigint;
  abstract random(bytes: Uint8Array): void;

  #become(handle: number, successorOf: (endpoint: Endpoint) => Endpoint | number): number {
    const endpoint = this.#endpoint(handle);
    if (endpoint === undefined) return -Errno.BADF;
    const successor = successorOf(endpoint);
    if (typeof successor === "number") return successor;
    if (successor === endpoint) return 0;
    if (endpoint.changed !== 0) successor.inherit(endpoint.changed);
    this.handles.replace(handle, successor);
    return 0;
  }

  /** Calls with the canonical text of an address. Returns a negated errno for an invalid one. */
  #reach<T>(address: SocketAddress, call: (to: SocketAddress) => T): T | number {
    try {
      return call(canonical(address, this.interfaces));
    } catch (error) {
      if (error instanceof SystemError) return error.errno;
      throw error;
    }
  }

  socketPair(): [number, number] {
    return this.#both(UnixStream.pair(this.#size), "socketpair");
  }

  pipe(): [number, number] {
    return this.#both(openPipe(this.#size), "pipe2");
  }

  #both([one, other]: [Endpoint, Endpoint], syscall: string): [number, number] {
    this.claim(2, syscall);
    return [this.handles.insert(one), this.handles.insert(other)];
  }

  /** Throws EMFILE unless there is room for that many new handles. */
  protected claim(handles: number, syscall: string): void {
    this.sleep.beforeCall();
    if (!this.handles.fits(handles)) throw new SystemError(Errno.MFILE, syscall);
  }

  accept(listener: number): number {
    const endpoint = this.#endpoint(listener);
    if (endpoint === undefined) return -Errno.BADF;
    if (!this.handles.fits(1)) return -Errno.MFILE;
    const accepted = endpoint.accept();
    if (typeof accepted === "number") return this.#answer(accepted);
    if (endpoint.changed !== 0) accepted.inherit(endpoint.changed);
    return this.handles.insert(accepted);
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

  recvVector(handle: number, bytes: Uint8Array, vector: IoVector): number {
    const endpoint = this.#endpoint(handle);
    if (endpoint === undefined) return -Errno.BADF;
    const { pairs } = vector;
    let total = 0;
    for (let at = vector.first; at < vector.end; at += 2) {
      // Check first: a receive without data would clear the error that the next call must report.
      if (total > 0 && endpoint.available() === 0) break;
      const count = endpoint.recv(bytes, pairs[at], pairs[at + 1], false);
      if (count < 0) return this.#answer(count);
      total += count;
      if (count < pairs[at + 1]) break;
    }
    return total;
  }

  sendVector(handle: number, bytes: Uint8Array, vector: IoVector): number {
    const endpoint = this.#endpoint(handle);
    if (endpoint === undefined) return -Errno.BADF;
    let total = 0;
    while (total < vector.length) {
      const length = vector.gather(bytes, total, gathered);
      const count = endpoint.send(gathered, 0, length);
      if (count < 0) return total > 0 ? total : this.#answer(count);
      total += count;
      if (count < length) break;
    }
    return total;
  }

  /** The endpoint of the next operation. */
  #endpoint(handle: number): Endpoint | undefined {
    this.sleep.beforeCall();
    return this.handles.get(handle);
  }

  #answer(result: number): number {
    if (result === -Errno.AGAIN) this.sleep.onWouldBlock();
    return result;
  }

  shutdown(handle: number, how: number): number {
    const endpoint = this.#endpoint(handle);
    if (endpoint === undefined) return -Errno.BADF;
    return how < 1 || how > 3 ? -Errno.INVAL : endpoint.shutdown(how);
  }

  close(handle: number): number {
    this.sleep.beforeCall();
    return this.handles.close(handle, false);
  }

  /**
   * Closes with a reset, as close(2) with SO_LINGER 0 does: the peer gets ECONNRESET. A pipe is closed without a reset.
   */
  reset(handle: number): number {
    this.sleep.beforeCall();
    return this.handles.close(handle, true);
  }

  available(handle: number): number {
    return this.handles.get(handle)?.available() ?? 0;
  }

  takeError(handle: number): number {
    this.sleep.update();
    return this.handles.get(handle)?.takeError() ?? Errno.BADF;
  }

  /** The options of a TCP socket: a bit for each. */
  protected abstract readonly streamOptions: number;

  localAddress(handle: number): SocketAddress | undefined {
    this.sleep.update();
    return this.handles.get(handle)?.localAddress();
  }

  peerAddress(handle: number): SocketAddress | undefined {
    this.sleep.update();
    return this.handles.get(handle)?.remoteAddress();
  }

  poll(fds: Int32Array, count: number, timeout: number, edges?: EdgeQueue): number {
    const queue = edges as EndpointEdges | undefined;
    const deadline = this.sleep.deadline(timeout);
    this.sleep.update();
    do {
      const ready = this.#look(fds, count);
      if (ready > 0 || queue?.pending) return ready;
      if (timeout === 0) this.sleep.onWouldBlock();
    } while (timeout > 0 && this.sleep.step(deadline));
    return 0;
  }

  /** Fills in all revents. Returns the number that are not 0. */
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
    const endpoint = this.handles.get(handle);
    return endpoint === undefined ? NVAL : endpoint.level() & (events | ERR | HUP);
  }

  async pollAsync(
    fds: Int32Array,
    count: number,
    timeout: number,
    edges: EdgeQueue | undefined,
    cancel: AbortSignal,
  ): Promise<number> {
    const queue = edges as EndpointEdges | undefined;
    let ready = 0;
    await this.sleep.until(
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
    return new EndpointEdges(this.handles, this.sleep);
  }

  dispose(): void {
    for (const endpoint of this.handles.open()) this.handles.close(endpoint.handle, false);
  }
}

function isBuffer(option: number): boolean {
  return option === RECEIVE_BUFFER || option === SEND_BUFFER;
}
