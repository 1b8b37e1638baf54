/** A datagram socket: whole messages, each with an address. Incoming datagrams without room are lost (udp(7)). */
import { Errno } from "../../abi/errno.ts";
import { ERR } from "../../abi/readiness.ts";
import type { MutableAddress, SocketAddress } from "../../addresses/socket-address.ts";
import { DATAGRAM_OPTIONS } from "../contract/socket-options.ts";
import { isDestination } from "../endpoints/address-check.ts";
import { DATA_READY, READABLE, STATE_CHANGE, UNIX_WRITABLE, WRITE_SPACE } from "../endpoints/endpoint.ts";
import { ChannelSocket } from "./channel-socket.ts";
import { dropDatagram, lookAtDatagram, peekDatagram, putDatagram, TO_PEER } from "./datagram-record.ts";
import {
  ERROR,
  NOTICE_BYTES,
  NOTICE_ERROR,
  NOTICE_ROOM,
  NOTICE_STATE,
  REMOTE,
  REQUEST_CLOSE,
  REQUEST_CONNECT,
  REQUEST_SEND,
  ROOM_WANTED,
} from "./layout.ts";

/** 65,535 less the headers of IPv4 and UDP. */
const MAX_DATAGRAM = 65_507;

const sender: MutableAddress = { host: "", port: 0 };

export class BufferedDatagrams extends ChannelSocket {
  #peer: SocketAddress | undefined;

  override get kept(): number {
    return super.kept & DATAGRAM_OPTIONS;
  }

  notice(bits: number): void {
    if ((bits & NOTICE_STATE) !== 0) this.noticeState();
    if ((bits & NOTICE_ERROR) !== 0) {
      this.error = this.channel.word(ERROR);
      this.wake(ERR);
    }
    if ((bits & NOTICE_BYTES) !== 0) this.wake(DATA_READY);
    if ((bits & NOTICE_ROOM) !== 0) this.wake(WRITE_SPACE);
  }

  level(): number {
    const { incoming, outgoing } = this.channel;
    let level = incoming.length > 0 ? READABLE : 0;
    if (this.error !== 0) level |= ERR;
    if (!this.settled) return level;
    if (outgoing.used === 0) return level | UNIX_WRITABLE;
    this.channel.set(ROOM_WANTED, 1);
    return outgoing.used === 0 ? level | UNIX_WRITABLE : level;
  }

  override connectDatagrams(peer: SocketAddress): number {
    if (!isDestination(peer)) return -Errno.INVAL;
    this.#peer = { host: peer.host, port: peer.port };
    this.channel.setAddress(REMOTE, peer);
    this.client.request(this.channel, REQUEST_CONNECT);
    return 0;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    return this.#peer === undefined ? -Errno.DESTADDRREQ : this.#send(bytes, offset, length, TO_PEER);
  }

  override sendTo(bytes: Uint8Array, offset: number, length: number, to: SocketAddress): number {
    if (this.#peer !== undefined) return -Errno.ISCONN;
    return isDestination(to) ? this.#send(bytes, offset, length, to) : -Errno.INVAL;
  }

  #send(bytes: Uint8Array, offset: number, length: number, to: SocketAddress): number {
    if (this.error !== 0) return -this.takeError();
    if (length > MAX_DATAGRAM) return -Errno.MSGSIZE;
    const { outgoing } = this.channel;
    if (!putDatagram(outgoing, to, bytes, offset, length)) {
      this.channel.set(ROOM_WANTED, 1);
      if (!putDatagram(outgoing, to, bytes, offset, length)) return -Errno.AGAIN;
    }
    this.client.request(this.channel, REQUEST_SEND);
    this.wake(WRITE_SPACE);
    return length;
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    return Math.min(length, this.recvFrom(bytes, offset, length, peek, sender));
  }

  override recvFrom(bytes: Uint8Array, offset: number, length: number, peek: boolean, from: MutableAddress): number {
    if (this.error !== 0) return -this.takeError();
    const { incoming } = this.channel;
    const size = this.#next(from);
    if (size < 0) return -Errno.AGAIN;
    peekDatagram(incoming, bytes, offset, Math.min(length, size));
    if (!peek) dropDatagram(incoming, size);
    return size;
  }

  /** The length of the oldest datagram for us; others are dropped. */
  #next(from: MutableAddress): number {
    const { incoming } = this.channel;
    for (;;) {
      const size = lookAtDatagram(incoming, from);
      if (size < 0 || this.#peer === undefined) return size;
      if (from.host === this.#peer.host && from.port === this.#peer.port) return size;
      dropDatagram(incoming, size);
    }
  }

  available(): number {
    return Math.max(0, this.#next(sender));
  }

  override shutdown(): number {
    if (this.#peer === undefined) return -Errno.NOTCONN;
    this.wake(STATE_CHANGE);
    return 0;
  }

  close(): void {
    this.client.detach(this);
    this.client.request(this.channel, REQUEST_CLOSE);
  }

  override remoteAddress(): SocketAddress | undefined {
    return this.#peer;
  }
}
