/**
 * A process with a limited address space (`ulimit -v`), in which V8 cannot reserve a memory: Node 20 and 22 fail there,
 * and the error gives the remedy. Node 24 and later run the guest.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { CLI } from "./command.ts";
import { commandGuest } from "./command-guest.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** KiB: less than the 8 GiB of one memory. */
const LIMIT = 7_000_000;
const fails = Number(process.versions.node.split(".")[0]) < 24;
const REMEDY =
  /no memory for the instance: raise the limit on addresses \(ulimit -v\), or use node --disable-wasm-trap-handler/;

let guest: string;
beforeAll(async () => {
  guest = await commandGuest();
}, 60_000);

async function limited(...args: string[]) {
  const command = ["-c", `ulimit -v ${LIMIT}; exec "$@"`, "sh", process.execPath, ...args];
  const done = await promisify(execFile)("sh", command, { cwd: ROOT }).then(
    (said) => ({ ...said, code: 0 }),
    (failed: { stdout: string; stderr: string; code: number }) => failed,
  );
  return { out: done.stdout, error: done.stderr, status: done.code };
}

describe("under ulimit -v", () => {
  it.each([[[]], [["--stats"]], [["--driver", "net"]]])(
    "pollux run %j is refused with a remedy instead of a trap",
    async (options) => {
      const { error, status } = await limited(CLI, "run", ...options, guest, "x7");
      if (!fails) expect(status).toBe(7);
      else {
        expect(error).toMatch(REMEDY);
        expect(error).toMatch(/^pollux: [^\n]*\n$/);
        expect(status).toBe(2);
      }
    },
  );

  it("with the remedy the guest runs", async () => {
    expect(await limited("--disable-wasm-trap-handler", CLI, "run", guest, "x7")).toMatchObject({
      error: "",
      status: 7,
    });
    expect(await limited("--disable-wasm-trap-handler", CLI, "run", "--stats", guest, "x7")).toMatchObject({
      status: 7,
    });
  });

  it.each([
    ["run, in a worker", `await run(bytes, { args: ["guest", "x7"], sleep: "worker" })`],
    ["run, on the thread itself", `await run(bytes, { args: ["guest", "x7"], sleep: "blocking" })`],
    ["Core.open", "(await Core.open({ driver: 'simulated' }), 7)"],
  ])("%s rejects with a remedy", async (_name, call) => {
    const script = `
      import { readFileSync } from "node:fs";
      import { Core } from "pollux";
      import { run } from "pollux/host";
      const bytes = readFileSync(${JSON.stringify(guest)});
      try { console.log(${call}); } catch (error) { console.log(error.code, error.message); }`;
    const { out } = await limited("--input-type=module", "--eval", script);
    expect(out).toMatch(fails ? new RegExp(`^ENOMEM ${REMEDY.source}`) : /^7\n$/);
  });
});
