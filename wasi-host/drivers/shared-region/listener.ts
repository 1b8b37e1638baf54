/** A listening socket. Accepted connections wait in the I/O end's ring: the numbers of their channels. */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP } from "../../abi/readiness.ts";
import {
  DATA_READY,
  ENDED,
  type Endpoint,
  READ_SIDE,
  READABLE,
  STATE_CHANGE,
  WRITABLE,
} from "../endpoints/endpoint.ts";
import type { Channel } from "./channel.ts";
import { ChannelSocket } from "./channel-socket.ts";
import type { ClientEnd } from "./client-end.ts";
import { LOCAL, NOTICE_BYTES, NOTICE_STATE, REQUEST_CLOSE, REQUEST_SHUTDOWN, STATE_FAILED } from "./layout.ts";
import { BufferedStream } from "./stream.ts";

const number = new Uint32Array(1);
const numberBytes = new Uint8Array(number.buffer);

export class BufferedListener extends ChannelSocket {
  #down = 0;
  /** The listener has stopped. */
  #closed = false;

  /** The channel may already be open, for a bound socket. */
  constructor(client: ClientEnd, channel: Channel) {
    super(client, channel);
    this.takeState();
  }

  override get kept(): number {
    return this.channel.isPath(LOCAL) ? 0 : super.kept;
  }

  notice(bits: number): void {
    if ((bits & NOTICE_STATE) !== 0) this.noticeState();
    if ((bits & NOTICE_BYTES) !== 0) this.wake(DATA_READY);
  }

  level(): number {
    if ((this.state & STATE_FAILED) !== 0) return WRITABLE | HUP | ENDED | (this.error === 0 ? 0 : ERR);
    if (this.#closed) return WRITABLE | HUP | ((this.#down & READ_SIDE) === 0 ? 0 : ENDED);
    return this.channel.incoming.length > 0 ? READABLE : 0;
  }

  override listen(): Endpoint {
    return this;
  }

  override connectTo(): number {
    return -Errno.ISCONN;
  }

  override accept(): Endpoint | number {
    if (this.#closed) return -Errno.INVAL;
    if (this.error !== 0) return -this.error;
    const { incoming } = this.channel;
    if (incoming.peek(numberBytes, 0, 4) < 4) return -Errno.AGAIN;
    incoming.drop(4);
    return new BufferedStream(this.client, this.client.channel(number[0]), this.channel.isPath(LOCAL));
  }

  recv(): number {
    return (this.#down & READ_SIDE) === 0 ? -Errno.NOTCONN : 0;
  }

  send(): number {
    return -Errno.PIPE;
  }

  available(): number {
    return 0;
  }

  /**
   * The first shutdown of the read side makes it an unconnected socket, with nothing shut down yet; waiting connections
   * are reset.
   */
  override shutdown(how: number): number {
    const closed = this.#closed;
    if (closed) this.#down |= how;
    else if ((how & READ_SIDE) !== 0) {
      this.#closed = true;
      this.client.request(this.channel, REQUEST_SHUTDOWN);
    }
    this.wake(STATE_CHANGE);
    return closed ? -Errno.NOTCONN : 0;
  }

  close(): void {
    this.client.detach(this);
    this.client.request(this.channel, REQUEST_CLOSE);
  }
}
