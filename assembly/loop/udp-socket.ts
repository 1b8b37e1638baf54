/** Datagram sockets on a loop. */
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from "../abi/events";
import { EAGAIN, EISCONN } from "../abi/errno";
import { localAddress, peerAddress } from "../net/connection";
import { connectDatagrams, openDatagrams, receiveFrom, sender, sendTo, sendToPeer } from "../net/datagrams";
import { INPUT_SIZE, input } from "./input";
import { defaultLoop, Loop } from "./loop";
import { Watched } from "./watched";

/** Datagrams of one socket before it is the others' turn. */
const MOST_RECEIVES: i32 = 64;

/** What a datagram socket calls. A subclass overrides what it needs. */
export class DatagramHandler {
  /** A datagram, which may be empty, and its sender, for `send`. The array is reused after the call: copy what is kept. */
  onDatagram(_socket: UdpSocket, _bytes: Uint8Array, _from: string): void {}

  /** The system has room again, after a `send` that was -EAGAIN. */
  onDrain(_socket: UdpSocket): void {}

  /** An earlier datagram was refused (ECONNREFUSED, after `connect`). The socket stays open. */
  onError(_socket: UdpSocket, _errno: i32): void {}
}

/** A UDP socket. A datagram arrives whole or not at all. */
export class UdpSocket extends Watched {
  private loop: Loop;
  private handler: DatagramHandler;
  /** May a receive find something? Not before the next edge, if not. */
  private isReadable: bool = false;
  private isCutOff: bool = false;
  private needsDrain: bool = false;
  private isConnected: bool = false;

  private constructor(loop: Loop, fd: i32, handler: DatagramHandler) {
    super();
    this.loop = loop;
    this.fd = fd;
    this.handler = handler;
  }

  /**
   * Opens a socket with an address such as `127.0.0.1:53`, `[::1]:53`, or `0.0.0.0:0` for a port of the system's choice. Aborts if the
   * host refuses it: `openDatagrams` returns the error. `pollux run --bind HOST:PORT` grants it.
   */
  static open(address: string, handler: DatagramHandler, loop: Loop = defaultLoop()): UdpSocket {
    const fd = openDatagrams(address);
    assert(fd >= 0, "the address is not granted or not free: pollux run --bind HOST:PORT");
    const socket = new UdpSocket(loop, fd, handler);
    assert(loop.watch(socket, EPOLLIN | EPOLLOUT) == 0, "the socket cannot be watched");
    return socket;
  }

  /** Its own address, such as `127.0.0.1:40000`. */
  get localAddress(): string {
    return localAddress(this.fd);
  }

  /** The peer's; empty without `connect`. */
  get peerAddress(): string {
    return this.isConnected ? peerAddress(this.fd) : "";
  }

  /** False after `close`. */
  get isOpen(): bool {
    return this.fd >= 0;
  }

  /** Sets the peer: `send` goes to it, and only its datagrams are received. @returns 0 or a negated errno */
  connect(peer: string): i32 {
    const error = connectDatagrams(this.fd, peer);
    if (error == 0) this.isConnected = true;
    return error;
  }

  /**
   * Sends a datagram. Delivery is not guaranteed.
   *
   * @param to - an address; not after `connect`
   * @returns 0; -EAGAIN if the system has no room, and `onDrain` follows; -EMSGSIZE above 65,507 bytes; -EACCES if the receiver is not
   *   granted (`--connect`); -EISCONN with an address after `connect`; -EBADF after `close`
   */
  send(bytes: Uint8Array, to: string = ""): i32 {
    if (this.isConnected && to.length > 0) return -EISCONN;
    const sent =
      to.length > 0
        ? sendTo(this.fd, bytes.dataStart, bytes.length, to)
        : sendToPeer(this.fd, bytes.dataStart, bytes.length);
    if (sent == -EAGAIN) this.needsDrain = true;
    return min(sent, 0);
  }

  /** Closes the socket. Can be repeated. */
  close(): void {
    this.isConnected = false;
    if (this.fd >= 0) this.loop.close(this);
  }

  onEvents(events: u32): void {
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) this.isReadable = true;
    if ((events & EPOLLOUT) != 0 && this.needsDrain) {
      this.needsDrain = false;
      this.handler.onDrain(this);
    }
    this.receive();
  }

  proceed(): void {
    this.isCutOff = false;
    this.receive();
  }

  private receive(): void {
    if (this.isCutOff) return;
    for (let count = 0; this.isReadable && this.fd >= 0; count++) {
      if (count == MOST_RECEIVES) {
        this.isCutOff = true;
        this.loop.proceedLater(this);
        return;
      }
      const bytes = input();
      const received = receiveFrom(this.fd, changetype<usize>(bytes), INPUT_SIZE);
      if (received >= 0) this.handler.onDatagram(this, Uint8Array.wrap(bytes, 0, received), sender());
      else if (received == -EAGAIN) this.isReadable = false;
      else this.handler.onError(this, -received);
    }
  }
}
