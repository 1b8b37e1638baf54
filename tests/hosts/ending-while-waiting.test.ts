/** A wait does not keep a process or a worker from ending, however it ends, on every runtime. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pinned } from "../../runtimes/pins.ts";

const SCRIPT = fileURLToPath(new URL("waiting.mjs", import.meta.url));
/** A process that runs longer than this hangs. */
const HANGS_MS = 15_000;

const THIS = { name: "this Node", command: [process.execPath], missing: undefined };
const other = (name: string, ...args: string[]) => {
  const { program, missing } = pinned(name);
  return { name, command: [program, ...args], missing };
};
const OTHERS = [other("node-22"), other("node-24"), other("node-26"), other("deno", "run", "-A"), other("bun")];

const WAITS = ["epoll", "poll", "select", "selector"];
const ENDS: readonly [string, number, string][] = [
  ["exit", 3, "waits\n"],
  ["SIGTERM's handler", 4, "waits\n"],
  ["an uncaught error", 1, "waits\n"],
  ["a rejected promise", 1, "waits\n"],
];

function run({ command }: { command: readonly string[] }, ...args: string[]): Promise<[number | null, string]> {
  const [program, ...own] = command;
  const options = { encoding: "utf8", timeout: HANGS_MS, killSignal: "SIGKILL" } as const;
  return new Promise((resolve) => {
    const child = execFile(program, [...own, SCRIPT, ...args], options, (_, stdout) =>
      resolve([child.exitCode, stdout]),
    );
  });
}

describe.each(["posix", "net"])("on the %s driver", (driver) => {
  describe.each(WAITS)("a process that awaits %s", (wait) => {
    it.concurrent.each(ENDS)("ends by %s", async (end, status, said) => {
      expect(await run(THIS, driver, wait, end)).toEqual([status, said]);
    });

    it.concurrent("ends when the core is disposed", async () => {
      expect(await run(THIS, driver, wait, "dispose")).toEqual([0, expect.stringMatching(/^waits\n\w*Error\n$/)]);
    });
  });

  describe.each(["host.start", "worker: epoll"])("a worker that waits in %s", (wait) => {
    it.concurrent.each(ENDS)("does not prevent its process from ending by %s", async (end, status, said) => {
      expect(await run(THIS, driver, wait, end)).toEqual([status, said]);
    });

    it.concurrent("can be terminated", async () => {
      expect(await run(THIS, driver, wait, "terminate")).toEqual([0, "waits\nterminated\n"]);
    });
  });

  describe.each(OTHERS)("under $name", (runtime) => {
    it.concurrent.for([
      ["epoll", "exit", 3, "waits\n"],
      ["host.start", "exit", 3, "waits\n"],
      ["host.start", "terminate", 0, "waits\nterminated\n"],
      ["worker: epoll", "terminate", 0, "waits\nterminated\n"],
    ] as const)("%s ends by %s", async ([wait, end, status, said], { skip }) => {
      skip(runtime.missing !== undefined, runtime.missing);
      expect(await run(runtime, driver, wait, end)).toEqual([status, said]);
    });
  });
});
