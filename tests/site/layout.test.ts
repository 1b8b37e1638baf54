/** The names and types of the fields that the page draws, compared with the guest's source. tests/unit/assembly compares the offsets. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DESCRIPTOR, INSTANCE, type Layout, WATCH } from "../../site/session/layout.ts";

const source = readFileSync(new URL("../../assembly/memory/layout.ts", import.meta.url), "utf8");
const NUMBERS = ["u8", "u16", "i32", "u32", "u64"];

/** The fields of an unmanaged class, with those of the class that it extends. */
function fieldsIn(name: string): { name: string; type: string }[] {
  const [, parent, body] = new RegExp(`export class ${name}(?: extends (\\w+))? \\{(.*?)\\n\\}`, "s").exec(source)!;
  const own = [...body.matchAll(/^ {2}(\w+): ([^;]+);/gm)].map(([, field, type]) => ({
    name: field,
    type: NUMBERS.includes(type) ? type : "pointer",
  }));
  return parent === undefined ? own : [...fieldsIn(parent), ...own];
}

/** The size that the drawing above a class names. */
const drawnSize = (heading: RegExp) => Number(heading.exec(source)![1]);

describe.each<[string, Layout, RegExp]>([
  ["Watch", WATCH, /Watch: one per .*, (\d+) bytes/],
  ["Instance", INSTANCE, /Epoll instance, (\d+) bytes/],
  ["Descriptor", DESCRIPTOR, /Descriptor: one per fd, (\d+) bytes/],
])("%s", (name, layout, heading) => {
  it("has the fields of assembly/memory/layout.ts in their order", () => {
    expect(layout.fields.map(({ name, type }) => ({ name, type }))).toEqual(fieldsIn(name));
  });

  it("has the size that the source draws", () => {
    expect(layout.size).toBe(drawnSize(heading));
  });
});
