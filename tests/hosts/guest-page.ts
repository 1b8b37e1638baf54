/** The memory of a guest driven by a test: one page, with the test's data. */

const PAGE = 65_536;
/** The start of `place`; results are below. */
const FIRST_FREE = 1024;

export class GuestPage {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  /** The address of results. */
  readonly result = 16;
  #free = FIRST_FREE;

  get size(): number {
    return PAGE;
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  bytes(pointer: number, length: number): Buffer {
    return Buffer.from(this.memory.buffer.slice(pointer, pointer + length));
  }

  /** Room for `length` bytes, zeroed. */
  room(length: number): number {
    const pointer = this.#free;
    this.#free = (this.#free + length + 7) & ~7;
    if (this.#free > PAGE) throw new Error("the guest's page is full");
    return pointer;
  }

  /** Text or bytes in memory: pointer and length. */
  place(content: string | Uint8Array): [number, number] {
    const bytes = Buffer.from(content as string);
    const pointer = this.room(bytes.length);
    new Uint8Array(this.memory.buffer).set(bytes, pointer);
    return [pointer, bytes.length];
  }

  /** An iovec array over `buffers`: pointer and count. */
  iovecs(...buffers: [number, number][]): [number, number] {
    const pointer = this.room(buffers.length * 8);
    for (const [index, [buffer, length]] of buffers.entries()) {
      this.view.setUint32(pointer + index * 8, buffer, true);
      this.view.setUint32(pointer + index * 8 + 4, length, true);
    }
    return [pointer, buffers.length];
  }

  u32(pointer = this.result): number {
    return this.view.getUint32(pointer, true);
  }

  u64(pointer = this.result): bigint {
    return this.view.getBigUint64(pointer, true);
  }
}
