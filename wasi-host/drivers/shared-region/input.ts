/**
 * Standard input, which the I/O end reads. Reading starts when the guest first asks: until then other processes may read the
 * same terminal or pipe.
 */
import { Errno } from "../../abi/errno.ts";
import { HUP } from "../../abi/readiness.ts";
import { DATA_READY, READABLE, STATE_CHANGE } from "../endpoints/endpoint.ts";
import { ChannelEndpoint } from "./client-end.ts";
import {
  INCOMING_BLOCKED,
  NOTICE_BYTES,
  NOTICE_STATE,
  REQUEST_CLOSE,
  REQUEST_OPEN,
  REQUEST_RESUME,
  STATE,
  STATE_ENDED,
  STATE_FAILED,
} from "./layout.ts";

export class BufferedInput extends ChannelEndpoint {
  readonly settled = true;
  #state = 0;
  #begun = false;

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.client.request(this.channel, REQUEST_OPEN);
  }

  notice(bits: number): void {
    if ((bits & NOTICE_BYTES) !== 0) this.wake(DATA_READY);
    if ((bits & NOTICE_STATE) === 0) return;
    this.#state = this.channel.word(STATE);
    this.wake(STATE_CHANGE);
  }

  /** As at the end of a pipe; so is a closed terminal. */
  get #ended(): boolean {
    return (this.#state & (STATE_ENDED | STATE_FAILED)) !== 0 && this.channel.word(INCOMING_BLOCKED) === 0;
  }

  level(): number {
    this.#begin();
    return (this.channel.incoming.length > 0 ? READABLE : 0) | (this.#ended ? HUP : 0);
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    this.#begin();
    const { incoming } = this.channel;
    if (peek) return -Errno.NOTSUP;
    const count = incoming.peek(bytes, offset, length);
    incoming.drop(count);
    if (this.channel.word(INCOMING_BLOCKED) !== 0 && incoming.length * 2 <= incoming.size) {
      this.client.request(this.channel, REQUEST_RESUME);
    }
    return count > 0 || length === 0 || this.#ended ? count : -Errno.AGAIN;
  }

  send(): number {
    return -Errno.BADF;
  }

  available(): number {
    return this.channel.incoming.length;
  }

  close(): void {
    this.client.detach(this);
    this.client.request(this.channel, REQUEST_CLOSE);
  }
}
