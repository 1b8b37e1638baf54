/** A loop in AssemblyScript is woken through standard input, on each target: by another process, and by an embedder. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { LIKE_NODE, NODE_24 } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";
import { run } from "../../wasi-host/index.ts";
import { cpuTicks } from "../programs/proc.ts";

const MODULE = "dist/tests/woken.wasm";
const CLI = [process.execPath, "dist/cli.cjs", "run"];
const { program: wasmtime, missing } = pinned("wasmtime-49");
/** Not wasmtime's modules: their standard input blocks, whatever flags a program sets. */
const HOSTS = [
  { name: "pollux, a module", command: [...CLI, MODULE] },
  { name: "pollux, a module on the net driver", command: [...CLI, "--driver", "net", MODULE] },
  {
    name: "pollux, a module that is suspended",
    command: [NODE_24 ?? "", "dist/cli.cjs", "run", "--sleep", "suspending", MODULE],
    missing: NODE_24 === undefined ? "no Node with JSPI: npm run runtimes" : undefined,
  },
  { name: "pollux, a component of WASI 0.2", command: [...CLI, "dist/tests/woken.component.wasm"] },
  ...LIKE_NODE.map(({ name, command, missing }) => ({
    name: `pollux on ${name}, a module`,
    command: [...command, "dist/cli.cjs", "run", MODULE],
    missing,
  })),
  { name: "wasmtime 49, WASI 0.2", command: [wasmtime, "run", "dist/tests/woken.component.wasm"], missing },
  { name: "wasmtime 49, WASI 0.3", command: [wasmtime, "run", "dist/tests/woken.p3.component.wasm"], missing },
].map((host) => ({ missing: undefined, ...host }));

function started([program, ...words]: string[]) {
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string | undefined;
  return { child, next, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

describe.each(HOSTS)("on $name, a loop", ({ command, missing }) => {
  it("is woken by each write to its standard input, and sleeps in between", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    using program = started(command);
    const ended = once(program.child, "exit");
    expect(await program.next()).toBe("sleeping");
    for (let count = 0; count < 3; count++) {
      program.child.stdin.write("x");
      expect(await program.next()).toBe("woken");
    }
    expect(await program.next()).toBe("closed");
    expect((await ended)[0]).toBe(0);
  });

  it("ends when its standard input ends", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    using program = started(command);
    const ended = once(program.child, "exit");
    expect(await program.next()).toBe("sleeping");
    program.child.stdin.end();
    expect(await program.next()).toBe("closed");
    expect((await ended)[0]).toBe(0);
  });
});

describe.each(["posix", "net"])("an embedder over the %s driver", (driver) => {
  it("wakes a loop in another thread, whenever it likes", async () => {
    let said = "";
    let wake = () => {};
    async function* wakes() {
      for (;;) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        yield Uint8Array.of(0);
      }
    }
    const status = run(readFileSync(MODULE), {
      driver,
      sleep: "worker",
      stdin: wakes(),
      stdout(bytes) {
        said += new TextDecoder().decode(bytes);
        if (!said.endsWith("closed\n")) setImmediate(() => wake());
      },
    });
    expect(await status).toBe(0);
    expect(said).toBe("sleeping\nwoken\nwoken\nwoken\nclosed\n");
  });
});

it("a loop with a waker uses no CPU time while nobody writes", async () => {
  using program = started([...CLI, MODULE]);
  expect(await program.next()).toBe("sleeping");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = cpuTicks(program.child.pid!);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(cpuTicks(program.child.pid!) - before).toBeLessThanOrEqual(10);
});
