/** Formats a sequence for readers, as JavaScript over a guest's `memory` and `calls`; and as text for another process. */
import type { Sequence } from "./steps.ts";

/** Frames of a stack that give the place. */
const FRAMES = 6;

export const script = {
  head: ({ driver, shared, meddler }: Sequence) =>
    `// ${driver} driver, ${shared ? "shared" : "plain"} memory${shared && meddler !== 0 ? `, meddled with (${meddler})` : ""}`,
  grow: (pages: number) => `memory.grow(${pages});`,
  poke: (at: number, bytes: readonly number[]) => `new Uint8Array(memory.buffer).set([${bytes.join(", ")}], ${at});`,
  call: (name: string, args: readonly (number | bigint)[]) =>
    `calls.${name}(${args.map((arg) => (typeof arg === "bigint" ? `${arg}n` : String(arg))).join(", ")});`,
  outcome: (outcome: string) => ` // ${outcome}`,
  failure: (lines: readonly string[], error: Error) =>
    [...lines, `// ${(error.stack ?? error.message).split("\n").slice(0, FRAMES).join("\n// ")}`].join("\n"),
};

/** The command that repeats one sequence of a batch. `over`: the run (`RUNS`). */
export const repeats = (batch: number | string, over: string, path: string) =>
  `// npm run fuzz:host -- 1 ${batch} ${over} ${path}`;

/** JSON has no bigint: it is text with an n after it. */
export function serialized(sequence: Sequence): string {
  return JSON.stringify(sequence, (_key, value) => (typeof value === "bigint" ? `${value}n` : value));
}

export function parse(text: string): Sequence {
  const reviver = (_key: string, value: unknown) =>
    typeof value === "string" && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
  return JSON.parse(text, reviver);
}
