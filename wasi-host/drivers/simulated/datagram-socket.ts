/**
 * UDP: whole messages, each with its sender. Datagrams without room or receiver are lost; a socket connected to an
 * unused address gets ECONNREFUSED once (udp(7)). A sent datagram wakes its sender with OUT, as on Linux's loopback.
 */
import { Errno } from "../../abi/errno.ts";
import { ERR } from "../../abi/readiness.ts";
import type { MutableAddress, SocketAddress } from "../../addresses/socket-address.ts";
import { DATAGRAM_OPTIONS } from "../contract/socket-options.ts";
import { DATA_READY, Endpoint, READABLE, STATE_CHANGE, UNIX_WRITABLE, WRITE_SPACE } from "../endpoints/endpoint.ts";
import { Fifo } from "../endpoints/fifo.ts";
import { Scheduled } from "./clock.ts";
import type { Wire } from "./wire.ts";

/** 65,535 less the headers of IPv4 and UDP. */
const MAX_DATAGRAM = 65_507;

/** The source address of a datagram from a socket that is bound to all addresses. */
const ANY: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** For a caller that ignores the sender. */
const nobody = { host: "", port: 0 };

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: SocketAddress;
}

export class DatagramSocket extends Endpoint {
  readonly #wire: Wire;
  readonly #find: (address: SocketAddress) => DatagramSocket | undefined;
  readonly #local: SocketAddress;
  readonly #ended: () => void;
  readonly #queue = new Fifo<Datagram>();
  #queued = 0;
  #peer: SocketAddress | undefined;
  #error = 0;

  constructor(
    wire: Wire,
    local: SocketAddress,
    find: (address: SocketAddress) => DatagramSocket | undefined,
    ended: () => void,
  ) {
    super();
    this.#wire = wire;
    this.#local = local;
    this.#find = find;
    this.#ended = ended;
  }

  override get kept(): number {
    return DATAGRAM_OPTIONS;
  }

  level(): number {
    return UNIX_WRITABLE | (this.#queue.length > 0 ? READABLE : 0) | (this.#error === 0 ? 0 : ERR);
  }

  override connectDatagrams(peer: SocketAddress): number {
    this.#peer = peer;
    return 0;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    return this.#peer === undefined ? -Errno.DESTADDRREQ : this.sendTo(bytes, offset, length, this.#peer);
  }

  override sendTo(bytes: Uint8Array, offset: number, length: number, to: SocketAddress): number {
    const error = this.takeError();
    if (error !== 0) return -error;
    if (length > MAX_DATAGRAM) return -Errno.MSGSIZE;
    const { host, port } = this.#local;
    const datagram = { bytes: bytes.slice(offset, offset + length), from: { host: ANY[host] ?? host, port } };
    this.#wire.carry(new Delivery(this, datagram, to, this.#find), 0);
    this.wake(WRITE_SPACE);
    return length;
  }

  arrive(datagram: Datagram): void {
    if (this.#peer !== undefined && !same(this.#peer, datagram.from)) return;
    if (this.#queued + datagram.bytes.length > this.#wire.size) return;
    this.#queued += datagram.bytes.length;
    this.#queue.push(datagram);
    this.wake(DATA_READY);
  }

  /** There was no receiver. */
  returned(to: SocketAddress): void {
    if (this.#peer === undefined || !same(this.#peer, to)) return;
    this.#error = Errno.CONNREFUSED;
    this.wake(ERR);
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    return Math.min(length, this.recvFrom(bytes, offset, length, peek, nobody));
  }

  override recvFrom(bytes: Uint8Array, offset: number, length: number, peek: boolean, from: MutableAddress): number {
    const error = this.takeError();
    if (error !== 0) return -error;
    const datagram = this.#queue.first;
    if (datagram === undefined) return -Errno.AGAIN;
    bytes.set(datagram.bytes.subarray(0, length), offset);
    from.host = datagram.from.host;
    from.port = datagram.from.port;
    if (!peek) {
      this.#queue.shift();
      this.#queued -= datagram.bytes.length;
    }
    return datagram.bytes.length;
  }

  /** FIONREAD: the length of the next datagram. */
  available(): number {
    return this.#queue.first?.bytes.length ?? 0;
  }

  override shutdown(): number {
    if (this.#peer === undefined) return -Errno.NOTCONN;
    this.wake(STATE_CHANGE);
    return 0;
  }

  override takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  override localAddress(): SocketAddress {
    return this.#local;
  }

  override remoteAddress(): SocketAddress | undefined {
    return this.#peer;
  }

  close(): void {
    this.#ended();
  }
}

/** A datagram on its way. */
class Delivery extends Scheduled {
  readonly #sender: DatagramSocket;
  readonly #datagram: Datagram;
  readonly #to: SocketAddress;
  readonly #find: (address: SocketAddress) => DatagramSocket | undefined;

  constructor(
    sender: DatagramSocket,
    datagram: Datagram,
    to: SocketAddress,
    find: (address: SocketAddress) => DatagramSocket | undefined,
  ) {
    super();
    this.#sender = sender;
    this.#datagram = datagram;
    this.#to = to;
    this.#find = find;
  }

  happen(): void {
    const receiver = this.#find(this.#to);
    if (receiver === undefined) this.#sender.returned(this.#to);
    else receiver.arrive(this.#datagram);
  }
}

function same(one: SocketAddress, other: SocketAddress): boolean {
  return one.host === other.host && one.port === other.port;
}
