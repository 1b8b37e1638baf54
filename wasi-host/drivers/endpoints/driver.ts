/**
 * What drivers over endpoints share: every handle stands for an object that answers for itself, and readiness is asked of
 * it. Sub-classes say what there is to listen on and to connect to, and how sleep passes.
 */
import { Errno } from "../../errno.ts";
import { ERR, HUP, NVAL } from "../../readiness.ts";
import { SystemError } from "../../system-error.ts";
import type { Driver, EdgeQueue, MutableAddress, RecvFlags, SocketAddress } from "../driver.ts";
import { EndpointEdges } from "./edges.ts";
import type { Endpoint } from "./endpoint.ts";
import { Handles } from "./handles.ts";
import { openPipe } from "./pipe.ts";
import type { Sleep } from "./sleep.ts";
import { UnixStream } from "./unix-stream.ts";

const PEEK = 1;

export abstract class EndpointDriver implements Driver {
  abstract readonly name: string;
  abstract readonly supports: Driver["supports"];
  protected readonly handles: Handles;
  protected abstract readonly sleep: Sleep;
  /** Bytes in a pipe, and in each direction of a Unix pair. */
  readonly #size: number;

  constructor(bufferSize: number, maxHandles: number) {
    this.#size = bufferSize;
    this.handles = new Handles(maxHandles);
  }

  abstract listen(address: SocketAddress, backlog?: number): number;
  abstract connect(address: SocketAddress): number;
  abstract datagrams(address: SocketAddress): number;

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

  /** Is there room for so many more handles? Throws EMFILE where there is not. */
  protected claim(handles: number, syscall: string): void {
    this.sleep.stir();
    if (!this.handles.fits(handles)) throw new SystemError(Errno.MFILE, syscall);
  }

  /** None of the endpoints is an operating system's descriptor. */
  adopt(osDescriptor: number): number {
    throw new SystemError(Errno.NOTSUP, "adopt", String(osDescriptor));
  }

  accept(listener: number): number {
    const endpoint = this.#endpoint(listener);
    if (endpoint === undefined) return -Errno.BADF;
    if (!this.handles.fits(1)) return -Errno.MFILE;
    const accepted = endpoint.accept();
    return typeof accepted === "number" ? this.#answer(accepted) : this.handles.insert(accepted);
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

  connectDatagrams(handle: number, peer: SocketAddress): number {
    return this.#endpoint(handle)?.connectDatagrams(peer) ?? -Errno.BADF;
  }

  sendTo(handle: number, bytes: Uint8Array, offset: number, length: number, to: SocketAddress): number {
    return this.#endpoint(handle)?.sendTo(bytes, offset, length, to) ?? -Errno.BADF;
  }

  recvFrom(
    handle: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    flags: RecvFlags,
    from: MutableAddress,
  ): number {
    const endpoint = this.#endpoint(handle);
    return endpoint === undefined
      ? -Errno.BADF
      : this.#answer(endpoint.recvFrom(bytes, offset, length, (flags & PEEK) !== 0, from));
  }

  /** The endpoint that somebody is about to act on. */
  #endpoint(handle: number): Endpoint | undefined {
    this.sleep.stir();
    return this.handles.get(handle);
  }

  #answer(result: number): number {
    if (result === -Errno.AGAIN) this.sleep.vain();
    return result;
  }

  shutdown(handle: number, how: number): number {
    const endpoint = this.#endpoint(handle);
    if (endpoint === undefined) return -Errno.BADF;
    return how < 1 || how > 3 ? -Errno.INVAL : endpoint.shutdown(how);
  }

  close(handle: number): number {
    this.sleep.stir();
    return this.handles.close(handle, false);
  }

  /** Closes with a reset, as close(2) with SO_LINGER 0 does: the peer gets ECONNRESET. A pipe is just closed. */
  reset(handle: number): number {
    this.sleep.stir();
    return this.handles.close(handle, true);
  }

  available(handle: number): number {
    return this.handles.get(handle)?.available() ?? 0;
  }

  takeError(handle: number): number {
    this.sleep.catchUp();
    return this.handles.get(handle)?.takeError() ?? Errno.BADF;
  }

  localAddress(handle: number): SocketAddress | undefined {
    this.sleep.catchUp();
    return this.handles.get(handle)?.localAddress();
  }

  peerAddress(handle: number): SocketAddress | undefined {
    this.sleep.catchUp();
    return this.handles.get(handle)?.remoteAddress();
  }

  poll(fds: Int32Array, count: number, timeout: number, edges?: EdgeQueue): number {
    const queue = edges as EndpointEdges | undefined;
    const deadline = this.sleep.deadline(timeout);
    this.sleep.catchUp();
    do {
      const ready = this.#look(fds, count);
      if (ready > 0 || queue?.pending) return ready;
      if (timeout === 0) this.sleep.vain();
    } while (timeout > 0 && this.sleep.step(deadline));
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
