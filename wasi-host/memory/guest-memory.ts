/**
 * Checked views of the guest's linear memory.
 *
 * A memory that grows detaches its old ArrayBuffer, so a view is valid for one host call: every call begins with `refresh()`.
 * A detached view has length 0, a cheap check; the memory's `buffer` accessor cost 1 % of an echo server. A shared memory does
 * not detach when it grows, so `buffer` is read.
 *
 * Pointers and lengths from the guest are signed 32-bit numbers and are not trusted: callers convert them by `>>> 0`, and
 * return EFAULT unless `holds` is true.
 */

/** Bytes of an iovec and a ciovec: u32 buffer, u32 length (witx, `$iovec`). */
export const IOVEC = 8;
/** Offset of the length in an iovec. */
export const IOVEC_LENGTH = 4;

export class GuestMemory {
  #memory: WebAssembly.Memory | undefined;
  #shared = false;
  /** The length of `bytes`. Its getter also asks whether the buffer is detached, which `refresh` has asked. */
  #size = 0;
  /** All of linear memory, as bytes. Valid until the guest runs again. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The same memory as 32-bit words. */
  words = new Int32Array(this.bytes.buffer);
  /** All of linear memory, for little-endian fields. Valid until the guest runs again. */
  view = new DataView(this.bytes.buffer);

  /** The memory that the guest exports; undefined until the instance exists. */
  get memory(): WebAssembly.Memory | undefined {
    return this.#memory;
  }

  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
    this.bytes = new Uint8Array(0);
    this.refresh();
  }

  refresh(): void {
    if (this.bytes.length !== 0 && !this.#shared) return;
    const memory = this.#memory;
    if (memory !== undefined && memory.buffer !== this.bytes.buffer) {
      this.bytes = new Uint8Array(memory.buffer);
      this.words = new Int32Array(memory.buffer);
      this.view = new DataView(memory.buffer);
      this.#size = this.bytes.length;
      this.#shared = !(memory.buffer instanceof ArrayBuffer);
    }
  }

  /** Whether linear memory contains `length` bytes at `pointer`, both unsigned. */
  holds(pointer: number, length: number): boolean {
    return pointer + length <= this.#size;
  }

  /** A u64 as a double: exact up to 2^53, which is 104 days of nanoseconds. */
  u64(pointer: number): number {
    return this.view.getUint32(pointer, true) + this.view.getUint32(pointer + 4, true) * 0x1_0000_0000;
  }

  setU64(pointer: number, value: number): void {
    this.view.setUint32(pointer, value, true);
    this.view.setUint32(pointer + 4, value / 0x1_0000_0000, true);
  }

  /** The UTF-8 text at `pointer`, which `holds` has checked. A copy is decoded: decoders refuse shared memory. */
  text(pointer: number, length: number): string {
    return new TextDecoder().decode(this.bytes.slice(pointer, pointer + length));
  }
}
