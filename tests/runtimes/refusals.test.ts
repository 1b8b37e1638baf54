/** What a program says on a runtime that does not give it what it needs: one line, with the flag that would, and the end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { PROGRAMS, pinned, RUNTIMES } from "../../runtimes/catalogue.ts";
import type { Runtime } from "../../runtimes/runtime.ts";

/** Runs to its end. One that hangs is found by the test's timeout. */
async function ending([command, ...args]: string[]): Promise<{ status: number; said: string }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000, killSignal: "SIGKILL" });
  const closed = once(child, "close");
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await closed;
  return { status, said: out + error };
}

const found = (name: string): Runtime => RUNTIMES.find((runtime) => runtime.name === name)!;
const without = (command: string[], flags: readonly (string | RegExp)[]) =>
  command.filter((word) => !flags.some((flag) => (typeof flag === "string" ? word === flag : flag.test(word))));

const NO_LISTENER =
  "no listener inherited: give pollux run --listen HOST:PORT, wazero -listen=HOST:PORT, wasmtime up to 46 " +
  "-S preview2=n -S tcplisten=HOST:PORT; later ones have none for modules: run the component\n";

describe.each(PROGRAMS)("$name, as a module without a listener", ({ module, args }) => {
  it.for(["Node 20", "wasmtime 36, module", "wasmtime 46, module", "wazero"])("on %s", async (name, { skip }) => {
    const runtime = found(name);
    if (runtime.missing !== undefined) skip(runtime.missing);
    const flags = ["--listen", "127.0.0.1:0", "-S", "preview2=n", /^tcplisten=/, /^-listen=/];
    const { status, said } = await ending(without(runtime.command(module, args, 0), flags));
    expect([said, status]).toEqual([NO_LISTENER, 2]);
  });

  it("on wasmtime 49, which has no listeners for modules", async ({ skip }) => {
    const { program, missing } = pinned("wasmtime-49");
    if (missing !== undefined) skip(missing);
    const { status, said } = await ending([program, "run", `dist/programs/${module}.wasm`, ...args]);
    expect([said, status]).toEqual([NO_LISTENER, 2]);
  });
});

it("wasmtime 49 itself refuses the flags that gave a module its listener", async ({ skip }) => {
  const { program, missing } = pinned("wasmtime-49");
  if (missing !== undefined) skip(missing);
  const flags = ["-S", "preview2=n", "-S", "tcplisten=127.0.0.1:0"];
  const { status, said } = await ending([program, "run", ...flags, "dist/programs/echo-epoll.wasm"]);
  expect(said).toMatch(/^Error: the `-Spreview2=n` flag is no longer supported\n/);
  expect(status).toBe(1);
});

const COMPONENTS = ["wasmtime 36, component", "wasmtime 49, component"];

describe.each(COMPONENTS)("on %s", (name) => {
  const runtime = found(name);
  const [{ module, args }] = PROGRAMS;

  it.for([
    {
      lacks: "-S inherit-network",
      flags: ["-S", "inherit-network"],
      says: "--listen 127.0.0.1:0: this host grants no network; wasmtime does with -S inherit-network\n",
    },
    {
      lacks: "--listen",
      flags: ["--listen", "127.0.0.1:0"],
      says: "nowhere to listen: give --listen HOST:PORT behind the component's name\n",
    },
  ])("a component without $lacks says so", async ({ flags, says }, { skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    const { status, said } = await ending(without(runtime.command(module, args, 0), flags));
    // WASI 0.2 has success and failure, and no other status.
    expect([said, status]).toEqual([says, 1]);
  });

  it("a component says that the port is taken", async ({ skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const { status, said } = await ending(runtime.command(module, args, port));
    holder.close();
    expect([said, status]).toEqual([
      `--listen 127.0.0.1:${port}: somebody listens there already; give another port, or 0 for any\n`,
      1,
    ]);
  });

  it.for([
    ["127.0.0.1", "expected an IPv4 HOST:PORT, for example 127.0.0.1:9999"],
    ["127.0.0.1:65536", "expected an IPv4 HOST:PORT, for example 127.0.0.1:9999"],
    ["localhost:80", "expected an IPv4 HOST:PORT, for example 127.0.0.1:9999"],
    ["192.0.2.1:0", "this machine has no such address; give one of its own"],
  ])("a component says what is wrong with --listen %s", async ([address, why], { skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    const command = runtime.command(module, args, 0).map((word) => (word === "127.0.0.1:0" ? address : word));
    const { status, said } = await ending(command);
    expect([said, status]).toEqual([`--listen ${address}: ${why}\n`, 1]);
  });

  it("a component says which argument it does not know", async ({ skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    const { status, said } = await ending([...runtime.command(module, args, 0), "--frob"]);
    expect([said, status]).toEqual(["unknown argument '--frob': expected --quiet\n", 1]);
  });
});

it("a component on jco says that the port is taken", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as { port: number };
  const { status, said } = await ending(found("jco on Node 20").command("echo-epoll", [], port));
  holder.close();
  expect(said).toContain(
    `--listen 127.0.0.1:${port}: somebody listens there already; give another port, or 0 for any\n`,
  );
  expect(status).toBe(1);
});
