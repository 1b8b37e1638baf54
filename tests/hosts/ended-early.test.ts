/** A guest in a worker can be ended at any time of its start, also while its thread loads the libraries of a driver. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "../..");

/** In a process of its own, because the fault aborts the process. Each guest is ended two milliseconds later than the one before. */
const ENDS = `
  import { readFileSync } from "node:fs";
  import { run } from "./dist/host.js";
  const program = readFileSync("dist/programs/echo-epoll.wasm");
  const over = new Error("over");
  let ended = 0;
  async function end(after) {
    const abort = new AbortController();
    setTimeout(() => abort.abort(over), after);
    const options = { driver: "posix", sleep: "worker", args: ["echo"], listen: ["127.0.0.1:0"], signal: abort.signal };
    await run(program, options).catch((error) => {
      if (error !== over) throw error;
      ended++;
    });
  }
  for (let after = 0; after < 200; after += 8) await Promise.all([0, 2, 4, 6].map((more) => end(after + more)));
  console.log(ended);`;

it("ends with the reason, and the process goes on", { timeout: 60_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", ENDS], {
    cwd: ROOT,
  });
  expect(stdout).toBe("100\n");
});
