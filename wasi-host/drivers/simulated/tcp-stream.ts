/** A TCP socket: its owner's view of a connection (tcp(7), and net/ipv4/tcp.c for the errors). */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { RESET_ON_CLOSE, STREAM_OPTIONS } from "../contract/socket-options.ts";
import { ByteQueue } from "../endpoints/byte-queue.ts";
import {
  BOTH_SIDES,
  ENDED,
  type Endpoint,
  READ_SIDE,
  READABLE,
  STATE_CHANGE,
  WRITABLE,
  WRITE_SIDE,
} from "../endpoints/endpoint.ts";
import { CLOSED, CONNECTING, FIN_RECEIVED, FINISHED, NO_SPACE, TcpConnection } from "./tcp-connection.ts";

/** A connection as an observer sees it. */
export interface StreamCondition {
  /** All readiness bits that hold. */
  readonly readiness: number;
  /** Bytes that have arrived and are unread. */
  readonly received: number;
  /** Bytes that were sent and have not arrived. */
  readonly unsent: number;
  readonly connecting: boolean;
  /** The peer has shut down its write side. */
  readonly ended: boolean;
  /** This end has shut down its write side. */
  readonly finished: boolean;
  /** A reset has ended it, or a refusal. */
  readonly reset: boolean;
}

export class TcpStream extends TcpConnection {
  override get kept(): number {
    return STREAM_OPTIONS;
  }

  get condition(): StreamCondition {
    const { state } = this;
    const readiness = this.level();
    // A look that finds no space asks for a wakeup. An observer does not.
    this.state = state;
    const ended = (state & FIN_RECEIVED) !== 0;
    const finished = (state & FINISHED) !== 0;
    return {
      ...{ readiness, ended, finished, received: this.available(), unsent: this.used },
      connecting: (state & CONNECTING) !== 0,
      reset: this.closed && !(ended && finished),
    };
  }

  level(): number {
    const { state } = this;
    let level = this.inbox === null ? 0 : READABLE;
    if (this.error !== 0) level |= ERR;
    if ((state & BOTH_SIDES) === BOTH_SIDES || this.closed) level |= HUP;
    if ((state & READ_SIDE) !== 0) level |= ENDED;
    if ((state & CONNECTING) !== 0) return level;
    if ((state & WRITE_SIDE) !== 0 || this.writable) return level | WRITABLE;
    // As tcp_poll: a look that finds no space asks for a wakeup.
    this.state |= NO_SPACE;
    return level;
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    const { inbox } = this;
    if (inbox === null) {
      if ((this.state & FIN_RECEIVED) !== 0) return 0;
      if (this.error !== 0) return -this.takeError();
      if ((this.state & READ_SIDE) !== 0) return 0;
      return this.closed ? -Errno.NOTCONN : -Errno.AGAIN;
    }
    const count = Math.min(length, inbox.length);
    inbox.peek(bytes, offset, count);
    if (peek) return count;
    inbox.drop(count);
    if (inbox.length === 0) {
      inbox.release();
      this.inbox = null;
    }
    this.makeRoom(count);
    return count;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    if (this.error !== 0) return -this.takeError();
    if ((this.state & (CLOSED | FINISHED)) !== 0) return -Errno.PIPE;
    if ((this.state & CONNECTING) !== 0) return -Errno.AGAIN;
    let sent = 0;
    while (sent < length) {
      const part = Math.min(length - sent, this.wire.size - this.used);
      if (part === 0) {
        this.state |= NO_SPACE;
        return sent === 0 ? -Errno.AGAIN : sent;
      }
      this.outbox ??= ByteQueue.open();
      this.outbox.push(bytes, offset + sent, part);
      sent += part;
      this.push();
      // The peer has reset the connection, but all bytes had been taken.
      if (this.closed) return length;
    }
    return sent;
  }

  override listen(): number {
    return -Errno.INVAL;
  }

  override connectTo(_address: SocketAddress): Endpoint | number {
    return (this.state & CONNECTING) !== 0 ? -Errno.ALREADY : -Errno.ISCONN;
  }

  override shutdown(how: number): number {
    if ((this.state & CONNECTING) !== 0) return this.#giveUp();
    const { closed } = this;
    this.state |= how;
    if ((how & WRITE_SIDE) !== 0) this.finish();
    this.wake(STATE_CHANGE);
    return closed ? -Errno.NOTCONN : 0;
  }

  /** The attempt to connect ends. */
  #giveUp(): number {
    this.state = CLOSED;
    this.error = Errno.CONNRESET;
    this.wake(ERR);
    this.wake(STATE_CHANGE);
    return 0;
  }

  close(): void {
    this.#end(this.inbox !== null || this.option(RESET_ON_CLOSE) === 1);
  }

  override reset(): void {
    this.#end(true);
  }

  #end(abruptly: boolean): void {
    this.inbox?.release();
    this.inbox = null;
    this.state |= BOTH_SIDES;
    if (this.closed) return;
    if ((this.state & CONNECTING) !== 0) this.state |= CLOSED;
    else if (abruptly) this.abort();
    else this.finish();
  }

  available(): number {
    return this.inbox === null ? 0 : this.inbox.length;
  }

  override takeError(): number {
    const { error } = this;
    this.error = 0;
    return error;
  }

  override accept(): number {
    return -Errno.INVAL;
  }

  override localAddress(): SocketAddress {
    return this.local;
  }

  override remoteAddress(): SocketAddress | undefined {
    return (this.state & (CONNECTING | CLOSED)) === 0 ? this.wanted : undefined;
  }
}
