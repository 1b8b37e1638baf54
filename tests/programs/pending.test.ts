/** The bytes that wait to be sent (`assembly/programs/pending.ts`), against a plain list: real sockets take all or nothing too often. */
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import fc from "fast-check";
import { expect, it } from "vitest";

const SOURCE = `
import { Pending } from "./assembly/programs/pending";
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

async function compiled(): Promise<Uint8Array<ArrayBuffer>> {
  let module: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["guest.ts", "--outFile", "guest.wasm", "--runtime", "minimal"], {
    readFile: (name) => (name === "guest.ts" ? SOURCE : textOf(name)),
    writeFile: (_name, content) => {
      module = content as Uint8Array;
    },
  });
  if (error !== null) throw new Error(String(stderr), { cause: error });
  return new Uint8Array(module!);
}

function textOf(name: string): string | null {
  try {
    return readFileSync(name, "utf8");
  } catch {
    return null;
  }
}

it("come out as they went in, whatever part of them is taken at a time", async () => {
  const module = await WebAssembly.compile(await compiled());
  const { exports } = await WebAssembly.instantiate(module, {});
  const guest = exports as unknown as Exports;
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
