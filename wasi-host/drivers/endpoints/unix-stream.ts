/**
 * A Unix stream socket. A send appends messages to the peer's inbox at once. Each message uses the sender's buffer
 * until it is read completely. It uses slightly more than its bytes, which bounds a buffer of single bytes.
 */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { ByteQueue } from "./byte-queue.ts";
import {
  BOTH_SIDES,
  DATA_READY,
  ENDED,
  Endpoint,
  READ_SIDE,
  READABLE,
  STATE_CHANGE,
  UNIX_WRITABLE,
  WRITE_SIDE,
  WRITE_SPACE,
} from "./endpoint.ts";
import { Fifo } from "./fifo.ts";

export const UNNAMED: SocketAddress = { host: "", port: -1 };

/** Unread messages, while there are any. */
class Inbox {
  readonly bytes = ByteQueue.open();
  /** The length of each sent message. */
  readonly messages = new Fifo<number>();
  /** The number of bytes read of the first one. */
  read = 0;

  /** The first message's length if it is read completely, which removes it; else -1. */
  usedUp(): number {
    const { first } = this.messages;
    if (first === undefined || this.read < first) return -1;
    this.read -= first;
    this.messages.shift();
    return first;
  }
}

export class UnixStream extends Endpoint {
  readonly #size: number;
  #peer: UnixStream | null = null;
  #inbox: Inbox | null = null;
  /** The buffer space of the peer's unread messages. */
  #used = 0;
  #down = 0;
  #error = 0;
  local: SocketAddress = UNNAMED;
  /** Undefined if the peer has closed. */
  remote: SocketAddress | undefined = UNNAMED;

  /** Two connected sockets. Each end can send slightly more than `size` unread bytes. */
  static pair(size: number): [UnixStream, UnixStream] {
    const one = new UnixStream(size);
    const other = new UnixStream(size);
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  private constructor(size: number) {
    super();
    this.#size = size;
  }

  /** Unix sockets have no options that drivers support. */
  override get kept(): number {
    return 0;
  }

  level(): number {
    let level = this.#inbox === null ? 0 : READABLE;
    if (this.#error !== 0) level |= ERR;
    if (this.#down === BOTH_SIDES) level |= HUP;
    if ((this.#down & READ_SIDE) !== 0) level |= ENDED;
    return this.#writable ? level | UNIX_WRITABLE : level;
  }

  get #writable(): boolean {
    return this.#used * 4 <= this.#size;
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    const inbox = this.#inbox;
    if (inbox === null) {
      if (this.#error !== 0) return -this.takeError();
      return (this.#down & READ_SIDE) !== 0 ? 0 : -Errno.AGAIN;
    }
    const count = Math.min(length, inbox.bytes.length);
    inbox.bytes.peek(bytes, offset, count);
    if (peek) return count;
    inbox.bytes.drop(count);
    inbox.read += count;
    if (inbox.bytes.length === 0) this.#inbox = null;
    for (let used = inbox.usedUp(); used >= 0; used = inbox.usedUp()) this.#peer!.#repay(used);
    if (inbox.bytes.length === 0) inbox.bytes.release();
    return count;
  }

  /** The peer has read a message of this length. */
  #repay(length: number): void {
    this.#used -= cost(length, this.#size);
    if (this.#writable) this.wake(WRITE_SPACE);
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    const peer = this.#peer!;
    if ((this.#down & WRITE_SIDE) !== 0) return -Errno.PIPE;
    // The buffer holds at least two messages: one is read while the next is written.
    const most = Math.max(1, this.#size >> 1);
    let sent = 0;
    while (sent < length) {
      if (this.#used >= this.#size) return sent === 0 ? -Errno.AGAIN : sent;
      const part = Math.min(most, length - sent);
      this.#used += cost(part, this.#size);
      peer.#hear(bytes, offset + sent, part);
      sent += part;
    }
    return sent;
  }

  #hear(bytes: Uint8Array, offset: number, length: number): void {
    this.#inbox ??= new Inbox();
    this.#inbox.bytes.push(bytes, offset, length);
    this.#inbox.messages.push(length);
    this.wake(DATA_READY);
  }

  override shutdown(how: number): number {
    this.#down |= how;
    this.wake(STATE_CHANGE);
    const peer = this.#peer!;
    peer.#down |= ((how & READ_SIDE) !== 0 ? WRITE_SIDE : 0) | ((how & WRITE_SIDE) !== 0 ? READ_SIDE : 0);
    peer.wake(STATE_CHANGE);
    return 0;
  }

  close(): void {
    this.#end(this.#inbox !== null);
  }

  override reset(): void {
    this.#end(true);
  }

  /** Tells the peer whether messages were lost. */
  #end(lost: boolean): void {
    const peer = this.#peer!;
    const inbox = this.#inbox;
    this.#inbox = null;
    peer.#down = BOTH_SIDES;
    peer.remote = undefined;
    if (lost) peer.#error = Errno.CONNRESET;
    peer.wake(STATE_CHANGE);
    if (inbox === null) return;
    for (let length = inbox.messages.shift(); length !== undefined; length = inbox.messages.shift())
      peer.#repay(length);
    inbox.bytes.release();
  }

  available(): number {
    return this.#inbox === null ? 0 : this.#inbox.bytes.length;
  }

  override localAddress(): SocketAddress {
    return this.local;
  }

  override remoteAddress(): SocketAddress | undefined {
    return this.remote;
  }

  override takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  override accept(): number {
    return -Errno.INVAL;
  }
}

/** The bytes of the sender's buffer that a message uses. */
function cost(length: number, size: number): number {
  return length + (size >> 8);
}
