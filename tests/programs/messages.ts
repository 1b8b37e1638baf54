/** Random messages that a seed repeats: POLLUX_SEED=n repeats a run. Nothing here needs Node: pages use it too. */

export const SEED = Number(globalThis.process?.env.POLLUX_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0] >>> 1);

const POOL = 1 << 22;

/** Mulberry32: 32 bits of state, which is what a seed that people copy has. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

/** The pool of the seed that was used last: filling one takes longer than most tests use it. Nothing writes to it. */
let filled: { readonly seed: number; readonly pool: Uint8Array<ArrayBuffer> } | undefined;

function poolOf(seed: number): Uint8Array<ArrayBuffer> {
  if (filled?.seed !== seed) {
    const words = new Uint32Array(POOL / 4).map(generator(seed));
    filled = { seed, pool: new Uint8Array(words.buffer) };
  }
  return filled.pool;
}

export class Messages {
  readonly #next: () => number;
  readonly #pool: Uint8Array<ArrayBuffer>;

  constructor(seed = SEED) {
    this.#pool = poolOf(seed);
    // Not the numbers of the pool.
    this.#next = generator(~seed);
  }

  /** A message of 1 to `most` random bytes, with its length random by orders of magnitude. */
  next(most: number): Uint8Array<ArrayBuffer> {
    const length = Math.min(most, Math.floor(Math.exp((this.#next() / 2 ** 32) * Math.log(most + 1))));
    return this.exactly(length);
  }

  /** `length` random bytes, at most 4 MiB. */
  exactly(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#next() % (POOL - length + 1);
    return this.#pool.subarray(start, start + length);
  }
}
