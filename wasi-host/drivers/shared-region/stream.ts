/**
 * A stream socket: the owner's view of a connection that the I/O end keeps. The rules are TCP's, as the kernel shows
 * them (tcp(7); `endpoints/endpoint.ts` lists the wakeups).
 */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { RESET_ON_CLOSE } from "../contract/socket-options.ts";
import {
  BOTH_SIDES,
  DATA_READY,
  ENDED,
  type Endpoint,
  READ_SIDE,
  READABLE,
  STATE_CHANGE,
  UNIX_WRITABLE,
  WRITABLE,
  WRITE_SIDE,
  WRITE_SPACE,
} from "../endpoints/endpoint.ts";
import type { Channel } from "./channel.ts";
import { ChannelSocket } from "./channel-socket.ts";
import type { ClientEnd } from "./client-end.ts";
import {
  ERROR,
  INCOMING_BLOCKED,
  NOTICE_BYTES,
  NOTICE_ROOM,
  NOTICE_STATE,
  REMOTE,
  REQUEST_CLOSE,
  REQUEST_RESET,
  REQUEST_RESUME,
  REQUEST_SEND,
  REQUEST_SHUTDOWN,
  REQUEST_SHUTDOWN_READ,
  ROOM_WANTED,
  STATE,
  STATE_ENDED,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";

export class BufferedStream extends ChannelSocket {
  /** The sides that its owner has shut down. */
  #down = 0;
  readonly #writable: number;

  /** `unix`: not over TCP. */
  constructor(client: ClientEnd, channel: Channel, unix: boolean) {
    super(client, channel);
    this.#writable = unix ? UNIX_WRITABLE : WRITABLE;
    this.#look();
  }

  override get kept(): number {
    return this.#writable === UNIX_WRITABLE ? 0 : super.kept;
  }

  notice(bits: number): void {
    if ((bits & NOTICE_BYTES) !== 0) this.wake(DATA_READY);
    if ((bits & NOTICE_ROOM) !== 0) this.wake(WRITE_SPACE);
    if ((bits & NOTICE_STATE) === 0) return;
    const failed = this.#look();
    this.wake(STATE_CHANGE);
    if (failed) this.wake(ERR);
  }

  /** True if it has failed since the last call. */
  #look(): boolean {
    const { channel } = this;
    const state = channel.word(STATE);
    const failed = (state & ~this.state & STATE_FAILED) !== 0;
    if (failed) {
      const error = channel.word(ERROR);
      const afterwards = (state & STATE_ENDED) !== 0 && (this.#down & WRITE_SIDE) === 0;
      this.error = error === Errno.CONNRESET && afterwards ? Errno.PIPE : error;
    }
    this.state = state;
    return failed;
  }

  /** Whether the connection has ended. */
  get #over(): boolean {
    if ((this.state & STATE_FAILED) !== 0) return true;
    return this.#ended && (this.#down & WRITE_SIDE) !== 0 && !this.channel.hasOutgoing;
  }

  get #ended(): boolean {
    return (this.state & STATE_ENDED) !== 0;
  }

  level(): number {
    const { channel } = this;
    const over = (this.state & STATE_FAILED) !== 0;
    const down = this.#down | (this.#ended ? READ_SIDE : 0) | (over ? BOTH_SIDES : 0);
    let level = channel.hasIncoming ? READABLE : 0;
    if (this.error !== 0) level |= ERR;
    if (down === BOTH_SIDES) level |= HUP;
    if ((down & READ_SIDE) !== 0) level |= ENDED;
    if (!this.settled) return level;
    return (down & WRITE_SIDE) !== 0 || this.#hasRoom() ? level | this.#writable : level;
  }

  /** Enough room for a wakeup. As tcp_poll: a look that finds no space arms a wakeup. */
  #hasRoom(): boolean {
    if (!this.channel.hasOutgoing) return true;
    const { outgoing } = this.channel;
    if (outgoing.used * 3 <= outgoing.size * 2) return true;
    this.channel.set(ROOM_WANTED, 1);
    return outgoing.used * 3 <= outgoing.size * 2;
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    const { incoming } = this.channel;
    if (incoming.length === 0) {
      if (this.channel.word(INCOMING_BLOCKED) !== 0) {
        // Bytes on the other side come before an error.
        this.client.request(this.channel, REQUEST_RESUME);
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
    if (this.channel.word(INCOMING_BLOCKED) !== 0 && incoming.length * 2 <= incoming.size)
      this.client.request(this.channel, REQUEST_RESUME);
    return count;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    if (this.error !== 0) return -this.takeError();
    if ((this.state & STATE_FAILED) !== 0 || (this.#down & WRITE_SIDE) !== 0) return -Errno.PIPE;
    if (!this.settled) return -Errno.AGAIN;
    if (length === 0) return 0;
    const { outgoing } = this.channel;
    let sent = outgoing.push(bytes, offset, length);
    if (sent < length) {
      this.channel.set(ROOM_WANTED, 1);
      // It may have become free earlier, without the I/O end seeing that.
      sent += outgoing.push(bytes, offset + sent, length - sent);
    }
    if (sent === 0) return -Errno.AGAIN;
    this.client.request(this.channel, REQUEST_SEND);
    return sent;
  }

  override shutdown(how: number): number {
    const over = this.#over;
    const fresh = how & ~this.#down;
    this.#down |= how;
    if ((fresh & READ_SIDE) !== 0) this.client.request(this.channel, REQUEST_SHUTDOWN_READ);
    if ((fresh & WRITE_SIDE) !== 0) this.client.request(this.channel, REQUEST_SHUTDOWN);
    this.wake(STATE_CHANGE);
    return over ? -Errno.NOTCONN : 0;
  }

  close(): void {
    this.client.detach(this);
    this.client.request(this.channel, (this.changed & (1 << RESET_ON_CLOSE)) === 0 ? REQUEST_CLOSE : REQUEST_RESET);
  }

  override reset(): void {
    this.client.detach(this);
    this.client.request(this.channel, REQUEST_RESET);
  }

  available(): number {
    return this.channel.incoming.length;
  }

  override listen(): number {
    return -Errno.INVAL;
  }

  override connectTo(_address: SocketAddress): Endpoint | number {
    return this.settled ? -Errno.ISCONN : -Errno.ALREADY;
  }

  override accept(): number {
    return -Errno.INVAL;
  }

  override remoteAddress(): SocketAddress | undefined {
    return (this.state & STATE_OPEN) === 0 || this.#over ? undefined : this.channel.address(REMOTE);
  }
}
