/**
 * The tarball under Deno and Bun: the library, the host and the command, each as an echo server over real sockets; and standard
 * input that is a pipe.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { pinned } from "../../runtimes/pins.ts";
import { program as compiled } from "../hosts/guest-program.ts";
import { announced, exchange } from "./serving.ts";

const consumer = inject("consumer");
const COMMAND = "node_modules/pollux/dist/cli.cjs";
const PROGRAM = "node_modules/pollux/dist/programs/echo-selectors.wasm";
const CLIENTS = 20;

const RUNTIMES = [
  { name: "Deno", found: pinned("deno"), options: ["run", "--allow-all"] },
  { name: "Bun", found: pinned("bun"), options: [] },
];

/** Copies standard input to standard output, each time when poll_oneoff says that there is some; "q" ends it with 7. */
const POLLING = `
@external("wasi_snapshot_preview1", "poll_oneoff") declare function poll_oneoff(subscriptions: usize, events: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "fd_read") declare function fd_read(fd: i32, iovs: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "fd_write") declare function fd_write(fd: i32, iovs: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;
const SUBSCRIPTION = memory.data(48, 8);
const EVENT = memory.data(32, 8);
const CELLS = memory.data(16, 8);
const TEXT = memory.data(4096);
export function _start(): void {
  for (;;) {
    store<u8>(SUBSCRIPTION + 8, 1);
    store<u32>(SUBSCRIPTION + 16, 0);
    if (poll_oneoff(SUBSCRIPTION, EVENT, 1, CELLS) != 0 || load<u32>(CELLS) != 1) proc_exit(1);
    store<usize>(CELLS, TEXT);
    store<usize>(CELLS + 4, 4096);
    if (fd_read(0, CELLS, 1, CELLS + 8) != 0) proc_exit(2);
    const got = load<u32>(CELLS + 8);
    if (got == 0) return;
    if (load<u8>(TEXT) == 113) proc_exit(7);
    store<usize>(CELLS + 4, got);
    fd_write(1, CELLS, 1, CELLS + 8);
  }
}`;
let polling: string;
beforeAll(async () => {
  polling = await compiled("polling.wasm", POLLING);
}, 60_000);

const servers: ChildProcess[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.kill("SIGKILL");
});

/** As many clients at once, each with a size of its own; each ends its side behind what it sends. */
const visit = (port: number) =>
  Promise.all(Array.from({ length: CLIENTS }, (_, client) => exchange(port, 1 + 10_007 * client)));

describe("in Deno without --allow-ffi", () => {
  const { program, missing } = pinned("deno");
  const LINE =
    "pollux: without deno run --allow-ffi, sockets are node:net's (the net driver); --driver net hides this line\n";

  it.for([
    ["as a default", ["--allow-read", "--allow-env", "--allow-net"], [], LINE],
    ["if it is denied", ["--allow-all", "--deny-ffi"], [], LINE],
    ["if the net driver is chosen", ["--allow-all", "--deny-ffi"], ["--driver", "net"], ""],
  ] as const)(
    "pollux run serves over the net driver, and says so (%s)",
    async ([, permissions, run, said], { skip }) => {
      if (missing !== undefined) skip(missing);
      const args = ["run", ...permissions, COMMAND, "run", ...run, "--listen", "127.0.0.1:0", PROGRAM];
      const server = spawn(program, args, { cwd: consumer, stdio: ["ignore", "pipe", "pipe"] });
      servers.push(server);
      let error = "";
      server.stderr.on("data", (bytes) => (error += bytes));
      await visit(await announced(server));
      expect(error).toMatch(new RegExp(`^${said.replace(/[()]/g, "\\$&")}listening on `));
    },
  );

  it("the posix driver names the option that it needs", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const args = ["run", "--allow-all", "--deny-ffi", COMMAND, "run", "--driver", "posix", "--listen", "127.0.0.1:0"];
    const refused = spawn(program, [...args, PROGRAM], { cwd: consumer, stdio: ["ignore", "ignore", "pipe"] });
    servers.push(refused);
    expect(await text(refused.stderr)).toBe(
      "pollux: the posix driver calls the C library, which needs deno run --allow-ffi; or use the net driver\n",
    );
  });
});

describe.each(RUNTIMES)("in $name", ({ found: { program, missing }, options }) => {
  function start(...args: string[]): ChildProcess {
    const server = spawn(program, [...options, ...args], { cwd: consumer, stdio: ["ignore", "pipe", "pipe"] });
    servers.push(server);
    return server;
  }

  it("pollux and pollux/host echo every byte over real sockets", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    copyFileSync("tests/packages/servers.mjs", path.join(consumer, "servers.mjs"));
    const server = start("servers.mjs");
    const ports = await Promise.all(
      [/the library, over the posix driver, .*:(\d+)/, /the host .*:(\d+)/].map((said) => announced(server, said)),
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

  describe.each(["net", "posix"])("a pipe as standard input, over the %s driver", (driver) => {
    function cat(sleep: string) {
      const args = [...options, COMMAND, "run", "--driver", driver, "--sleep", sleep, polling];
      const child = spawn(program, args, { cwd: consumer, stdio: ["pipe", "pipe", "inherit"] });
      servers.push(child);
      return child;
    }

    it.for(["blocking", "worker", "suspending"])(
      "is ready when data arrives, and at its end (%s)",
      async (sleep, { skip }) => {
        if (missing !== undefined) skip(missing);
        const child = cat(sleep);
        const ended = once(child, "close");
        for (const word of ["one", "two"]) {
          child.stdin.write(word);
          const [bytes] = await once(child.stdout, "data");
          expect(String(bytes)).toBe(word);
        }
        child.stdin.end();
        expect(await ended).toEqual([0, null]);
      },
    );

    it.for(["blocking", "worker", "suspending"])(
      "does not keep a process alive that has read enough (%s)",
      async (sleep, { skip }) => {
        if (missing !== undefined) skip(missing);
        const child = cat(sleep);
        const ended = once(child, "exit");
        child.stdin.write("q");
        expect(await ended).toEqual([7, null]);
      },
    );
  });
});
