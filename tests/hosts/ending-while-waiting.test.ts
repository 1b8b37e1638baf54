/** A wait does not keep a process or a worker from ending, however it ends, on every runtime. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pinned } from "../../runtimes/pins.ts";

const SCRIPT = fileURLToPath(new URL("waiting.mjs", import.meta.url));
/** A process that is still there after so long hangs. */
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

function run({ command }: { command: readonly string[] }, ...args: string[]) {
  const [program, ...own] = command;
  const { status, stdout, error } = spawnSync(program, [...own, SCRIPT, ...args], {
    encoding: "utf8",
    timeout: HANGS_MS,
    killSignal: "SIGKILL",
  });
  return error === undefined ? [status, stdout] : error.message;
}

describe.each(["posix", "net"])("on the %s driver", (driver) => {
  describe.each(WAITS)("a process that awaits %s", (wait) => {
    it.each(ENDS)("ends by %s", (end, status, said) => {
      expect(run(THIS, driver, wait, end)).toEqual([status, said]);
    });

    it("ends when the core is disposed", () => {
      expect(run(THIS, driver, wait, "dispose")).toEqual([0, expect.stringMatching(/^waits\n\w*Error\n$/)]);
    });
  });

  describe.each(["host.start", "worker: epoll"])("a worker that waits in %s", (wait) => {
    it.each(ENDS)("does not prevent its process from ending by %s", (end, status, said) => {
      expect(run(THIS, driver, wait, end)).toEqual([status, said]);
    });

    it("can be terminated", () => {
      expect(run(THIS, driver, wait, "terminate")).toEqual([0, "waits\nterminated\n"]);
    });
  });

  describe.each(OTHERS)("under $name", (runtime) => {
    it.for([
      ["epoll", "exit", 3, "waits\n"],
      ["host.start", "exit", 3, "waits\n"],
      ["host.start", "terminate", 0, "waits\nterminated\n"],
      ["worker: epoll", "terminate", 0, "waits\nterminated\n"],
    ] as const)("%s ends by %s", ([wait, end, status, said], { skip }) => {
      skip(runtime.missing !== undefined, runtime.missing);
      expect(run(runtime, driver, wait, end)).toEqual([status, said]);
    });
  });
});
