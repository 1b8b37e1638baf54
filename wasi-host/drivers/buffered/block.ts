/** The block of memory of one driver. It begins small, and has memory only for lines that were used. */
import { LINE_SIZE, MOST_LINES, QUEUES, USED_LINES } from "./layout.ts";
import { Line } from "./line.ts";

/** Of sockets that are open at once. */
const MOST = 16_384;
/** Where memory cannot grow, it is taken at once. */
const MOST_WITHOUT_GROWTH = 1024;
const LEAST = 16;

export class Block {
  readonly buffer: SharedArrayBuffer;
  readonly control: Int32Array;
  readonly most: number;
  readonly #first: number;
  readonly #lines: (Line | undefined)[] = [];

  /** For the other side: gets `buffer`. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.most = new Int32Array(buffer, 0, QUEUES / 4)[MOST_LINES];
    this.control = new Int32Array(buffer, 0, QUEUES / 4 + 2 * this.most);
    this.#first = firstLine(this.most);
  }

  /** `bytes`: what its lines may take, all together. */
  static create(bytes = Infinity): Block {
    const bound = Math.max(1, Math.floor(bytes / LINE_SIZE));
    const most = Math.min(MOST, bound);
    const fewer = Math.min(MOST_WITHOUT_GROWTH, bound);
    const buffer = memory(most) ?? new SharedArrayBuffer(sizeOf(fewer, fewer));
    new Int32Array(buffer, 0, QUEUES / 4)[MOST_LINES] = "growable" in buffer && buffer.growable ? most : fewer;
    return new Block(buffer);
  }

  line(index: number): Line {
    return (this.#lines[index] ??= new Line(this.buffer, index, this.#first + index * LINE_SIZE));
  }

  /** One that was never used; undefined where there are no more. Both sides take them. */
  fresh(): Line | undefined {
    const index = Atomics.add(this.control, USED_LINES, 1);
    if (index < this.most && this.#reach(index)) return this.line(index);
    Atomics.sub(this.control, USED_LINES, 1);
    return undefined;
  }

  /** False: no memory. */
  #reach(index: number): boolean {
    const { buffer } = this;
    const size = sizeOf(this.most, index + 1);
    if (size <= buffer.byteLength) return true;
    try {
      buffer.grow(Math.min(Math.max(size, 2 * buffer.byteLength), sizeOf(this.most, this.most)));
    } catch {
      // The other side may have grown it further meanwhile.
    }
    return size <= buffer.byteLength;
  }
}

function memory(most: number): SharedArrayBuffer | undefined {
  try {
    const buffer = new SharedArrayBuffer(sizeOf(most, Math.min(LEAST, most)), { maxByteLength: sizeOf(most, most) });
    return buffer.growable ? buffer : undefined;
  } catch {
    return undefined; // more than there are addresses
  }
}

function sizeOf(most: number, lines: number): number {
  return firstLine(most) + lines * LINE_SIZE;
}

/** Behind both queues, on a page. */
function firstLine(most: number): number {
  return Math.ceil((QUEUES + 2 * most * 4) / 4096) * 4096;
}
