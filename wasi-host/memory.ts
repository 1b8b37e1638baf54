/**
 * Checked views of the guest's linear memory.
 *
 * A WebAssembly memory that grows leaves its old ArrayBuffer detached, so a view is good for one host call at most:
 * every call begins with `refresh()`. A detached view has length 0, which is asked in a nanosecond; the memory's own
 * `buffer` is an accessor into the engine, and cost 1 % of an echo server. A shared memory detaches nothing when it
 * grows: there the buffer is asked.
 *
 * Pointers and lengths come from the guest as signed 32-bit numbers and are never trusted: callers pass them through
 * `>>> 0` and ask `holds` before they touch anything, and answer EFAULT where it says no.
 */

/** Bytes of an iovec and a ciovec: u32 buffer, u32 length (witx, `$iovec`). */
export const IOVEC = 8;

export class GuestMemory {
  #memory: WebAssembly.Memory | undefined;
  #shared = false;
  /** All of linear memory, as bytes. Valid until the guest runs again. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The same in 32-bit words, for arrays of them. */
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
      this.#shared = !(memory.buffer instanceof ArrayBuffer);
    }
  }

  /** Does linear memory hold `length` bytes from `pointer`? Both unsigned. */
  holds(pointer: number, length: number): boolean {
    return pointer + length <= this.bytes.length;
  }

  /** A u64 as a double: exact up to 2^53, which is 104 days of nanoseconds. */
  u64(pointer: number): number {
    return this.view.getUint32(pointer, true) + this.view.getUint32(pointer + 4, true) * 0x1_0000_0000;
  }

  setU64(pointer: number, value: number): void {
    this.view.setUint32(pointer, value, true);
    this.view.setUint32(pointer + 4, value / 0x1_0000_0000, true);
  }

  /** The UTF-8 text at `pointer`, which `holds` has checked. Of a copy: decoders refuse memory that is shared. */
  text(pointer: number, length: number): string {
    return new TextDecoder().decode(this.bytes.slice(pointer, pointer + length));
  }
}
