/** The held bytes of all output streams: bounded, and sent at the end of the program. */
import { pollfds } from "../../../drivers/contract/pollfd.ts";
import { Wait } from "../../../waiting/wait.ts";
import type { Poller } from "../polling/poller.ts";
import { type Readiness, WRITABLE } from "../polling/readiness.ts";

/** The most that `check-write` permits. */
export const MAX_PERMIT = 65_536;

/** The nanoseconds for sending them after the end of the program. */
const DRAIN_TIMEOUT = 2e9;

/** A stream that may hold bytes. */
export interface Holder {
  readonly readiness: Readiness;
  readonly holds: boolean;
  /** Sends held bytes, as far as there is room. */
  flush(): void;
}

export class HeldBytes {
  readonly #poller: Poller;
  readonly #limit: number;
  #held = 0;
  /** The streams that hold bytes. */
  readonly #streams = new Set<Holder>();
  /** The streams without a permit, because others hold too much. */
  readonly #starved = new Set<Holder>();

  /** `limit`: the most held bytes. */
  constructor(poller: Poller, limit: number) {
    this.#poller = poller;
    this.#limit = limit;
  }

  /** The permit of a stream that holds nothing. After a permit of 0, the stream is notified. */
  permit(stream: Holder): number {
    const permit = Math.min(MAX_PERMIT, this.#limit - this.#held);
    if (permit > 0) return permit;
    stream.readiness.clear(WRITABLE);
    this.#starved.add(stream);
    return 0;
  }

  take(stream: Holder, length: number): void {
    this.#held += length;
    this.#streams.add(stream);
  }

  release(length: number): void {
    this.#held -= length;
    if (this.#starved.size === 0 || this.#held >= this.#limit) return;
    for (const stream of this.#starved) if (!stream.holds) this.raise(stream.readiness);
    this.#starved.clear();
  }

  wentOut(stream: Holder): void {
    this.#streams.delete(stream);
  }

  /** A stream takes bytes again, or has failed. */
  raise(readiness: Readiness): void {
    this.#poller.raise(readiness, WRITABLE);
  }

  /** Sends the postponed writes of all streams. */
  sendPostponed(): void {
    this.#poller.writeBehind.send();
  }

  /** The program has ended: waits shortly until all bytes are sent. */
  drain(): undefined | Wait<undefined> {
    this.sendPostponed();
    for (const stream of this.#streams) stream.flush();
    if (this.#streams.size === 0) return undefined;
    return new Drain(this.#poller, this.#streams, this.#poller.now() + DRAIN_TIMEOUT);
  }
}

class Drain extends Wait<undefined> {
  readonly fds: Int32Array = pollfds(0);
  readonly count = 0;
  readonly deadline: number;
  override readonly edges;
  readonly #poller: Poller;
  readonly #streams: ReadonlySet<Holder>;

  constructor(poller: Poller, streams: ReadonlySet<Holder>, deadline: number) {
    super();
    this.#poller = poller;
    this.#streams = streams;
    this.deadline = deadline;
    this.edges = poller.edges;
  }

  resume(ready: number): undefined | Wait<undefined> {
    if (ready < 0) return undefined;
    this.#poller.collect();
    return this.#streams.size > 0 && this.#poller.now() < this.deadline ? this : undefined;
  }
}
