/**
 * wasi:io/streams' output-stream: a sink of bytes.
 *
 * `check-write` permits a number of bytes, and `write` takes them all. Bytes that the driver does not take at once are
 * *held* here, and sent when a wakeup reports room; until then nothing more is permitted. Held bytes outlive the
 * stream, its socket and the program (`held-bytes.ts`).
 */
import { Errno } from "../../../abi/errno.ts";
import type { Bytes } from "../bytes.ts";
import { type Readiness, WRITABLE } from "../polling/readiness.ts";
import type { HeldBytes, Holder } from "./held-bytes.ts";
import type { IoError } from "./io-error.ts";

/** A stream's answers instead of an errno. */
export const OPEN = 0;
export const CLOSED = -1;

export abstract class OutputStream implements Holder {
  abstract readonly readiness: Readiness;
  /** `write` takes bytes. */
  permit = 0;
  /** It takes no more bytes. */
  closed = false;
  /** The errno for the next call, once. */
  #failure = 0;
  /**
   * For memory that does not move: V8 moves small typed arrays, but not ArrayBuffers. Bytes before `#start` are sent.
   */
  #held: Uint8Array | undefined;
  #start = 0;
  /** A write waits for others. */
  #postponed = false;
  protected readonly bytes: HeldBytes;

  constructor(bytes: HeldBytes) {
    this.bytes = bytes;
  }

  /** Writes at least 1 byte. Returns the number, or a negated errno: -EAGAIN for none. */
  protected abstract send(bytes: Uint8Array, offset: number, length: number): number;

  abstract error(errno: number): IoError;

  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** OPEN, CLOSED, or an errno to report once. */
  state(): number {
    if (this.#failure !== 0) {
      const errno = this.#failure;
      this.#failure = 0;
      return errno;
    }
    return this.closed ? CLOSED : OPEN;
  }

  /** The number of bytes that `write` takes now. */
  check(): number {
    this.settle();
    if (this.#held !== undefined) this.flush();
    this.permit = this.#held !== undefined ? 0 : this.bytes.permit(this);
    return this.permit;
  }

  /** Takes `length` bytes, and sends them now or later. */
  write(memory: Bytes, offset: number, length: number): void {
    if (length === 0) return;
    this.settle();
    if (this.#held === undefined && this.postpone(memory, offset, length)) {
      this.#postponed = true;
      return;
    }
    this.bytes.sendPostponed();
    const { bytes } = memory;
    let sent = 0;
    if (this.#held === undefined) {
      sent = this.send(bytes, offset, length);
      if (sent === length) return;
      if (sent < 0) {
        if (sent !== -Errno.AGAIN) {
          this.fail(-sent);
          return;
        }
        sent = 0;
      }
    }
    this.#hold(bytes, offset + sent, length - sent);
  }

  /** Postpones a write until others follow; false if it must go out at once. */
  protected postpone(_memory: Bytes, _offset: number, _length: number): boolean {
    return false;
  }

  /** Sends a postponed write now. */
  settle(): void {
    if (this.#postponed) this.bytes.sendPostponed();
  }

  /** The outcome of a postponed write. */
  sent(outcome: number, { bytes }: Bytes, at: number, length: number): void {
    this.#postponed = false;
    if (outcome === length) return;
    if (outcome < 0 && outcome !== -Errno.AGAIN) {
      this.fail(-outcome);
      return;
    }
    const sent = Math.max(outcome, 0);
    this.#hold(bytes, at + sent, length - sent);
  }

  /** Sends held bytes, as far as there is room. */
  flush(): void {
    this.settle();
    const held = this.#held;
    if (held === undefined) return;
    const sent = this.send(held, this.#start, held.length - this.#start);
    if (sent === -Errno.AGAIN) return;
    if (sent < 0) {
      this.fail(-sent);
      return;
    }
    this.#start += sent;
    if (this.#start === held.length) this.#wentOut();
    this.bytes.release(sent);
  }

  /** It takes no more bytes: held bytes are lost. EPIPE ends a stream that the other side has closed. */
  protected fail(errno: number): void {
    if (!this.closed && errno !== Errno.PIPE) this.#failure = errno;
    this.closed = true;
    if (this.#held !== undefined) {
      const lost = this.#held.length - this.#start;
      this.#wentOut();
      this.bytes.release(lost);
    } else this.bytes.raise(this.readiness);
  }

  #hold(bytes: Uint8Array, offset: number, length: number): void {
    const before = this.#held?.subarray(this.#start);
    const size = before?.length ?? 0;
    const held = new Uint8Array(new ArrayBuffer(size + length));
    if (before !== undefined) held.set(before);
    held.set(bytes.subarray(offset, offset + length), size);
    this.#held = held;
    this.#start = 0;
    this.bytes.take(this, length);
    this.readiness.clear(WRITABLE);
  }

  #wentOut(): void {
    this.#held = undefined;
    this.bytes.wentOut(this);
    this.bytes.raise(this.readiness);
    this.drained();
  }

  /** No bytes are held any more. */
  protected drained(): void {}

  /** Drops the resource. Its held bytes are still sent. */
  drop(): void {}
}
