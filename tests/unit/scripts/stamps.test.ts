/** A part of the build is made again exactly when something that it is made of, or what it became, is another. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

interface Inputs {
  read(file: string): Uint8Array | null;
}
interface Part {
  name: string;
  options: unknown;
  files(): string[];
  make(inputs: Inputs): Promise<Map<string, string>>;
}
const stamps: { isCurrent(part: Part): boolean; make(part: Part): Promise<void> } = await import(
  new URL("../../../scripts/stamps.mjs", import.meta.url).href
);

const home = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pollux-stamps-"));
  process.chdir(folder);
  writeFileSync("source", "one");
  writeFileSync("tool", "version 1");
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

/** Copies `source` to dist/out; `optional`, which it looks for, is not there. */
const copy = (changes: Partial<Part> = {}): Part => ({
  name: "folder/copy",
  options: { level: 3 },
  files: () => ["tool"],
  make: async (inputs) => {
    inputs.read("optional");
    return new Map([["dist/out", String(inputs.read("source"))]]);
  },
  ...changes,
});

describe("a part", () => {
  it("is not current before it is made", () => {
    expect(stamps.isCurrent(copy())).toBe(false);
  });

  it("is current after it is made, with its outputs in place", async () => {
    await stamps.make(copy());
    expect([stamps.isCurrent(copy()), readFileSync("dist/out", "utf8")]).toEqual([true, "one"]);
  });

  it("stays current if a file is rewritten with the same contents", async () => {
    await stamps.make(copy());
    writeFileSync("source", "one");
    expect(stamps.isCurrent(copy())).toBe(true);
  });

  it.each<[string, () => void]>([
    ["a source that it read has changed", () => writeFileSync("source", "two")],
    ["a source that it read is gone", () => rmSync("source")],
    ["a tool has changed", () => writeFileSync("tool", "version 2")],
    ["a file that it looked for in vain is there now", () => writeFileSync("optional", "")],
    ["an output is gone", () => rmSync("dist/out")],
    ["an output has been changed", () => writeFileSync("dist/out", "another")],
    ["its stamp is gone", () => rmSync("dist/.stamps", { recursive: true })],
    ["its stamp is cut short", () => writeFileSync("dist/.stamps/folder-copy.json", '{"options"')],
  ])("is not current when %s", async (_what, change) => {
    await stamps.make(copy());
    change();
    expect(stamps.isCurrent(copy())).toBe(false);
  });

  it("is not current with other options", async () => {
    await stamps.make(copy());
    expect(stamps.isCurrent(copy({ options: { level: 0 } }))).toBe(false);
  });

  it("is not current when a file is added to an input folder", async () => {
    const files = () => readdirSync(".").filter((name) => name.endsWith(".ts"));
    await stamps.make(copy({ files }));
    expect(stamps.isCurrent(copy({ files }))).toBe(true);
    writeFileSync("new.ts", "");
    expect(stamps.isCurrent(copy({ files }))).toBe(false);
  });

  it("is current again after a change is reverted", async () => {
    await stamps.make(copy());
    writeFileSync("source", "two");
    writeFileSync("source", "one");
    expect(stamps.isCurrent(copy())).toBe(true);
  });
});

describe("making", () => {
  it("leaves no current stamp when the compiler fails, even with unchanged sources", async () => {
    await stamps.make(copy());
    writeFileSync("source", "two");
    const failing = copy({ make: () => Promise.reject(new Error("a syntax error")) });
    await expect(stamps.make(failing)).rejects.toThrow("a syntax error");
    expect(stamps.isCurrent(copy())).toBe(false);
  });

  it("leaves no current stamp when interrupted between two outputs, even if the change is reverted", async () => {
    const two = (inputs: Inputs) => {
      const text = String(inputs.read("source"));
      return new Map([
        ["dist/first", text],
        ["dist/second", text],
      ]);
    };
    const part = copy({ make: async (inputs) => two(inputs) });
    await stamps.make(part);
    writeFileSync("source", "two");
    // Writing the second file fails, as if the process ended there.
    rmSync("dist/second");
    const interrupted = copy({
      make: async (inputs) => {
        const outputs = two(inputs);
        outputs.delete("dist/second");
        return outputs.set("dist/first/second", "a file cannot have files");
      },
    });
    await expect(stamps.make(interrupted)).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect(readFileSync("dist/first", "utf8")).toBe("two");
    writeFileSync("dist/second", "one");
    writeFileSync("source", "one");
    expect(stamps.isCurrent(part)).toBe(false);
  });

  it("makes only commands executable", async () => {
    const outputs = [
      ["dist/cli.cjs", "#!/usr/bin/env node\n"],
      ["dist/index.js", "// #!\n"],
    ] as const;
    const part = copy({ make: async () => new Map(outputs) });
    for (let round = 0; round < 2; round++) {
      await stamps.make(part);
      expect(outputs.map(([file]) => statSync(file).mode & 0o100)).toEqual([0o100, 0]);
      chmodSync("dist/cli.cjs", 0o644);
    }
  });

  it("removes files that the part no longer has", async () => {
    const named = (name: string) => copy({ make: async () => new Map([[`dist/${name}`, ""]]) });
    await stamps.make(named("chunk-1"));
    await stamps.make(named("chunk-2"));
    expect(readdirSync("dist").sort()).toEqual([".stamps", "chunk-2"]);
  });

  it("removes the outputs of an interrupted run", async () => {
    const outputs = (...names: string[]) => copy({ make: async () => new Map(names.map((name) => [name, ""])) });
    await expect(stamps.make(outputs("dist/chunk-1", "dist/chunk-1/in-a-file"))).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect(existsSync("dist/chunk-1")).toBe(true);
    await stamps.make(outputs("dist/chunk-2"));
    expect(existsSync("dist/chunk-1")).toBe(false);
  });

  it("leaves no current stamp when a known file is edited while the compiler runs", async () => {
    const part = copy({
      make: async () => {
        writeFileSync("tool", "version 2");
        return new Map([["dist/out", "of either"]]);
      },
    });
    await stamps.make(part);
    expect(stamps.isCurrent(part)).toBe(false);
    writeFileSync("tool", "version 1");
    expect(stamps.isCurrent(part)).toBe(false);
  });
});
