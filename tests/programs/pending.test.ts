/**
 * The bytes that wait to be sent (`assembly/programs/pending.ts`), against plain bytes: real sockets mostly take all or
 * nothing.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { compiledTexts } from "../assembly.ts";

const PENDING = "assembly/programs/pending";
const SOURCE = `
import { Pending } from "./${PENDING}";
const pending = memory.data(offsetof<Pending>(), 8);
const input = memory.data(4096);
export function room(): usize { return input; }
export function push(count: i32): void { changetype<Pending>(pending).push(input, count); }
export function shift(count: i32): void { changetype<Pending>(pending).shift(count); }
export function waiting(): i32 { return changetype<Pending>(pending).waiting; }
export function head(): usize { return changetype<Pending>(pending).head; }
export function drop(): void { changetype<Pending>(pending).drop(); }
`;

interface Exports {
  memory: WebAssembly.Memory;
  room(): number;
  push(count: number): void;
  shift(count: number): void;
  waiting(): number;
  head(): number;
  drop(): void;
}

const steps = fc.array(
  fc.oneof(
    fc.record({ push: fc.uint8Array({ minLength: 1, maxLength: 4096 }) }),
    fc.record({ sent: fc.double({ min: 0, max: 1, noNaN: true }) }),
  ),
  { maxLength: 60 },
);

it("pending bytes come out in order, in parts of any size", async () => {
  const texts = { "guest.ts": SOURCE, [`${PENDING}.ts`]: readFileSync(`${PENDING}.ts`, "utf8") };
  const options = { runtime: "minimal", use: ["abort="] };
  const { instance } = await WebAssembly.instantiate(await compiledTexts(texts, options));
  const guest = instance.exports as unknown as Exports;
  fc.assert(
    fc.property(steps, (sequence) => {
      guest.drop();
      let kept = Buffer.alloc(0);
      for (const step of sequence) {
        if ("push" in step) {
          new Uint8Array(guest.memory.buffer).set(step.push, guest.room());
          guest.push(step.push.length);
          kept = Buffer.concat([kept, step.push]);
        } else {
          const count = Math.floor(step.sent * kept.length);
          guest.shift(count);
          kept = kept.subarray(count);
        }
        const at = guest.head();
        expect(Buffer.from(guest.memory.buffer.slice(at, at + guest.waiting()))).toEqual(Buffer.from(kept));
      }
    }),
    { numRuns: 200 },
  );
}, 60_000);
