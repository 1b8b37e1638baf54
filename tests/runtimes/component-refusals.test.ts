/** What a component says on a runtime that does not give it what it needs: one line, with the flag that would, and the end. */
import { describe, expect, it } from "vitest";
import { PROGRAMS } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";
import { ending, found, takenPort, without } from "./ending.ts";

const COMPONENTS = [
  "wasmtime 36, component",
  "wasmtime 49, component",
  "wasmtime 46, 0.3 component",
  "wasmtime 49, 0.3 component",
];

describe.each(COMPONENTS)("on %s", (name) => {
  const runtime = found(name);
  const [{ module, args }] = PROGRAMS;
  // WASI 0.2 has only success and failure.
  const usageError = runtime.source === "waitables" ? 2 : 1;

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
  ])("a component without $lacks reports it", async ({ flags, says }, { skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    const { status, said } = await ending(without(runtime.command(module, args, 0), flags));
    expect([said, status]).toEqual([says, usageError]);
  });

  it("a component reports a port in use", async ({ skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    await using taken = await takenPort();
    const { status, said } = await ending(runtime.command(module, args, taken.port));
    expect([said, status]).toEqual([
      `--listen 127.0.0.1:${taken.port}: somebody listens there already; give another port, or 0 for any\n`,
      usageError,
    ]);
  });

  it.for([
    ["127.0.0.1", "expected HOST:PORT, for example 127.0.0.1:9999 or [::1]:9999"],
    ["127.0.0.1:65536", "expected HOST:PORT, for example 127.0.0.1:9999 or [::1]:9999"],
    ["localhost:80", "expected HOST:PORT, for example 127.0.0.1:9999 or [::1]:9999"],
    ["::1:80", "expected HOST:PORT, for example 127.0.0.1:9999 or [::1]:9999"],
    ["192.0.2.1:0", "this machine has no such address; give one of its own"],
    ["[2001:db8::1]:0", "this machine has no such address; give one of its own"],
  ])("a component reports a wrong --listen %s", async ([address, why], { skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    const command = runtime.command(module, args, 0).map((word) => (word === "127.0.0.1:0" ? address : word));
    const { status, said } = await ending(command);
    expect([said, status]).toEqual([`--listen ${address}: ${why}\n`, usageError]);
  });

  it("a component names an unknown argument", async ({ skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    const { status, said } = await ending([...runtime.command(module, args, 0), "--frob"]);
    expect([said, status]).toEqual(["unknown argument '--frob': expected --quiet\n", usageError]);
  });
});

/** No program runs there, and so none can say it: the host does. */
describe("a host without WASI 0.3 says what it lacks, and ends", () => {
  it.for([
    ["wasmtime-36", [], "`stream` requires the component model async feature"],
    [
      "wasmtime-46",
      ["-S", "p3=n"],
      "component imports instance `wasi:cli/environment@0.3.0`, but a matching implementation",
    ],
  ] as const)("%s %o", async ([name, flags, says], { skip }) => {
    const { program, missing } = pinned(name);
    if (missing !== undefined) skip(missing);
    const { status, said } = await ending([program, "run", ...flags, "dist/programs/echo-epoll.p3.component.wasm"]);
    expect(said).toContain(says);
    expect(status).toBe(1);
  });
});

it("a component on jco reports a port in use", async () => {
  await using taken = await takenPort();
  const { status, said } = await ending(found("jco on Node 20").command("echo-epoll", [], taken.port));
  expect(said).toContain(
    `--listen 127.0.0.1:${taken.port}: somebody listens there already; give another port, or 0 for any\n`,
  );
  expect(status).toBe(1);
});

it.for(["20", "22"])(
  "Node %s, which cannot suspend programs, says so, and names a Node that can",
  async (major, { skip }) => {
    const { program, missing } = major === "20" ? { program: process.execPath, missing: undefined } : pinned("node-22");
    if (missing !== undefined) skip(missing);
    const { status, said } = await ending([
      ...[program, "dist/cli.cjs", "run", "--sleep", "suspending", "--bind", "127.0.0.1:0"],
      ...["dist/programs/echo-epoll.component.wasm", "--listen", "127.0.0.1:0"],
    ]);
    expect(said).toMatch(
      new RegExp(
        `^pollux: sleep: 'suspending' needs JavaScript Promise Integration, which Node ${major}\\.\\S+ lacks: use Node 24.20 or later\n$`,
      ),
    );
    expect(status).toBe(2);
  },
);
