/** What a component says on a runtime that does not give it what it needs: one line, with the flag that would, and the end. */
import { describe, expect, it } from "vitest";
import { PROGRAMS } from "../../runtimes/catalogue.ts";
import { ending, found, takenPort, without } from "./ending.ts";

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
    await using taken = await takenPort();
    const { status, said } = await ending(runtime.command(module, args, taken.port));
    expect([said, status]).toEqual([
      `--listen 127.0.0.1:${taken.port}: somebody listens there already; give another port, or 0 for any\n`,
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
  await using taken = await takenPort();
  const { status, said } = await ending(found("jco on Node 20").command("echo-epoll", [], taken.port));
  expect(said).toContain(
    `--listen 127.0.0.1:${taken.port}: somebody listens there already; give another port, or 0 for any\n`,
  );
  expect(status).toBe(1);
});
