/**
 * Builds everything that runs: the guest's modules with asc, the library and the command with esbuild.
 *
 *     node scripts/build.mjs            into dist/
 */
import { mkdirSync, rmSync } from "node:fs";
import asc from "assemblyscript/asc";
import { build as bundle } from "esbuild";
import { writeTypes } from "./types.mjs";
import { writeModules } from "./wasm-modules.mjs";

/** asconfig.json holds the options; which files are entries it cannot say for several of them, so that is said here. */
const MODULES = [
  { source: "assembly/core.ts", target: "dist/core.wasm", runtime: "minimal" },
  ...["echo-select", "echo-poll", "echo-epoll", "upper-select", "client"].map((program) => ({
    source: `assembly/programs/${program}.ts`,
    target: `dist/programs/${program}.wasm`,
    runtime: "minimal",
  })),
  {
    source: "assembly/programs/echo-selectors.ts",
    target: "dist/programs/echo-selectors.wasm",
    runtime: "incremental",
  },
  ...["blocking", "non-blocking", "multiplexing", "signal-driven", "asynchronous"].map((model) => ({
    source: `assembly/programs/models/${model}.ts`,
    target: `dist/programs/models/${model}.wasm`,
    runtime: "minimal",
  })),
];

async function compile({ source, target, runtime }) {
  const { error, stderr } = await asc.main([source, "--outFile", target, "--runtime", runtime]);
  const complaint = stderr.toString().replace("Last converge was suboptimal.\n", "");
  if (complaint !== "") process.stderr.write(complaint);
  if (error !== null) throw new Error(`asc could not compile ${source}`);
}

async function compileModules() {
  mkdirSync("dist/programs/models", { recursive: true });
  for (const module of MODULES) await compile(module);
}

/** What is imported, by its name in dist/: with Node, and without. The library is the same on either side. */
const NODE = { index: "src/index.ts", host: "wasi-host/index.ts" };
const WEB = { index: "src/index.ts", host: "wasi-host/web.ts" };
/** What is run. */
const RUN = {
  cli: "src/cli/main.ts",
  "guest-thread": "src/cli/guest-thread.ts",
  "host-worker": "wasi-host/running/worker-thread.ts",
  "host-net-worker": "wasi-host/drivers/net/worker-thread.ts",
};

async function bundleScripts() {
  const common = { bundle: true, format: "esm", packages: "external", logLevel: "warning" };
  const shared = { splitting: true, chunkNames: "chunks/[name]-[hash]" };
  const node = { ...common, platform: "node", target: "node20.11" };
  await bundle({ ...node, ...shared, entryPoints: { ...NODE, ...RUN }, outdir: "dist" });
  await bundle({ ...common, ...shared, platform: "browser", target: "es2022", entryPoints: WEB, outdir: "dist/web" });
  await bundle({ ...node, entryPoints: { main: "bench/main.ts" }, outdir: "dist/bench" });
  const tools = {
    "fuzz-epoll": "tests/differential/fuzz.ts",
    "fuzz-host": "tests/hosts/fuzz/fuzz.ts",
    "fuzz-host-runner": "tests/hosts/fuzz/runner.ts",
    soak: "tests/runtimes/soak.ts",
    "web-thread": "tests/conformance/web-thread.ts",
  };
  await bundle({ ...node, entryPoints: tools, outdir: "dist/tests" });
  const page = { page: "tests/runtimes/browser/page.ts" };
  await bundle({ ...common, platform: "browser", target: "es2022", entryPoints: page, outdir: "dist/tests/browser" });
  // Everything in one file, as Workers have it: of what was built above.
  const worker = { ...common, packages: "bundle", conditions: ["workerd"], external: ["*.wasm", "cloudflare:*"] };
  await bundle({
    ...worker,
    entryPoints: { matrix: "tests/runtimes/workers/worker.js" },
    outdir: "dist/tests/workers",
  });
}

async function build() {
  for (const chunks of ["dist/chunks", "dist/web/chunks"]) rmSync(chunks, { recursive: true, force: true });
  await Promise.all([compileModules(), bundleScripts()]);
  writeModules(MODULES.map(({ target }) => target.slice("dist/".length, -".wasm".length)));
  await writeTypes({ ...NODE, "web/host": WEB.host }, "dist");
}

await build();
