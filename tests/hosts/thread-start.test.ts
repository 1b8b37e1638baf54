/** The host's threads start with any options of the process, and inherit none about its start. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { threadFile } from "../../wasi-host/runtime/threads.ts";
import { CLI } from "./command.ts";
import { commandGuest } from "./command-guest.ts";

let guest: string;
const directory = mkdtempSync(path.join(tmpdir(), "pollux-start-"));
beforeAll(async () => {
  guest = await commandGuest();
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true }));

/** Imports by the package's own name, which its folder knows. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const script = (options: string) => `
import { readFileSync } from "node:fs";
import { run } from "pollux/host";
console.log("status", await run(readFileSync(${JSON.stringify(guest)}), { args: ["guest", "x7"], ${options} }));
`;

async function node(args: string[], input: string, NODE_OPTIONS?: string) {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, NODE_OPTIONS } });
  child.stdin.end(input);
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (out += bytes));
  const [status] = await once(child, "close");
  return { out, status };
}

const WAYS = [
  'sleep: "worker", stdin: ""',
  'sleep: "worker", driver: "net", stdin: ""',
  'sleep: "blocking", driver: "net"',
];

it("the net driver's thread has a file of its own, with little else", () => {
  const sizes = (["net", "guest"] as const).map((role) => statSync(threadFile(role)).size);
  expect(sizes[0] * 10).toBeLessThan(sizes[1]);
});

describe.each(WAYS)("run with %s", (options) => {
  const done = { out: "status 7\n", status: 0 };

  it("from --eval, with --input-type=module", async () => {
    expect(await node(["--input-type=module", "--eval", script(options)], "")).toEqual(done);
  });

  it("from standard input, with --input-type=module", async () => {
    expect(await node(["--input-type=module"], script(options))).toEqual(done);
  });

  it("from --eval, with --input-type=module in NODE_OPTIONS", async () => {
    expect(await node(["--eval", script(options)], "", "--input-type=module")).toEqual(done);
  });
});

describe("pollux run", () => {
  const preload = path.join(directory, "preload.mjs");
  const log = path.join(directory, "log.txt");

  it.each([
    ["--stats", []],
    ["--timeout", ["60"]],
    ["--driver", ["net"]],
  ])("with %s: modules that Node preloads run only in the main thread", async (option, values) => {
    writeFileSync(
      preload,
      `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(log)}, "run\\n");`,
    );
    for (const [args, options] of [
      [["--import", preload], undefined],
      [[], `--import ${preload}`],
    ] as const) {
      writeFileSync(log, "");
      const { status } = await node([...args, CLI, "run", option, ...values, guest, "x7"], "", options);
      expect([status, readFileSync(log, "utf8")]).toEqual([7, "run\n"]);
    }
  });
});
