/**
 * Builds everything that runs: the guest's modules with asc, the library and the command with esbuild.
 *
 *     node scripts/build.mjs                                   into dist/
 *     node scripts/build.mjs programs/echo-poll bundles        that module, and what is imported and run with Node
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
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
  { source: "examples/chat/server.ts", target: "dist/examples/chat.wasm", runtime: "incremental" },
];
/** An example imports the package by its name, which here is this folder's. */
const OWN = /^.*node_modules\/pollux\//;

const BUNDLES = "bundles";

async function compile({ source, target, runtime }) {
  const { error, stderr } = await asc.main([source, "--outFile", target, "--runtime", runtime], {
    readFile: (name, base) => readOrNull(resolve(base, name.replace(OWN, ""))),
  });
  const complaint = stderr.toString().replace("Last converge was suboptimal.\n", "");
  if (complaint !== "") process.stderr.write(complaint);
  if (error !== null) throw new Error(`asc could not compile ${source}`);
}

function readOrNull(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

async function compileModules(modules) {
  for (const folder of ["programs/models", "examples"]) mkdirSync(`dist/${folder}`, { recursive: true });
  for (const module of modules) await compile(module);
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

const common = { bundle: true, format: "esm", packages: "external", logLevel: "warning" };
const shared = { splitting: true, chunkNames: "chunks/[name]-[hash]" };
const node = { ...common, platform: "node", target: "node20.11" };
const web = { ...common, platform: "browser", target: "es2022" };

/** In place of Node's platform, the web's. */
const WITHOUT_NODE = {
  name: "without-node",
  setup(build) {
    build.onResolve({ filter: /\/platform\/index\.ts$/ }, () => ({ path: resolve("wasi-host/platform/web.ts") }));
  },
};

function bundleForNode() {
  return bundle({ ...node, ...shared, entryPoints: { ...NODE, ...RUN }, outdir: "dist" });
}

async function bundleScripts() {
  await bundleForNode();
  await bundle({ ...web, ...shared, plugins: [WITHOUT_NODE], entryPoints: WEB, outdir: "dist/web" });
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
  await bundle({ ...web, entryPoints: page, outdir: "dist/tests/browser" });
  // Everything in one file, as Workers have it: of what was built above.
  const worker = { ...common, packages: "bundle", conditions: ["workerd"], external: ["*.wasm", "cloudflare:*"] };
  await bundle({
    ...worker,
    entryPoints: { matrix: "tests/runtimes/workers/worker.js" },
    outdir: "dist/tests/workers",
  });
}

const nameOf = ({ target }) => target.slice("dist/".length, -".wasm".length);

/** Of examples nobody imports any. */
function writeModulesOf(modules) {
  const names = modules.map(nameOf).filter((name) => !name.startsWith("examples/"));
  if (names.length > 0) writeModules(names);
}

async function build() {
  for (const chunks of ["dist/chunks", "dist/web/chunks"]) rmSync(chunks, { recursive: true, force: true });
  await Promise.all([compileModules(MODULES), bundleScripts()]);
  writeModulesOf(MODULES);
  await writeTypes({ ...NODE, "web/host": WEB.host }, "dist");
}

/** For who changes one thing and runs it at once. */
async function buildOnly(names) {
  const unknown = names.find((name) => name !== BUNDLES && !MODULES.some((module) => nameOf(module) === name));
  if (unknown !== undefined) {
    throw new Error(
      `nothing to build is called '${unknown}': expected ${[...MODULES.map(nameOf), BUNDLES].join(", ")}`,
    );
  }
  const modules = MODULES.filter((module) => names.includes(nameOf(module)));
  await compileModules(modules);
  writeModulesOf(modules);
  if (names.includes(BUNDLES)) await bundleForNode();
}

const named = process.argv.slice(2);
await (named.length > 0 ? buildOnly(named) : build());
