/** Lists of transfers: submitted to io_submit(2) together if that is possible and cheaper, otherwise made one by one. */
import type { Driver } from "../contract/driver.ts";
import { SENDS, TRANSFER_WORDS, transferOne } from "../contract/transfers.ts";
import { CheaperWay } from "./cheaper-way.ts";
import { Submissions } from "./submissions.ts";

export class Transfers {
  readonly #driver: Driver;
  /** Opened on first use; null if the system refuses it. */
  #submissions: Submissions | undefined | null;
  readonly #receiving = new CheaperWay();
  readonly #sending = new CheaperWay();
  /** Other handles than the driver's may be anything, even a file with an offset, which io_submit does not support. */
  readonly foreign = new Set<number>();

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** `base`: the address of `bytes`. Sends use write(2), which has no MSG_NOSIGNAL: Node ignores SIGPIPE. */
  make(list: Int32Array, count: number, bytes: Uint8Array, base: number): void {
    if (this.#submissions === undefined) this.#submissions = Submissions.open() ?? null;
    const submissions = this.#submissions;
    if (submissions === null) {
      this.#makeOneByOne(list, count, bytes);
      return;
    }
    // Servers receive with one list, and send with the next.
    const way = list[TRANSFER_WORDS - 1] === SENDS ? this.#sending : this.#receiving;
    if (way.choose(count)) this.#makeOneByOne(list, count, bytes);
    else this.#makeTogether(submissions, list, count, bytes, base);
    way.made(count);
  }

  #makeOneByOne(list: Int32Array, count: number, bytes: Uint8Array): void {
    for (let index = 0; index < count; index++) transferOne(this.#driver, list, index, bytes);
  }

  #makeTogether(submissions: Submissions, list: Int32Array, count: number, bytes: Uint8Array, base: number): void {
    const { foreign } = this;
    // Few programs have foreign handles, and `has` takes as long as all else that is done for an entry.
    const allOwn = foreign.size === 0;
    const low = base | 0;
    const high = (base / 0x1_0000_0000) | 0;
    let put = 0;
    for (let index = 0, entry = 0; index < count; index++, entry += TRANSFER_WORDS) {
      const handle = list[entry];
      if (handle < 0) continue;
      if (list[entry + 2] !== 0 && (allOwn || !foreign.has(handle))) {
        submissions.put(put++, list, index, low, high);
        continue;
      }
      if (put > 0) this.#submit(submissions, put, list, bytes);
      put = 0;
      transferOne(this.#driver, list, index, bytes);
    }
    if (put > 0) this.#submit(submissions, put, list, bytes);
  }

  #submit(submissions: Submissions, count: number, list: Int32Array, bytes: Uint8Array): void {
    for (let place = 0; place < count; place++) {
      place += submissions.submit(place, count - place, list);
      // A refused submission gives its reason when it is made as a single call.
      if (place < count) transferOne(this.#driver, list, submissions.indexAt(place), bytes);
    }
  }

  /** Later lists are made one by one. */
  close(): void {
    this.#submissions?.close();
    this.#submissions = null;
  }
}
