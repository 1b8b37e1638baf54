/** Parameters that belong together, with the memory that they point to. */
import fc from "fast-check";
import type { Argument, Poke, Word } from "./steps.ts";
import { countOf, pointer } from "./values.ts";

/** One parameter, or several. */
export interface Part {
  readonly args: readonly Argument[];
  readonly pokes: readonly Poke[];
}

export const alone = (value: fc.Arbitrary<Argument>): fc.Arbitrary<Part> =>
  value.map((arg) => ({ args: [arg], pokes: [] }));

/** `size` bytes each at a pointer, and their number. */
export function array(size: number, element: fc.Arbitrary<readonly Word[]>): fc.Arbitrary<Part> {
  return fc.tuple(pointer, fc.array(element, { maxLength: 4 })).chain(([at, elements]) =>
    countOf(elements.length).map((count) => ({
      args: [at, count],
      pokes: elements.length === 0 ? [] : [{ at, words: elements.flatMap((words) => words.slice(0, size / 4)) }],
    })),
  );
}

/** With a buffer and its length: the exact one for text, any for room. */
export function bytesAt(content: fc.Arbitrary<readonly number[]>): fc.Arbitrary<Part> {
  return fc
    .tuple(pointer, content)
    .chain(([at, bytes]) =>
      countOf(bytes.length).map((size) => ({ args: [at, size], pokes: bytes.length === 0 ? [] : [{ at, bytes }] })),
    );
}
