/**
 * Builds the bundled programs as WASI 0.2 components, for stock hosts such as wasmtime.
 *
 *     node scripts/components.mjs [FOLDER]            into dist/programs/ unless told otherwise
 *
 * The same sources as everywhere, compiled with POLLUX_WASIP2: a core module that imports 0.2's functions by the names and
 * signatures of the canonical ABI. Its world (assembly/sys/component.wit) is put into it, and it is wrapped.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { componentEmbed, componentNew, preview1AdapterCommandPath } from "@bytecodealliance/jco";
import asc from "assemblyscript/asc";

const PROGRAMS = {
  "echo-poll": "minimal",
  "echo-epoll": "minimal",
  "echo-select": "minimal",
  "upper-select": "minimal",
  client: "minimal",
  "echo-selectors": "incremental",
};

/** The core module's bytes. */
async function compile(program, runtime) {
  let binary;
  const sources = [`assembly/programs/${program}.ts`, "assembly/component.ts"];
  const options = ["--outFile", `${program}.wasm`, "--runtime", runtime, "--use", "POLLUX_WASIP2=1"];
  const { error, stderr } = await asc.main([...sources, ...options], {
    writeFile: (name, content) => {
      if (name.endsWith(".wasm")) binary = content;
    },
  });
  if (error !== null) throw new Error(`asc could not compile ${program}: ${stderr}`);
  return binary;
}

const folder = argv[2] ?? "dist/programs";
mkdirSync(folder, { recursive: true });
const witSource = readFileSync("assembly/sys/component.wit", "utf8");
const adapter = readFileSync(preview1AdapterCommandPath());
for (const [program, runtime] of Object.entries(PROGRAMS)) {
  const binary = await compile(program, runtime);
  const embedded = await componentEmbed({ binary, witSource, world: "program", stringEncoding: "utf8" });
  const component = await componentNew(embedded, [["wasi_snapshot_preview1", adapter]]);
  writeFileSync(join(folder, `${program}.component.wasm`), component);
}
