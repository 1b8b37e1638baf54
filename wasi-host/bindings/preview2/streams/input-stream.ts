/** wasi:io/streams' input-stream: where bytes come from. */
import type { Bytes } from "../bytes.ts";
import type { Readiness } from "../polling/readiness.ts";
import type { IoError } from "./io-error.ts";

export abstract class InputStream {
  abstract readonly readiness: Readiness;
  /** Nothing comes any more: its end was read, or a failure was told. */
  ended = false;
  /** The last read brought much: the next one goes straight into the guest's memory. */
  bulk = false;
  /** The round of polls in which a read was told "nothing" by the notes alone. */
  emptyRound = -1;

  /** Up to `length` bytes, and more than 0: how many there are, 0 for the end, or a negated errno: -EAGAIN for none. Notes what it learns. */
  abstract receive(memory: Bytes, offset: number, length: number): number;

  /** How many bytes can be read now, as far as that is known; else 0. */
  available(): number {
    return 0;
  }

  abstract error(errno: number): IoError;

  /** Drops the resource. */
  drop(): void {}
}
