/** Damage to a component: in a section with correct sizes around it, in the order of sections, or in the bytes. */
import { CORE_MODULE, joined, parse, type Section, serialized, type Tree } from "./sections.ts";

/** Numbers that depend only on a seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0, below `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  of<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }
}

/** Numbers as LEB128, some of them too long. */
const NUMBERS = [
  [0],
  [1],
  [0x7f],
  [0x80, 1],
  [0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x1f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
];

/** The part of a core module before its code: the engine finds damage to code. */
const CODE = 10;

type Damage = (random: Random, bytes: Uint8Array) => Uint8Array;

const replaced = (bytes: Uint8Array, at: number, length: number, by: readonly number[] | Uint8Array) =>
  joined([bytes.subarray(0, at), Uint8Array.from(by), bytes.subarray(at + length)]);

const DAMAGES: readonly Damage[] = [
  (random, bytes) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, 1, [bytes[at] ^ (1 << random.below(8))]);
  },
  (random, bytes) => replaced(bytes, random.below(bytes.length), 1, [random.below(256)]),
  (random, bytes) => replaced(bytes, random.below(bytes.length), random.below(3), random.of(NUMBERS)),
  (random, bytes) => replaced(bytes, random.below(bytes.length), random.below(16), []),
  (random, bytes) => {
    const [from, to] = [random.below(bytes.length), random.below(bytes.length)];
    return replaced(bytes, to, 0, bytes.subarray(from, from + random.below(32)));
  },
  // An index or a kind, one more or one less.
  (random, bytes) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, 1, [(bytes[at] + (random.below(2) === 0 ? 1 : 255)) & 255]);
  },
];

/** The offset of a core module's code, or its length. */
function beforeCode(module: Uint8Array): number {
  const { sections } = parse(module, false);
  const code = sections.find(({ id }) => id >= CODE)?.content as Uint8Array | undefined;
  return code === undefined ? module.length : code.byteOffset - module.byteOffset;
}

function withSection(random: Random, { header, sections }: Tree, others: readonly Tree[]): Tree {
  const index = random.below(sections.length);
  const { id, content } = sections[index];
  const change = (...by: Section[]) => ({ header, sections: sections.toSpliced(index, 1, ...by) });
  if (!(content instanceof Uint8Array)) return change({ id, content: withSection(random, content, others) });
  switch (random.below(12)) {
    case 0:
      return change();
    case 1:
      return change(sections[index], sections[index]);
    case 2: {
      const other = random.below(sections.length);
      return { header, sections: sections.with(index, sections[other]).with(other, sections[index]) };
    }
    case 3: {
      const same = random.of(others).sections.filter((section) => section.id === id);
      return same.length === 0 ? change() : change(random.of(same));
    }
    case 4:
      return change({ id: random.below(14), content });
    default: {
      if (content.length === 0) return change();
      const end = id === CORE_MODULE ? beforeCode(content) : content.length;
      return change({
        id,
        content: joined([random.of(DAMAGES)(random, content.subarray(0, end)), content.subarray(end)]),
      });
    }
  }
}

/**
 * A damaged copy of one of several components.
 *
 * @returns its bytes, and the component's number
 */
export function damaged(
  seed: number,
  trees: readonly Tree[],
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly original: number } {
  const random = new Random(seed);
  const original = random.below(trees.length);
  let tree = trees[original];
  const kind = random.below(10);
  for (let left = kind === 0 ? 0 : random.of([1, 1, 1, 2, 4]); left > 0; left--)
    tree = withSection(random, tree, trees);
  let bytes = serialized(tree);
  if (kind === 0) bytes = bytes.slice(0, random.below(bytes.length));
  else if (kind === 1) bytes = joined([random.of(DAMAGES)(random, bytes)]);
  return { bytes, original };
}
