/** A guest has 8 MB of stack on any thread, and a trap beyond. */
import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { NODE_24 } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";
import { TESTS_ON_NODE } from "../script-runtime.ts";
import { CLI } from "./command.ts";
import { DEEP, deepGuest, TOO_DEEP } from "./deep-guest.ts";

let guest: string;
beforeAll(async () => {
  guest = await deepGuest();
}, 60_000);

interface Runtime {
  readonly name: string;
  readonly program: string;
  readonly missing?: string;
  readonly options?: readonly string[];
}

const INSTALLED: readonly Runtime[] = ["22", "24", "26"].map((version) => ({
  name: `Node ${version}`,
  ...pinned(`node-${version}`),
}));
const THIS = { name: `Node ${process.versions.node.split(".")[0]}`, program: process.execPath };
const NODES: readonly Runtime[] = TESTS_ON_NODE ? [THIS, ...INSTALLED] : INSTALLED;
const [HERE] = NODES;
const DENO: Runtime = { name: "Deno", ...pinned("deno"), options: ["run", "--allow-all"] };
const BUN: Runtime = { name: "Bun", ...pinned("bun") };

/** `pollux run` to its end, under a shell's limits from `ulimit`. */
function run({ program, options = [] }: Runtime, args: readonly string[], ulimit = "") {
  const command = [program, ...options, CLI, "run", "--quiet", ...args];
  const { stdout, stderr, status, signal } = spawnSync("/bin/sh", ["-c", `${ulimit} exec "$@"`, "sh", ...command], {
    encoding: "utf8",
  });
  return { stdout, line: stderr.split("\n")[0], status, signal };
}

const OVERFLOW = "pollux: trap: Maximum call stack size exceeded; ";
const overflow = (size: string) => `${OVERFLOW}the guest has ${size} of stack; --max-stack changes it`;
const returned = { line: "", status: 0, signal: null };
const trapped = (size: string) => ({ line: overflow(size), status: 134, signal: null });

const THREADS = [
  ["the main thread", []],
  ["the main thread beside the net driver's", ["--driver", "net"]],
  ["a worker", ["--sleep", "worker"]],
  ["a thread that is timed", ["--timeout", "60"]],
] as const;

describe.each(NODES)("a guest on $name", (node) => {
  it.for(THREADS)("has 8 MB of stack and traps beyond, on %s", ([, options], { skip }) => {
    if (node.missing !== undefined) skip(node.missing);
    expect(run(node, [...options, guest, `b${DEEP}`])).toMatchObject(returned);
    expect(run(node, [...options, guest, `p${TOO_DEEP}`])).toMatchObject(trapped("8M"));
  });

  it("has less or more stack with --max-stack", ({ skip }) => {
    if (node.missing !== undefined) skip(node.missing);
    expect(run(node, ["--max-stack", "64K", guest, "p100"])).toMatchObject(returned);
    expect(run(node, ["--max-stack", "512k", guest, `p${DEEP}`])).toMatchObject(trapped("512K"));
    expect(run(node, ["--max-stack", "67108864", guest, `p${TOO_DEEP}`])).toMatchObject(returned);
    expect(run(node, ["--max-stack", "64M", "--sleep", "worker", guest, `p${TOO_DEEP}`])).toMatchObject(returned);
  });

  it("traps if a host call exhausts the stack", ({ skip }) => {
    if (node.missing !== undefined) skip(node.missing);
    expect(run(node, [guest, `c${TOO_DEEP}`])).toMatchObject(trapped("8M"));
  });
});

describe("a suspending guest, on its own stack,", () => {
  const node = { name: "Node 24", program: NODE_24! };
  const suspending = ["--sleep", "suspending"];

  it.for([[[]], [["--timeout", "60"]]])("has 8 MB and traps beyond, with the options %j", ([options], { skip }) => {
    if (NODE_24 === undefined) skip(pinned("node-24").missing);
    for (const how of ["s", "b"]) {
      expect(run(node, [...suspending, ...options, guest, `${how}${DEEP}`])).toMatchObject(returned);
    }
    for (const how of ["p", "s", "c"]) {
      expect(run(node, [...suspending, ...options, guest, `${how}${TOO_DEEP}`])).toMatchObject(trapped("8M"));
    }
  });

  it("has less or more stack with --max-stack", ({ skip }) => {
    if (NODE_24 === undefined) skip(pinned("node-24").missing);
    expect(run(node, [...suspending, "--max-stack", "2M", guest, `s${DEEP}`])).toMatchObject(trapped("2M"));
    expect(run(node, [...suspending, "--max-stack", "64M", guest, `s${TOO_DEEP}`])).toMatchObject(returned);
  });
});

describe("the system's stack limit", () => {
  it("does not matter if it is too small: the guest gets its own thread", () => {
    expect(run(HERE, [guest, `p${DEEP}`], "ulimit -s 1024;")).toMatchObject(returned);
    expect(run(HERE, [guest, `p${TOO_DEEP}`], "ulimit -s 1024;")).toMatchObject(trapped("8M"));
  });

  it("gives the main thread more stack if it is larger", () => {
    for (const limit of ["ulimit -s 65536;", "ulimit -s unlimited;"]) {
      const { line, status } = run(HERE, ["--max-stack", "60M", guest, `p${TOO_DEEP}`], limit);
      expect([line, status], limit).toEqual(["", 0]);
    }
  });
});

describe("if the runtime has a fixed stack size,", () => {
  it.for([
    [DENO, "Deno has one stack size for all: start it with --v8-flags=--stack-size=KILOBYTES"],
    [BUN, "Bun has one stack size for all, 8 MB: use Node"],
  ] as const)("$0.name refuses --max-stack, and an overflow is a trap", ([runtime, reason], { skip }) => {
    if (runtime.missing !== undefined) skip(runtime.missing);
    expect(run(runtime, ["--max-stack", "8M", guest, "p1"])).toEqual({
      stdout: "",
      line: `pollux: --max-stack 8M is not possible: ${reason}`,
      status: 2,
      signal: null,
    });
    expect(run(runtime, [guest, `p${TOO_DEEP}`])).toMatchObject({ line: OVERFLOW + reason, status: 134 });
  });
});

describe("--max-stack", () => {
  it.each(["", "x", "0", "63K", "1025M", "2G", "8MB", "1.5M", "-1"])("is refused if it is not a size: '%s'", (text) => {
    expect(run(HERE, [`--max-stack=${text}`, guest, "p1"])).toMatchObject({
      line: `pollux: bad --max-stack '${text}': expected a size from 64K to 1G, for example 8M`,
      status: 2,
    });
  });
});
