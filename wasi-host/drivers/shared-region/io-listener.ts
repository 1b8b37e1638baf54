/** A listener at the I/O end: gives each incoming connection a channel, and puts its number into the ring. */
import type { SocketAddress } from "../../addresses/socket-address.ts";
import type { Channel } from "./channel.ts";
import { IoStream } from "./io-stream.ts";
import {
  ARGUMENT,
  ERROR,
  HELD,
  INHERITED,
  LOCAL,
  NOTICE_BYTES,
  NOTICE_STATE,
  REQUEST_CLOSE,
  REQUEST_LISTEN,
  REQUEST_RESET,
  REQUEST_SHUTDOWN,
  STATE,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";
import type { Connection, ListenerEvents, Names, StreamEvents } from "./network.ts";
import type { Registry, Server } from "./server.ts";

/** For a held port: the owner's backlog is not known yet. */
const MAX_BACKLOG = 4096;

const number = new Uint32Array(1);
const numberBytes = new Uint8Array(number.buffer);

export class IoListener implements Server, ListenerEvents {
  readonly #io: Registry;
  readonly #channel: Channel;
  readonly #listener: { close(): void };
  /** The channels of clients that came before the owner listens. They are not in the ring. */
  readonly #arrived: number[] = [];
  #closing = false;
  #released = false;
  #gone = false;

  constructor(io: Registry, channel: Channel) {
    this.#io = io;
    this.#channel = channel;
    const wanted = channel.address(LOCAL);
    const address = wanted.port === INHERITED ? Number(wanted.host) : wanted;
    const backlog = channel.word(ARGUMENT);
    this.#listener = io.network.listen(address, backlog === HELD ? MAX_BACKLOG : backlog, this);
  }

  request(bits: number): void {
    if ((bits & REQUEST_LISTEN) !== 0) this.#admit();
    if ((bits & (REQUEST_SHUTDOWN | REQUEST_CLOSE | REQUEST_RESET)) === 0) return;
    if ((bits & (REQUEST_CLOSE | REQUEST_RESET)) !== 0) this.#released = true;
    if (!this.#closing) {
      this.#closing = true;
      this.#refuseAll();
      if (!this.#gone) this.#listener.close();
    }
    if (this.#gone) this.closed();
  }

  /**
   * The client end has stopped reading the ring. It does not know these connections, so their channels are free at
   * once.
   */
  #refuseAll(): void {
    const { incoming } = this.#channel;
    this.#admit();
    while (incoming.peek(numberBytes, 0, 4) === 4) {
      incoming.drop(4);
      this.#io.serverOf(number[0])?.request(REQUEST_RESET);
    }
  }

  listening(local: SocketAddress): void {
    this.#channel.setAddress(LOCAL, local);
    this.#channel.set(STATE, STATE_OPEN);
    this.#io.notify(this.#channel, NOTICE_STATE);
  }

  connection(names: Names, connection: Connection): StreamEvents | undefined {
    const channel = this.#closing ? undefined : this.#io.take();
    if (channel === undefined) return undefined;
    const stream = IoStream.accepted(this.#io, channel, names, connection);
    this.#io.serve(channel, stream);
    this.#arrived.push(channel.index);
    if (this.#channel.word(ARGUMENT) !== HELD) this.#admit();
    return stream;
  }

  /** Moves them into the ring. */
  #admit(): void {
    if (this.#arrived.length === 0) return;
    for (const index of this.#arrived) {
      number[0] = index;
      this.#channel.incoming.push(numberBytes, 0, 4);
    }
    this.#arrived.length = 0;
    this.#io.notify(this.#channel, NOTICE_BYTES);
  }

  /** A failed connection does not stop the listener. */
  failed(errno: number): void {
    if (this.#channel.word(STATE) !== 0) return;
    this.#channel.set(ERROR, errno);
    this.#channel.set(STATE, STATE_FAILED);
    this.#io.notify(this.#channel, NOTICE_STATE);
  }

  closed(): void {
    this.#gone = true;
    if (this.#released) this.#io.release(this.#channel);
  }
}
