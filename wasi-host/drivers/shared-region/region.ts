/** The region of memory of one driver. It begins small, and has memory only for used channels. */
import { type OptionRule, wholeNumber } from "../contract/option-checks.ts";
import type { RingMemory } from "./byte-ring.ts";
import { Channel } from "./channel.ts";
import { CHANNEL_LIMIT, CHANNEL_SIZE, HEADER_SIZE, QUEUES, RINGS_SIZE, USED_CHANNELS } from "./layout.ts";

/** The most sockets open at once. */
const MAX_CHANNELS = 16_384;
/** If memory cannot grow, it is allocated at once. */
const MAX_WITHOUT_GROWTH = 1024;
const INITIAL_CHANNELS = 16;

/** The option that limits a region: the bytes for one socket or more. */
export const BUFFERED_BYTES: OptionRule = wholeNumber(CHANNEL_SIZE);

export class SharedRegion implements RingMemory {
  readonly buffer: SharedArrayBuffer;
  readonly control: Int32Array;
  readonly capacity: number;
  /** Everything before the rings. */
  readonly words: Int32Array;
  /** All memory that this side has used. */
  bytes: Uint8Array;
  readonly #channels: (Channel | undefined)[] = [];

  readonly #view: (buffer: SharedArrayBuffer) => Uint8Array;

  /** A region for the other side: gets `buffer`. `view`: makes `bytes`, for a platform with byte arrays of its own. */
  constructor(buffer: SharedArrayBuffer, view = viewOf) {
    this.buffer = buffer;
    this.#view = view;
    this.capacity = new Int32Array(buffer, 0, QUEUES / 4)[CHANNEL_LIMIT];
    this.control = new Int32Array(buffer, 0, QUEUES / 4 + 2 * this.capacity);
    this.words = new Int32Array(buffer, 0, firstRings(this.capacity) / 4);
    this.bytes = view(buffer);
  }

  /** `bytes`: the limit for all of its channels. */
  static create(bytes = Infinity, view = viewOf): SharedRegion {
    const bound = Math.max(1, Math.floor(bytes / CHANNEL_SIZE));
    const most = Math.min(MAX_CHANNELS, bound);
    const fewer = Math.min(MAX_WITHOUT_GROWTH, bound);
    const buffer = memory(most) ?? new SharedArrayBuffer(sizeOf(fewer, fewer));
    new Int32Array(buffer, 0, QUEUES / 4)[CHANNEL_LIMIT] = "growable" in buffer && buffer.growable ? most : fewer;
    return new SharedRegion(buffer, view);
  }

  channel(index: number): Channel {
    return (this.#channels[index] ??= this.#open(index));
  }

  #open(index: number): Channel {
    const { buffer, capacity } = this;
    // The other side may have grown it.
    if (sizeOf(capacity, index + 1) > this.bytes.length) this.bytes = this.#view(buffer);
    const header = firstHeader(capacity) + index * HEADER_SIZE;
    return new Channel(this, index, header, firstRings(capacity) + index * RINGS_SIZE);
  }

  /** Returns an unused channel; undefined if there is none. Both sides take channels. */
  fresh(): Channel | undefined {
    const index = Atomics.add(this.control, USED_CHANNELS, 1);
    if (index < this.capacity && this.#reach(index)) return this.channel(index);
    Atomics.sub(this.control, USED_CHANNELS, 1);
    return undefined;
  }

  /** False if memory cannot grow. */
  #reach(index: number): boolean {
    const { buffer } = this;
    const size = sizeOf(this.capacity, index + 1);
    if (size <= buffer.byteLength) return true;
    try {
      buffer.grow(Math.min(Math.max(size, 2 * buffer.byteLength), sizeOf(this.capacity, this.capacity)));
    } catch {
      // The other side may have grown it further meanwhile.
    }
    return size <= buffer.byteLength;
  }
}

/** Of a fixed length: engines are slow with arrays that grow with their memory. */
function viewOf(buffer: SharedArrayBuffer): Uint8Array {
  return new Uint8Array(buffer, 0, buffer.byteLength);
}

function memory(most: number): SharedArrayBuffer | undefined {
  try {
    const buffer = new SharedArrayBuffer(sizeOf(most, Math.min(INITIAL_CHANNELS, most)), {
      maxByteLength: sizeOf(most, most),
    });
    return buffer.growable ? buffer : undefined;
  } catch {
    return undefined; // more than there are addresses
  }
}

function sizeOf(most: number, channels: number): number {
  return firstRings(most) + channels * RINGS_SIZE;
}

/** After both queues, on a cache line. */
function firstHeader(most: number): number {
  return Math.ceil((QUEUES + 2 * most * 4) / 64) * 64;
}

/** After all headers, on a page. */
function firstRings(most: number): number {
  return Math.ceil((firstHeader(most) + most * HEADER_SIZE) / 4096) * 4096;
}
