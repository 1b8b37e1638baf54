/** A bound stream socket, and its connection. Both keep their name until they are closed. */
import { Errno } from "../../abi/errno.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { BoundSocket } from "../endpoints/bound-socket.ts";
import type { Endpoint } from "../endpoints/endpoint.ts";
import { CONNECTING } from "./tcp-connection.ts";
import { TcpStream } from "./tcp-stream.ts";
import type { Wire } from "./wire.ts";

/** The network, for sockets with a name. */
export interface Names {
  /** Opens a listener with this name, or returns a negated errno. */
  listenAt(local: SocketAddress, backlog: number): Endpoint | number;
  /** Opens a connection from this name, or returns a negated errno. */
  connectFrom(local: SocketAddress, to: SocketAddress): Endpoint | number;
  /** The owner gives up the name. */
  release(local: SocketAddress): void;
  /** The connection between these two is over, so a new one is possible. */
  disconnected(local: SocketAddress, remote: SocketAddress): void;
}

export class SimulatedBoundSocket extends BoundSocket {
  readonly #names: Names;
  readonly #local: SocketAddress;

  constructor(names: Names, local: SocketAddress) {
    super(local);
    this.#names = names;
    this.#local = local;
  }

  override listen(backlog: number): Endpoint | number {
    const listener = this.#names.listenAt(this.#local, backlog);
    if (typeof listener !== "number") this.#names.release(this.#local);
    return listener;
  }

  override connectTo(address: SocketAddress): Endpoint | number {
    return this.#names.connectFrom(this.#local, address);
  }

  close(): void {
    this.#names.release(this.#local);
  }
}

/** A connection from a name that its owner has chosen. */
export class BoundTcpStream extends TcpStream {
  readonly #names: Names;
  readonly #bound: SocketAddress;

  /** `bound`: the address as given to bind, with its port. `local` replaces an unspecified address. */
  constructor(names: Names, wire: Wire, bound: SocketAddress, local: SocketAddress, wanted: SocketAddress) {
    super(wire, local, wanted);
    this.#names = names;
    this.#bound = bound;
  }

  override connectTo(address: SocketAddress): Endpoint | number {
    if ((this.state & CONNECTING) !== 0) return -Errno.ALREADY;
    if (!this.closed) return -Errno.ISCONN;
    this.#names.disconnected(this.local, this.wanted);
    return this.#names.connectFrom(this.#bound, address);
  }

  override close(): void {
    super.close();
    this.#free();
  }

  override reset(): void {
    super.reset();
    this.#free();
  }

  #free(): void {
    this.#names.disconnected(this.local, this.wanted);
    this.#names.release(this.#bound);
  }
}
