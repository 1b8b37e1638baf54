/**
 * Writes that wait for later ones: the answers to the events of one poll go out in one driver call, before the next
 * poll at the latest.
 *
 * They wait only while nobody can notice:
 *
 * - if the poll has reported more than one stream: a single one is answered at once;
 * - one short write of a stream, until its next `write`, `check-write`, `flush` or drop. That call reports an error;
 * - until the guest uses any other stream, socket or file with an outside effect: the order stays;
 * - while the guest is quick. A list that has waited longer than MAX_DELAY makes the next writes go out at once.
 */
import type { Driver } from "../../../drivers/contract/driver.ts";
import { monotonicNanoseconds } from "../../../drivers/contract/time.ts";
import { MAX_TRANSFERS, SENDS, TRANSFER_WORDS } from "../../../drivers/contract/transfers.ts";
import { allocate, type Bytes, copyBytes } from "../bytes.ts";

/** A longer write gains nothing by waiting, and would be copied. */
const MAX_LENGTH = 2048;
const SLOT_SIZE = MAX_LENGTH;
/** Nanoseconds. */
const MAX_DELAY = 1e6;
/** The number of writes that go out at once after a delay. */
const PAUSE = 4096;

/** A stream with a waiting write. */
export interface Sender {
  readonly handle: number;
  /** `outcome`: the number of sent bytes of `length` at `at` in `memory`, or a negated errno. */
  sent(outcome: number, memory: Bytes, at: number, length: number): void;
}

export class WriteBehind {
  readonly #driver: Driver;
  readonly #list = new Int32Array(new ArrayBuffer(MAX_TRANSFERS * TRANSFER_WORDS * 4));
  readonly #senders: Sender[] = [];
  #count = 0;
  #memory: Bytes | undefined;
  /** The time of the list's first write. */
  #since = 0;
  #pause = 0;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Adds a stream's only write of the list. False if it must go out at once. */
  add(sender: Sender, memory: Bytes, offset: number, length: number): boolean {
    if (length > MAX_LENGTH || this.#driver.batches === undefined) return false;
    if (this.#pause > 0) {
      this.#pause--;
      return false;
    }
    if (this.#count === MAX_TRANSFERS) this.send();
    if (this.#count === 0) this.#since = monotonicNanoseconds(this.#driver);
    this.#memory ??= allocate(MAX_TRANSFERS * SLOT_SIZE);
    const list = this.#list;
    const entry = this.#count * TRANSFER_WORDS;
    const at = this.#count * SLOT_SIZE;
    copyBytes(memory, offset, this.#memory, at, length);
    list[entry] = sender.handle;
    list[entry + 1] = at;
    list[entry + 2] = length;
    list[entry + 3] = SENDS;
    this.#senders[this.#count++] = sender;
    return true;
  }

  /** Sends all waiting writes. */
  send(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    if (monotonicNanoseconds(this.#driver) - this.#since > MAX_DELAY) this.#pause = PAUSE;
    const list = this.#list;
    const memory = this.#memory!;
    this.#driver.batches!.transfer(list, count, memory.bytes);
    for (let index = 0; index < count; index++) {
      const entry = index * TRANSFER_WORDS;
      this.#senders[index].sent(list[entry + 3], memory, list[entry + 1], list[entry + 2]);
    }
  }
}
