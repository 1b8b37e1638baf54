/** `pollux` as process 1 of a PID namespace, as in a container: the first signal ends it in any state. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { NODE_24 } from "../../runtimes/catalogue.ts";
import { CLI } from "./command.ts";

const SERVER = fileURLToPath(new URL("../../dist/programs/echo-epoll.wasm", import.meta.url));
const SIGNALS = fileURLToPath(new URL("../../dist/tests/signals.wasm", import.meta.url));
const NAMESPACE = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const LISTEN = ["--listen", "127.0.0.1:0"];
const missing =
  spawnSync("unshare", [...NAMESPACE, "true"]).status === 0 ? undefined : "unshare makes no PID namespace here (root?)";

const started: ChildProcess[] = [];
afterEach(() => {
  // Its end ends the namespace.
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** Resolves, when `printed` appears, to the process in this namespace's numbers, to its later output, and to its end. */
async function start(node: string, args: string[], printed: RegExp) {
  const child = spawn("unshare", [...NAMESPACE, node, CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let said = "";
  const ended = once(child, "close").then(([status]) => ({ status, said }));
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes));
  const says = async (pattern: RegExp) => {
    while (!pattern.test(said)) {
      const more = [child.stdout, child.stderr].map((stream) => once(stream, "data"));
      await Promise.race([...more, ended.then(() => Promise.reject(new Error(`ended before: ${said}`)))]);
    }
  };
  await says(printed);
  const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").split(" ");
  return { pid: Number(first), says, ended };
}

const WAYS: readonly [string, string[]][] = [
  ["plain", ["run"]],
  ["--driver net", ["run", "--driver", "net"]],
  ["--stats", ["run", "--stats"]],
  ["--timeout", ["run", "--timeout", "600"]],
  ["--sleep worker", ["run", "--sleep", "worker"]],
];

describe("as process 1", () => {
  it.for(WAYS)("a server (%s) ends at the first SIGTERM, with 143", async ([, args], { skip }) => {
    if (missing !== undefined) skip(missing);
    const { pid, ended } = await start(process.execPath, [...args, ...LISTEN, SERVER], /listening on/);
    process.kill(pid, "SIGTERM");
    const { status, said } = await ended;
    expect(status).toBe(143);
    // The guest may not have reached its first call.
    expect(/ total\n|no host call was made\n/.test(said)).toBe(args.includes("--stats"));
  });

  it.for([
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("a server ends at the first %s, with %i", async ([signal, expected], { skip }) => {
    if (missing !== undefined) skip(missing);
    for (const options of [[], ["--stats"]]) {
      const { pid, ended } = await start(process.execPath, ["run", ...options, ...LISTEN, SERVER], /listening on/);
      process.kill(pid, signal);
      expect((await ended).status).toBe(expected);
    }
  });

  it("a suspending server ends at the first SIGTERM, with 143", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    if (NODE_24 === undefined) skip("no Node that suspends: npm run runtimes installs it");
    const args = ["run", "--sleep", "suspending", ...LISTEN, SERVER];
    const { pid, ended } = await start(NODE_24!, args, /listening on/);
    process.kill(pid, "SIGTERM");
    expect((await ended).status).toBe(143);
  });

  it.for(["posix", "net"])(
    "a program on the %s driver catches the first signal; the second ends it",
    async (driver, { skip }) => {
      if (missing !== undefined) skip(missing);
      const { pid, says, ended } = await start(process.execPath, ["run", "--driver", driver, SIGNALS], /ready/);
      process.kill(pid, "SIGTERM");
      await says(/heard SIGTERM/);
      process.kill(pid, "SIGTERM");
      expect((await ended).status).toBe(143);
    },
  );

  it("pollux echo and pollux models end at the first SIGTERM, with 143", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    for (const [args, printed] of [
      [["echo", ...LISTEN], /listening on/],
      [["models"], /messages of/],
    ] as const) {
      const { pid, ended } = await start(process.execPath, [...args], printed);
      process.kill(pid, "SIGTERM");
      expect((await ended).status).toBe(143);
    }
  });

  it("a program that exits keeps its status", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const { ended } = await start(process.execPath, ["run", SERVER, "no", "such", "arguments"], /./);
    expect((await ended).status).toBe(
      spawnSync(process.execPath, [CLI, "run", SERVER, "no", "such", "arguments"]).status,
    );
  });
});
