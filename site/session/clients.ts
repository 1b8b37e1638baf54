/** The other ends of the connections: what people at their browsers do. They have handles of the network, and no descriptors. */

import { Errno } from "../../wasi-host/internal.ts";
import type { SimulatedDriver, SocketAddress } from "../../wasi-host/web.ts";

const scratch = new Uint8Array(65_536);
const FIRST_LETTER = 97;
const LETTERS = 26;

export class Client {
  readonly number: number;
  readonly handle: number;
  readonly listener: number;
  /** Its address, by which an accepted connection is recognized. */
  readonly port: number;
  /** The server's descriptor of the connection. */
  fd: number | undefined;
  accepted = false;
  reads = true;
  shut = false;
  closed = false;
  sent = 0;
  taken = 0;
  readonly #network: SimulatedDriver;

  constructor(network: SimulatedDriver, number: number, listener: number, address: SocketAddress) {
    this.#network = network;
    this.number = number;
    this.listener = listener;
    this.handle = network.connect(address);
    this.port = network.localAddress(this.handle)!.port;
  }

  /** Bytes that have arrived for it. */
  get available(): number {
    return this.closed ? 0 : this.#network.available(this.handle);
  }

  /** Sends letters, so that bytes can be told apart. Returns a count or a negated errno. */
  send(length: number): number {
    if (this.closed) return -Errno.BADF;
    for (let at = 0; at < length; at++) scratch[at] = FIRST_LETTER + ((this.sent + at) % LETTERS);
    const count = this.#network.send(this.handle, scratch, 0, length);
    if (count > 0) this.sent += count;
    return count;
  }

  /** Sends until the kernel takes no more. Returns the number of bytes, or a negated errno. */
  flood(): number {
    let total = 0;
    let count: number;
    while ((count = this.send(scratch.length)) > 0) total += count;
    return total > 0 || count === -Errno.AGAIN ? total : count;
  }

  /** Takes at most `length` bytes. Returns a count, 0 at the end of the stream, or a negated errno. */
  recv(length: number): number {
    if (this.closed) return -Errno.BADF;
    const count = this.#network.recv(this.handle, scratch, 0, Math.min(length, scratch.length), 0);
    if (count > 0) this.taken += count;
    return count;
  }

  /** A client that reads takes everything at once. */
  drain(): void {
    while (this.reads && this.available > 0) this.recv(scratch.length);
  }

  shutdown(): number {
    if (this.closed) return -Errno.BADF;
    this.shut = true;
    return this.#network.shutdown(this.handle, 2);
  }

  close(abruptly: boolean): number {
    if (this.closed) return -Errno.BADF;
    this.closed = true;
    return abruptly ? this.#network.reset(this.handle) : this.#network.close(this.handle);
  }
}
