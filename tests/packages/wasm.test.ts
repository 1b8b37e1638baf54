/** pollux/wasm: each module as a file, by its address, and as bytes in JavaScript. */
import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";

const run = promisify(execFile);
const consumer = inject("consumer");
const modules = readdirSync(path.join(consumer, "node_modules/pollux/dist"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".wasm") && !file.endsWith(".component.wasm"))
  .map((file) => file.slice(0, -".wasm".length));

/** For each module: is it the same in its three forms, and does it compile? */
const COMPARE = `
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const compared = {};
for (const name of process.argv.slice(2)) {
  const file = readFileSync(fileURLToPath(import.meta.resolve(\`pollux/wasm/\${name}.wasm\`)));
  const { default: bytes } = await import(\`pollux/wasm/\${name}/bytes\`);
  const { default: url } = await import(\`pollux/wasm/\${name}/url\`);
  await WebAssembly.compile(bytes);
  compared[name] = file.equals(bytes) && file.equals(readFileSync(url));
}
console.log(JSON.stringify(compared));
`;

it("contains core and the programs, each in three equal forms", async () => {
  expect(modules).toEqual(expect.arrayContaining(["core", "programs/echo-epoll", "programs/models/blocking"]));
  const script = path.join(consumer, "compare.mjs");
  writeFileSync(script, COMPARE);
  const { stdout } = await run(process.execPath, [script, ...modules]);
  expect(JSON.parse(stdout)).toEqual(Object.fromEntries(modules.map((name) => [name, true])));
});
