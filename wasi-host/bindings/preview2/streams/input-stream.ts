/** wasi:io/streams' input-stream: a source of bytes. */
import type { Bytes } from "../bytes.ts";
import type { Readiness } from "../polling/readiness.ts";
import type { IoError } from "./io-error.ts";

export abstract class InputStream {
  abstract readonly readiness: Readiness;
  /** The end was read, or a failure was reported. */
  ended = false;
  /** The last read was large: the next one asks for the number of bytes, and goes directly into the guest's memory. */
  bulk = false;
  /** The least bytes of a large read. */
  readonly bulkSize: number = Infinity;
  /** The round of polls in which the notes alone answered a read with "nothing". */
  emptyRound = -1;

  /**
   * Reads up to `length` bytes, at least 1. Returns their number, 0 at the end, or a negated errno: -EAGAIN for none.
   * It also updates the notes.
   */
  abstract receive(memory: Bytes, offset: number, length: number): number;

  /** The number of readable bytes if it is known; else 0. */
  available(): number {
    return 0;
  }

  abstract error(errno: number): IoError;

  /** Drops the resource. */
  drop(): void {}
}
