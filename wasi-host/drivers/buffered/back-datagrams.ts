/** The back's end of a datagram socket. */
import type { MutableAddress, SocketAddress } from "../driver.ts";
import { dropDatagram, lookAtDatagram, peekDatagram, putDatagram, TO_PEER } from "./datagram-record.ts";
import {
  CRAMPED,
  ERROR,
  LOCAL,
  NOTICE_BYTES,
  NOTICE_ERROR,
  NOTICE_ROOM,
  NOTICE_STATE,
  REMOTE,
  REQUEST_CLOSE,
  REQUEST_CONNECT,
  REQUEST_RESET,
  REQUEST_SEND,
  STATE,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";
import type { Line } from "./line.ts";
import type { DatagramEvents, DatagramSocket } from "./network.ts";
import type { Registry, Server } from "./server.ts";

export class BackDatagrams implements Server, DatagramEvents {
  readonly #back: Registry;
  readonly #line: Line;
  readonly #socket: DatagramSocket;
  #open = false;
  #connected = false;
  #closing = false;
  #gone = false;

  constructor(back: Registry, line: Line) {
    this.#back = back;
    this.#line = line;
    this.#socket = back.network.datagrams(line.address(LOCAL), this);
  }

  request(bits: number): void {
    // What was sent before there was this peer goes where it was sent to.
    if ((bits & REQUEST_SEND) !== 0) this.#flush();
    if ((bits & REQUEST_CONNECT) !== 0) {
      this.#connected = false;
      this.#socket.connect(this.#line.address(REMOTE));
    }
    if ((bits & (REQUEST_CLOSE | REQUEST_RESET)) === 0) return;
    this.#closing = true;
    if (this.#gone) this.closed();
    else this.#socket.close();
  }

  #flush(): void {
    const { outgoing } = this.#line;
    const to: MutableAddress = { host: "", port: 0 };
    for (let length = lookAtDatagram(outgoing, to); length >= 0; length = lookAtDatagram(outgoing, to)) {
      const toPeer = to.port === TO_PEER.port;
      if (toPeer && !this.#connected) return; // not before it is known to whom
      const bytes = new Uint8Array(length);
      peekDatagram(outgoing, bytes, 0, length);
      dropDatagram(outgoing, length);
      this.#socket.send(bytes, toPeer ? undefined : { ...to });
    }
    if (this.#line.word(CRAMPED) === 0) return;
    this.#line.set(CRAMPED, 0);
    this.#back.notify(this.#line, NOTICE_ROOM);
  }

  opened(local: SocketAddress): void {
    this.#open = true;
    this.#line.setAddress(LOCAL, local);
    this.#line.set(STATE, STATE_OPEN);
    this.#back.notify(this.#line, NOTICE_STATE);
  }

  connected(): void {
    this.#connected = true;
    this.#flush();
  }

  message(bytes: Uint8Array, from: SocketAddress): void {
    if (putDatagram(this.#line.incoming, from, bytes, 0, bytes.length)) this.#back.notify(this.#line, NOTICE_BYTES);
  }

  failed(errno: number): void {
    this.#line.set(ERROR, errno);
    if (!this.#open) this.#line.set(STATE, STATE_FAILED);
    this.#back.notify(this.#line, this.#open ? NOTICE_ERROR : NOTICE_STATE);
  }

  closed(): void {
    this.#gone = true;
    if (this.#closing) this.#back.release(this.#line);
  }
}
