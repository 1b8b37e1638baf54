/** The tarball under Deno and Bun: the library, the host and the command, each as an echo server over real sockets. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, inject, it } from "vitest";
import { pinned } from "../../runtimes/pins.ts";
import { announced, exchange } from "./serving.ts";

const consumer = inject("consumer");
const COMMAND = "node_modules/pollux/dist/cli.js";
const PROGRAM = "node_modules/pollux/dist/programs/echo-selectors.wasm";
const CLIENTS = 20;

const RUNTIMES = [
  { name: "Deno", found: pinned("deno"), options: ["run", "--allow-all"] },
  { name: "Bun", found: pinned("bun"), options: [] },
];

const servers: ChildProcess[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.kill("SIGKILL");
});

/** As many clients at once, each with a size of its own; each ends its side behind what it sends. */
const visit = (port: number) =>
  Promise.all(Array.from({ length: CLIENTS }, (_, client) => exchange(port, 1 + 10_007 * client)));

describe.each(RUNTIMES)("in $name", ({ found: { program, missing }, options }) => {
  function start(...args: string[]): ChildProcess {
    const server = spawn(program, [...options, ...args], { cwd: consumer, stdio: ["ignore", "pipe", "pipe"] });
    servers.push(server);
    return server;
  }

  it("pollux and pollux/host serve real sockets, and every byte comes back", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    copyFileSync("tests/packages/servers.mjs", path.join(consumer, "servers.mjs"));
    const server = start("servers.mjs");
    const ports = await Promise.all(
      [/the library, over the net driver, .*:(\d+)/, /the host .*:(\d+)/].map((said) => announced(server, said)),
    );
    expect(new Set(ports).size).toBe(2);
    await Promise.all(ports.map(visit));
    expect(server.exitCode).toBe(null);
  });

  it.for([
    ["echo", "--listen", "127.0.0.1:0", "--quiet"],
    ["run", "--listen", "127.0.0.1:0", PROGRAM, "--quiet"],
  ])("pollux %s serves", async (args, { skip }) => {
    if (missing !== undefined) skip(missing);
    const server = start(COMMAND, ...args);
    await visit(await announced(server));
    expect(server.exitCode).toBe(null);
  });
});
