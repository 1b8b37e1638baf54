/** Streams of a guest in a worker, with any TMPDIR: the posix driver's are pipes, which need no file system. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inlineModule } from "../script-runtime.ts";
import { commandGuest } from "./command-guest.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const directory = mkdtempSync(path.join(tmpdir(), "pollux-streams-"));
let guest: string;
beforeAll(async () => {
  guest = await commandGuest();
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs `cat` with a stream at either end, and returns its end; "forever": the input never ends. */
const script = (driver: string, what: "some" | "forever" | "aborted") => `
  import { once } from "node:events";
  import { readdirSync, readFileSync } from "node:fs";
  import { PassThrough } from "node:stream";
  import { run } from "pollux/host";
  const bytes = readFileSync(${JSON.stringify(guest)});
  const open = () => readdirSync("/proc/self/fd").length;
  async function cat() {
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const end = new AbortController();
    const text = stdout.toArray();
    stdin.write("through ");
    if (${what === "some"}) stdin.end("the worker");
    else once(stdout, "readable").then(() => ${what === "aborted"} ? end.abort(new Error("aborted")) : console.log("running"));
    const ended = run(bytes, { args: ["cat", "copy"], sleep: "worker", driver: "${driver}", stdin, stdout, signal: end.signal });
    const status = await ended.catch((error) => error.message);
    stdout.end();
    return status + " " + Buffer.concat(await text);
  }
  console.log(await cat());
  if (${what !== "forever"}) {
    // What is made once, the first run has made.
    const before = open();
    for (let count = 0; count < 4; count++) await cat();
    // The streams' own ends are closed in turns of the event loop's that come after.
    for (let turn = 0; turn < 200 && open() > before; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    console.log(open() - before, "more descriptors");
  }
`;

function start(TMPDIR: string, driver: string, what: "some" | "forever" | "aborted") {
  const [program, ...words] = inlineModule(script(driver, what));
  const child = spawn(program, words, {
    cwd: ROOT,
    env: { ...process.env, TMPDIR },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (bytes) => (out += bytes));
  return { child, ended: once(child, "close").then(() => out) };
}

function folder(name: string): string {
  const made = path.join(directory, name);
  mkdirSync(made);
  return made;
}
/** A folder whose name has that many bytes. */
const folderOf = (length: number) => folder("t".repeat(length - directory.length - 1));

const PASSED = "0 through the worker\n0 more descriptors\n";
const REMEDY = "set TMPDIR to another folder, or give functions in place of streams";

describe("over the posix driver", () => {
  it.each([95, 150, 190])("work with a TMPDIR of %i bytes, and leave nothing behind", async (length) => {
    const place = folderOf(length);
    expect(await start(place, "posix", "some").ended).toBe(PASSED);
    expect(readdirSync(place)).toEqual([]);
  });

  it("work with a missing TMPDIR", async () => {
    expect(await start(path.join(directory, "none"), "posix", "some").ended).toBe(PASSED);
  });

  it("leave no descriptor open after an abort", async () => {
    const out = await start(folder("aborted"), "posix", "aborted").ended;
    expect(out).toBe("aborted through \n0 more descriptors\n");
  });
});

describe("over the net driver", () => {
  it("work with a usual TMPDIR, and leave nothing behind", async () => {
    const place = folder("usual");
    expect(await start(place, "net", "some").ended).toMatch(/^0 through the worker\n/);
    expect(readdirSync(place)).toEqual([]);
  });

  it("fail with a too long TMPDIR: the error names it and a remedy, and nothing is left behind", async () => {
    for (const length of [95, 150]) {
      const place = folderOf(length + 1);
      expect(await start(place, "net", "some").ended).toContain(
        `TMPDIR '${place}' is too long for a local socket (more than 87 bytes): ${REMEDY} `,
      );
      expect(readdirSync(place)).toEqual([]);
    }
    expect(readdirSync(directory).filter((name) => name.startsWith("tt")).length).toBeGreaterThan(0);
    for (const name of readdirSync(directory)) expect(readdirSync(path.join(directory, name))).toEqual([]);
  });

  it("fail with a missing TMPDIR: the error names it and a remedy", async () => {
    const place = path.join(directory, "none");
    expect(await start(place, "net", "some").ended).toContain(
      `TMPDIR '${place}' has no room for a stream's local socket (ENOENT): ${REMEDY} `,
    );
  });
});

it.each(["posix", "net"])("a killed process leaves no sockets behind (%s driver)", async (driver) => {
  const place = folder(`killed-${driver}`);
  const { child, ended } = start(place, driver, "forever");
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await ended;
  expect(readdirSync(place)).toEqual([]);
});
