/** Many bytes that a client sends without reading the answers: the server takes only a part. */
import type { Client } from "./client.ts";
import { Messages, SEED } from "./messages.ts";

const CHUNK = 1 << 16;
/** The turns of others without another sent chunk, after which no more is taken. */
const TURNS = 300;

export class Offer {
  /** Bytes taken by the kernel. */
  sent = 0;
  /** Resolves when the kernel has taken all. */
  readonly taken: Promise<void>;
  readonly #client: Client;
  readonly #block = new Messages().exactly(1 << 22);
  #total: number;

  /** Begins to send `total` bytes, a multiple of 64 KiB. At most a chunk waits in our buffers. */
  constructor(client: Client, total: number) {
    this.#client = client;
    this.#total = total;
    this.taken = this.#send();
    this.taken.catch(() => {}); // reported to the code that awaits it, if any
  }

  async #send(): Promise<void> {
    for (; this.sent < this.#total; this.sent += CHUNK) await this.#client.send(this.#chunkAt(this.sent));
  }

  #chunkAt(at: number): Uint8Array {
    const start = at % this.#block.length;
    return this.#block.subarray(start, start + CHUNK);
  }

  /** Resolves when everything is sent, or when the guest takes no more while it serves `neighbour`. */
  async stalled(neighbour: Client): Promise<void> {
    for (let turns = 0, last = 0; turns < TURNS && this.sent < this.#total; turns++) {
      await neighbour.roundTrip();
      if (this.sent !== last) turns = 0;
      last = this.sent;
    }
  }

  /** Sends no more than the current chunk, and the end of the stream after it. */
  cutShort(): void {
    this.#total = this.sent + CHUNK;
    this.#client.socket.end();
  }

  /** Receives everything and compares every byte. */
  async expectBack(): Promise<void> {
    for (let received = 0; received < this.#total; received += CHUNK) {
      const same = (await this.#client.receive(CHUNK)).equals(this.#chunkAt(received));
      if (!same) throw new Error(`changed after ${received} bytes (POLLUX_SEED=${SEED})`);
    }
    await this.taken;
  }
}
