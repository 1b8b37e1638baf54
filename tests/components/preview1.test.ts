/**
 * Modules for preview1 as components: C, Go and Rust, wrapped by the Bytecode Alliance's adapter, which turns
 * preview1's calls into 0.2's. It has no listeners and opens no sockets, only files, streams, clocks, random bytes and
 * waits.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { componentNew, preview1AdapterCommandPath } from "@bytecodealliance/jco";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { WalkedTree } from "../guests/walked-tree.ts";
import { built, component, POLLUX, type Start, WASMTIME } from "./host.ts";

const wrapped = mkdtempSync(path.join(tmpdir(), "pollux-wrapped-"));
afterAll(() => rmSync(wrapped, { recursive: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pollux-component-"));
  mkdirSync(path.join(folder, "data"));
  writeFileSync(path.join(folder, "secret"), "not for guests");
});
afterEach(() => rmSync(folder, { recursive: true }));

const data = () => path.join(folder, "data");
const content = (name: string) => readFileSync(path.join(data(), name), "utf8");

/** Wraps a module and declares its tests; a skip if it is not built. */
async function adapted(name: string, module: string, tests: (start: Start) => void): Promise<void> {
  const file = path.join(wrapped, `${name.replace("/", "-")}.wasm`);
  if (existsSync(module)) {
    const adapter = readFileSync(preview1AdapterCommandPath());
    writeFileSync(file, await componentNew(readFileSync(module), [["wasi_snapshot_preview1", adapter]]));
  }
  component(name, [...POLLUX, WASMTIME], tests, { file });
}

await adapted("c/upper", built("c/upper"), (start) => {
  it("waits for its input, answers at once, and writes a copy", async () => {
    const program = start(["you", "/data/copy"], {
      directories: { "/data": data() },
      environment: { GREETING: "hello" },
    });
    await program.printed(/^hello, you$/m);
    program.child.stdin.write("one\n");
    await program.printed(/^ONE$/m);
    await setTimeout(200); // ten of its turns
    program.child.stdin.end("two\n");
    expect(await program.ended).toEqual({ out: "hello, you\nONE\nTWO\nwaited\n", error: "", status: 0 });
    expect(content("copy")).toBe("ONE\nTWO\n");
  });

  it("reports a missing directory, and ends with status 1", async () => {
    const program = start(["you", "/data/copy"], {});
    program.child.stdin.end();
    expect(await program.ended).toMatchObject({ error: "/data/copy: No such file or directory\n", status: 1 });
  });
});

await adapted("go/digest", built("go/digest"), (start) => {
  it("has timers beside its input, files that it lists and reads, and random bytes", async () => {
    const lines = Array.from({ length: 100 }, (_, number) => `line ${number}`);
    const program = start(["/data"], { directories: { "/data": data() }, environment: { NAME: "you" } });
    program.child.stdin.end(lines.join("\n"));
    const { out, error, status } = await program.ended;
    expect({ error, status }).toEqual({ error: "", status: 0 });
    const digest = createHash("sha256").update(lines.join("")).digest("hex");
    expect(out).toBe(`hello, you\n100 files, ${digest}\n`);
    expect(readdirSync(data())).toHaveLength(100);
  });
});

const rust = (name: string) => fileURLToPath(new URL(`../guests/built/rust/${name}.wasm`, import.meta.url));

await adapted("rust/walk", rust("walk"), (start) => {
  it("makes, walks, moves and removes a tree, and finds no way out", async () => {
    using tree = new WalkedTree();
    const { out, error, status } = await start([], { directories: { "/data": tree.root } }).ended;
    expect({ error, status }).toEqual({ error: "", status: 0 });
    tree.expectWalked(out, "Operation not permitted (os error 63)");
  });
});

await adapted("rust/echo", rust("echo"), (start) => {
  it("has no listener, because the adapter has none", async () => {
    const { out, error, status } = await start([], { network: true }).ended;
    expect({ out, status: status === 0 }).toEqual({ out: "", status: false });
    expect(error).not.toBe("");
  });
});
