/** A datagram socket at the I/O end. */
import type { MutableAddress, SocketAddress } from "../../addresses/socket-address.ts";
import type { Channel } from "./channel.ts";
import { dropDatagram, lookAtDatagram, peekDatagram, putDatagram, TO_PEER } from "./datagram-record.ts";
import {
  ERROR,
  LOCAL,
  NOTICE_BYTES,
  NOTICE_ERROR,
  NOTICE_ROOM,
  NOTICE_STATE,
  OPTIONS,
  REMOTE,
  REQUEST_CLOSE,
  REQUEST_CONNECT,
  REQUEST_OPTIONS,
  REQUEST_RESET,
  REQUEST_SEND,
  ROOM_WANTED,
  STATE,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";
import type { DatagramEvents, DatagramSocket } from "./network.ts";
import type { Registry, Server } from "./server.ts";

export class IoDatagrams implements Server, DatagramEvents {
  readonly #io: Registry;
  readonly #channel: Channel;
  readonly #socket: DatagramSocket;
  #open = false;
  #connected = false;
  /** The last connect has failed. */
  #refused = false;
  #closing = false;
  #gone = false;

  constructor(io: Registry, channel: Channel) {
    this.#io = io;
    this.#channel = channel;
    this.#socket = io.network.datagrams!(channel.address(LOCAL), this);
  }

  request(bits: number): void {
    if ((bits & REQUEST_OPTIONS) !== 0 && this.#open) this.#socket.setOptions(this.#channel.word(OPTIONS));
    // Datagrams from before this peer was set go to their own destination, or, without one, to this peer.
    if ((bits & REQUEST_CONNECT) !== 0 && !this.#connected) this.#refused = false;
    if ((bits & REQUEST_SEND) !== 0) this.#flush();
    if ((bits & REQUEST_CONNECT) !== 0) {
      this.#connected = this.#refused = false;
      this.#socket.connect(this.#channel.address(REMOTE));
    }
    if ((bits & (REQUEST_CLOSE | REQUEST_RESET)) === 0) return;
    this.#closing = true;
    if (this.#gone) this.closed();
    else this.#socket.close();
  }

  #flush(): void {
    const { outgoing } = this.#channel;
    const to: MutableAddress = { host: "", port: 0 };
    for (let length = lookAtDatagram(outgoing, to); length >= 0; length = lookAtDatagram(outgoing, to)) {
      const toPeer = to.port === TO_PEER.port;
      // Wait for the peer: the client end may queue datagrams before the request to connect is read.
      if (toPeer && !this.#connected && !this.#refused) return;
      const bytes = new Uint8Array(length);
      peekDatagram(outgoing, bytes, 0, length);
      dropDatagram(outgoing, length);
      if (toPeer && this.#refused) continue; // lost: the error event has given the reason
      this.#socket.send(bytes, toPeer ? undefined : { ...to });
    }
    if (this.#channel.word(ROOM_WANTED) === 0) return;
    this.#channel.set(ROOM_WANTED, 0);
    this.#io.notify(this.#channel, NOTICE_ROOM);
  }

  opened(local: SocketAddress): void {
    this.#open = true;
    if (this.#channel.word(OPTIONS) !== 0) this.#socket.setOptions(this.#channel.word(OPTIONS));
    this.#channel.setAddress(LOCAL, local);
    this.#channel.set(STATE, STATE_OPEN);
    this.#io.notify(this.#channel, NOTICE_STATE);
  }

  connected(errno: number): void {
    this.#connected = errno === 0;
    this.#refused = errno !== 0;
    if (errno !== 0) this.failed(errno);
    this.#flush();
  }

  message(bytes: Uint8Array, from: SocketAddress): void {
    if (putDatagram(this.#channel.incoming, from, bytes, 0, bytes.length)) this.#io.notify(this.#channel, NOTICE_BYTES);
  }

  failed(errno: number): void {
    this.#channel.set(ERROR, errno);
    if (!this.#open) this.#channel.set(STATE, STATE_FAILED);
    this.#io.notify(this.#channel, this.#open ? NOTICE_ERROR : NOTICE_STATE);
  }

  closed(): void {
    this.#gone = true;
    if (this.#closing) this.#io.release(this.#channel);
  }
}
