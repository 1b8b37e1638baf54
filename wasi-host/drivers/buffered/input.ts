/**
 * Standard input, read where the back is. Nobody reads it before the guest asks: until then its bytes are whoever's else has
 * the same terminal or pipe.
 */
import { Errno } from "../../errno.ts";
import { HUP } from "../../readiness.ts";
import { DATA_READY, READABLE, STATE_CHANGE } from "../endpoints/endpoint.ts";
import { LineEndpoint } from "./front.ts";
import {
  NOTICE_BYTES,
  NOTICE_STATE,
  REQUEST_CLOSE,
  REQUEST_OPEN,
  REQUEST_RESUME,
  STARVED,
  STATE,
  STATE_ENDED,
  STATE_FAILED,
} from "./layout.ts";

export class BufferedInput extends LineEndpoint {
  readonly settled = true;
  #state = 0;
  #begun = false;

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.front.request(this.line, REQUEST_OPEN);
  }

  notice(bits: number): void {
    if ((bits & NOTICE_BYTES) !== 0) this.wake(DATA_READY);
    if ((bits & NOTICE_STATE) === 0) return;
    this.#state = this.line.word(STATE);
    this.wake(STATE_CHANGE);
  }

  /** As of a pipe's end: a terminal that is gone is one, too. */
  get #ended(): boolean {
    return (this.#state & (STATE_ENDED | STATE_FAILED)) !== 0 && this.line.word(STARVED) === 0;
  }

  level(): number {
    this.#begin();
    return (this.line.incoming.length > 0 ? READABLE : 0) | (this.#ended ? HUP : 0);
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    this.#begin();
    const { incoming } = this.line;
    if (peek) return -Errno.NOTSUP;
    const count = incoming.peek(bytes, offset, length);
    incoming.drop(count);
    if (this.line.word(STARVED) !== 0 && incoming.length * 2 <= incoming.size) {
      this.front.request(this.line, REQUEST_RESUME);
    }
    return count > 0 || length === 0 || this.#ended ? count : -Errno.AGAIN;
  }

  send(): number {
    return -Errno.BADF;
  }

  available(): number {
    return this.line.incoming.length;
  }

  close(): void {
    this.front.detach(this);
    this.front.request(this.line, REQUEST_CLOSE);
  }
}
