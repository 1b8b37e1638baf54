/**
 * A crowd of descriptors that are all watched, for readability; the subjects of the benchmark each watch one in their way.
 *
 * They are Unix stream pairs with both ends watched: descriptor `index` is readable when its other end, `index ^ 1`,
 * has sent a byte.
 */
export interface Crowd {
  /** One byte arrives at this descriptor. */
  arrive(index: number): void;
  /** Waits, for ever if need be. Writes the indices of ready entries to `found`, and returns their number. */
  wait(found: Int32Array): number;
  /** Reads until there is nothing more. */
  drain(index: number): void;
}

/** Opens a crowd of this size. It is never closed: the process that measures it ends. */
export type OpenCrowd = (size: number) => Promise<Crowd>;

/** The indices of a crowd's descriptors, by number. */
export class Indices {
  readonly #indices: Int32Array;

  constructor(descriptors: number[]) {
    let highest = 0;
    for (const fd of descriptors) if (fd > highest) highest = fd;
    this.#indices = new Int32Array(highest + 1).fill(-1);
    for (const [index, fd] of descriptors.entries()) this.#indices[fd] = index;
  }

  of(fd: number): number {
    return this.#indices[fd];
  }
}

/** The sent bytes, and room for the received: two buffers, as in servers. Memory that V8 does not move. */
export const BYTE = new Uint8Array(new ArrayBuffer(1)).fill(0x2e);
export const BUFFER = new Uint8Array(new ArrayBuffer(4096));
