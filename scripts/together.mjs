/**
 * Runs npm scripts at the same time, and prints the output of each when it ends.
 *
 *     node scripts/together.mjs check:types check:lint    at most two at a time
 *
 * The exit status is 1 if one of them fails.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

const MAX_RUNNING = 2;
const waiting = process.argv.slice(2);

/** Resolves to whether the script has succeeded. */
async function run(script) {
  const child = spawn("npm", ["run", script], {
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
  const [status] = await once(child, "close");
  process.stdout.write(Buffer.concat(output));
  return status === 0;
}

async function runNext() {
  for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
    if (!(await run(script))) process.exitCode = 1;
  }
}

await Promise.all(Array.from({ length: MAX_RUNNING }, runNext));
