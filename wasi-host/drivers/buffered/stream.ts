/**
 * A stream socket: what its owner sees of a connection that the back keeps. The rules are TCP's, as the kernel shows them
 * (tcp(7); `endpoints/endpoint.ts` lists the wakeups).
 */
import { Errno } from "../../errno.ts";
import { ERR, HUP } from "../../readiness.ts";
import type { SocketAddress } from "../driver.ts";
import {
  BOTH_SIDES,
  DATA_READY,
  ENDED,
  READ_SIDE,
  READABLE,
  STATE_CHANGE,
  UNIX_WRITABLE,
  WRITABLE,
  WRITE_SIDE,
  WRITE_SPACE,
} from "../endpoints/endpoint.ts";
import type { Front } from "./front.ts";
import {
  CRAMPED,
  ERROR,
  NOTICE_BYTES,
  NOTICE_ROOM,
  NOTICE_STATE,
  REMOTE,
  REQUEST_CLOSE,
  REQUEST_DEAF,
  REQUEST_RESET,
  REQUEST_RESUME,
  REQUEST_SEND,
  REQUEST_SHUTDOWN,
  STARVED,
  STATE,
  STATE_ENDED,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";
import type { Line } from "./line.ts";
import { LineSocket } from "./line-socket.ts";

export class BufferedStream extends LineSocket {
  /** What its owner has shut down. */
  #down = 0;
  readonly #writable: number;

  /** `unix`: not over TCP. */
  constructor(front: Front, line: Line, unix: boolean) {
    super(front, line);
    this.#writable = unix ? UNIX_WRITABLE : WRITABLE;
    this.#look();
  }

  notice(bits: number): void {
    if ((bits & NOTICE_BYTES) !== 0) this.wake(DATA_READY);
    if ((bits & NOTICE_ROOM) !== 0) this.wake(WRITE_SPACE);
    if ((bits & NOTICE_STATE) === 0) return;
    const failed = this.#look();
    this.wake(STATE_CHANGE);
    if (failed) this.wake(ERR);
  }

  /** True where it has failed since the last time. */
  #look(): boolean {
    const { line } = this;
    const state = line.word(STATE);
    const failed = (state & ~this.state & STATE_FAILED) !== 0;
    if (failed) {
      const error = line.word(ERROR);
      const afterwards = (state & STATE_ENDED) !== 0 && (this.#down & WRITE_SIDE) === 0;
      this.error = error === Errno.CONNRESET && afterwards ? Errno.PIPE : error;
    }
    this.state = state;
    return failed;
  }

  /** Is there no connection any more? */
  get #over(): boolean {
    if ((this.state & STATE_FAILED) !== 0) return true;
    return this.#ended && (this.#down & WRITE_SIDE) !== 0 && this.line.outgoing.length === 0;
  }

  get #ended(): boolean {
    return (this.state & STATE_ENDED) !== 0;
  }

  level(): number {
    const { line } = this;
    const over = (this.state & STATE_FAILED) !== 0;
    const down = this.#down | (this.#ended ? READ_SIDE : 0) | (over ? BOTH_SIDES : 0);
    let level = line.incoming.length > 0 ? READABLE : 0;
    if (this.error !== 0) level |= ERR;
    if (down === BOTH_SIDES) level |= HUP;
    if ((down & READ_SIDE) !== 0) level |= ENDED;
    if (!this.settled) return level;
    return (down & WRITE_SIDE) !== 0 || this.#hasRoom() ? level | this.#writable : level;
  }

  /** Room enough to be worth a wakeup. As tcp_poll does: whoever looks in vain is told when there is. */
  #hasRoom(): boolean {
    const { outgoing } = this.line;
    if (outgoing.length * 3 <= outgoing.size * 2) return true;
    this.line.set(CRAMPED, 1);
    return outgoing.length * 3 <= outgoing.size * 2;
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    const { incoming } = this.line;
    if (incoming.length === 0) {
      if (this.line.word(STARVED) !== 0) {
        // What waits on the other side comes before an error.
        this.front.request(this.line, REQUEST_RESUME);
        return -Errno.AGAIN;
      }
      if (this.#ended) return 0;
      if (this.error !== 0) return -this.takeError();
      if ((this.#down & READ_SIDE) !== 0 || (this.state & STATE_FAILED) !== 0) return 0;
      return -Errno.AGAIN;
    }
    const count = incoming.peek(bytes, offset, length);
    if (peek) return count;
    incoming.drop(count);
    if (this.line.word(STARVED) !== 0 && incoming.length * 2 <= incoming.size)
      this.front.request(this.line, REQUEST_RESUME);
    return count;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    if (this.error !== 0) return -this.takeError();
    if ((this.state & STATE_FAILED) !== 0 || (this.#down & WRITE_SIDE) !== 0) return -Errno.PIPE;
    if (!this.settled) return -Errno.AGAIN;
    if (length === 0) return 0;
    const { outgoing } = this.line;
    let sent = outgoing.push(bytes, offset, length);
    if (sent < length) {
      this.line.set(CRAMPED, 1);
      // It may have become free before the back could see that.
      sent += outgoing.push(bytes, offset + sent, length - sent);
    }
    if (sent === 0) return -Errno.AGAIN;
    this.front.request(this.line, REQUEST_SEND);
    return sent;
  }

  override shutdown(how: number): number {
    const over = this.#over;
    const fresh = how & ~this.#down;
    this.#down |= how;
    if ((fresh & READ_SIDE) !== 0) this.front.request(this.line, REQUEST_DEAF);
    if ((fresh & WRITE_SIDE) !== 0) this.front.request(this.line, REQUEST_SHUTDOWN);
    this.wake(STATE_CHANGE);
    return over ? -Errno.NOTCONN : 0;
  }

  close(): void {
    this.front.detach(this);
    this.front.request(this.line, REQUEST_CLOSE);
  }

  override reset(): void {
    this.front.detach(this);
    this.front.request(this.line, REQUEST_RESET);
  }

  available(): number {
    return this.line.incoming.length;
  }

  override accept(): number {
    return -Errno.INVAL;
  }

  override remoteAddress(): SocketAddress | undefined {
    return (this.state & STATE_OPEN) === 0 || this.#over ? undefined : this.line.address(REMOTE);
  }
}
