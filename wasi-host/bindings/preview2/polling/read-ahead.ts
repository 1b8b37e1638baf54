/**
 * Bytes that are received before the guest asks for them: a poll receives for all sockets that wakeups have reported, by one
 * call of the driver in place of one for each `read`.
 *
 *      poll: wakeups ──▶ one list of receives ──▶ slots ──▶ read: copies, and gives the slot back
 *
 * A slot holds the outcome of one receive: bytes, the end of the stream, or an error. To the peer they count as received: a
 * socket that is closed with bytes in its slot has to send the reset that the kernel would have sent (RFC 1122, 4.2.2.13).
 * A socket whose guest does not read keeps its slot, and gets no second one: its peer sees the window close. When all slots are
 * taken, a read receives by itself.
 */
import type { Driver } from "../../../drivers/contract/driver.ts";
import { MAX_TRANSFERS, RECEIVES, TRANSFER_WORDS } from "../../../drivers/contract/transfers.ts";
import { allocate, type Bytes, copyBytes } from "../bytes.ts";

/**
 * A larger read goes directly into the guest's memory. More than the usual sizes of messages (16 KiB, and a record of TLS): a full
 * slot leaves the question whether there is more, and costs another call.
 */
export const SLOT_SIZE = 20_480;
/**
 * Bytes from slot to slot: each begins at another place of its page. AMD Zen 3's `rep movsb`, with which the kernel copies, takes 14
 * times as long if its destination is 1 to 31 bytes further in a page than its source: this must not be so for all slots. And if all
 * began at the same place, their first bytes would share a few lines of the cache.
 */
const STRIDE = SLOT_SIZE + 64;
/** They have memory only as far as bytes have been received into them. */
const SLOTS = 256;
export const NO_SLOT = -1;

/** A socket that receives ahead. */
export interface Receiver {
  readonly handle: number;
  /** `outcome`: the number of bytes in the slot; 0 for the end, or a negated errno. */
  received(slot: number, outcome: number): void;
  /** Nothing was received: its guest must do so. */
  left(): void;
}

export class ReadAhead {
  readonly #driver: Driver;
  readonly #list = new Int32Array(new ArrayBuffer(MAX_TRANSFERS * TRANSFER_WORDS * 4));
  readonly #receivers: Receiver[] = [];
  #count = 0;
  /** The memory of all slots; undefined until the first use. */
  #slots: Bytes | undefined;
  readonly #free: number[] = [];

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Adds a socket to the list. False if all slots are taken, or the driver has no batches. */
  add(receiver: Receiver): boolean {
    if (this.#count === MAX_TRANSFERS) this.receive();
    if (this.#slots === undefined && !this.#open()) return false;
    const slot = this.#free.pop();
    if (slot === undefined) return false;
    const list = this.#list;
    const entry = this.#count * TRANSFER_WORDS;
    list[entry] = receiver.handle;
    list[entry + 1] = slot * STRIDE;
    list[entry + 2] = SLOT_SIZE;
    list[entry + 3] = RECEIVES;
    this.#receivers[this.#count++] = receiver;
    return true;
  }

  #open(): boolean {
    if (this.#driver.batches === undefined) return false;
    this.#slots = allocate(SLOTS * STRIDE);
    for (let slot = SLOTS - 1; slot >= 0; slot--) this.#free.push(slot);
    return true;
  }

  /** Receives for all sockets of the list; a single socket gains nothing. */
  receive(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    const list = this.#list;
    if (count === 1) {
      this.#free.push(list[1] / STRIDE);
      this.#receivers[0].left();
      return;
    }
    this.#driver.batches!.transfer(list, count, this.#slots!.bytes);
    for (let index = 0; index < count; index++) {
      const entry = index * TRANSFER_WORDS;
      this.#receivers[index].received(list[entry + 1] / STRIDE, list[entry + 3]);
    }
  }

  /** Copies `length` bytes of a slot, from offset `start` on. */
  copy(slot: number, start: number, length: number, target: Bytes, at: number): void {
    copyBytes(this.#slots!, slot * STRIDE + start, target, at, length);
  }

  giveBack(slot: number): void {
    this.#free.push(slot);
  }
}
