/** The examples of the API reference compile in a project that has installed the package. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";

const scripts = new URL("../../scripts/", import.meta.url);
const { EXAMPLES }: { EXAMPLES: Record<string, Record<string, string>> } = await import(`${scripts}api-examples.mjs`);
const run = promisify(execFile);
const consumer = inject("consumer");
const ASC = path.resolve("node_modules/assemblyscript/bin/asc.js");
const TSC = path.resolve("node_modules/typescript-7/bin/tsc");

/** Names that an example uses and a module exports. */
const NAMES = /\b(?:[A-Z][A-Za-z_]*|[a-z][A-Za-z_]+)\b/g;
const namesIn = (codes: string[], exported: string) =>
  [...new Set(codes.flatMap((code) => code.match(NAMES) ?? []))].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(exported),
  );

it("compiles the examples in AssemblyScript", async () => {
  const examples = Object.entries(EXAMPLES["pollux/assembly"]);
  const top = examples.filter(([, code]) => /^(class|export) /.test(code)).map(([, code]) => code);
  const bodies = examples.filter(([, code]) => !/^(class|export) /.test(code));
  const exported = [
    ...Object.keys(EXAMPLES["pollux/assembly"]),
    "DefaultSelector EAGAIN EVENT_READ EXACT_EDGES EPOLLIN EPOLLET EPOLL_CTL_ADD EPOLL_EVENT_FD EPOLL_EVENT_SIZE",
    "POLLFD_SIZE POLLFD_FD POLLFD_EVENTS OP_RECV OPERATION_SIZE OPERATION_RESULT COMPLETION_RESULT",
  ].join(" ");
  const imports = namesIn([...top, ...bodies.map(([, code]) => code)], exported).filter(
    (name) => name !== "pollux_ring",
  );
  const functions = bodies.map(
    ([name, code]) =>
      `export function example_${name}(listener: i32, fd: i32, epoll: i32, events: usize, buffer: usize): void {\n${code}\n}`,
  );
  const source = [`import { ${imports.join(", ")} } from "pollux/assembly";`, ...top, ...functions].join("\n");
  writeFileSync(path.join(consumer, "reference.ts"), source);
  await run(process.execPath, [ASC, "reference.ts", "-o", "reference.wasm", "--runtime", "incremental"], {
    cwd: consumer,
  });
  expect(bodies.length).toBeGreaterThan(30);
});

it("compiles the examples in TypeScript", async () => {
  const modules = ["pollux", "pollux/loop", "pollux/host", "pollux/host/web"] as const;
  const blocks = modules.flatMap((module) => Object.values(EXAMPLES[module]).map((code) => `{\n${code}\n}`));
  const source = [
    'import { Core, EVENT_READ, EpollSelector, PollSelector, SelectSelector, select, selectSync, setFdSetSize, Socket } from "pollux";',
    'import { defaultLoop, Loop, wake } from "pollux/loop";',
    'import { CallStatistics, describeMissingListener, describeRefusal, formatAddress, limitMemory, parseAddress, run, WasiHost } from "pollux/host";',
    'import { SimulatedDriver, WebDriver } from "pollux/host/web";',
    "declare const loop: Loop, token: SharedArrayBuffer;",
    "declare const core: Core, socket: Socket, listener: Socket, module: WebAssembly.Module, bytes: Uint8Array<ArrayBuffer>;",
    ...blocks,
    "export {};",
  ].join("\n");
  const file = path.join(consumer, "reference.mts");
  writeFileSync(file, source);
  const options = ["--noEmit", "--strict", "--target", "esnext", "--module", "nodenext", "--skipLibCheck"];
  await run(process.execPath, [TSC, ...options, file], { cwd: consumer });
  expect(blocks.length).toBeGreaterThan(10);
});
