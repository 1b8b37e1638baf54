/** The parts of the build that esbuild makes: the library, the host, and code for tests and benchmarks. */
import { resolve } from "node:path";
import { build } from "esbuild";

const FILES = [
  ...["scripts/bundles.mjs", "scripts/stamps.mjs", "package.json", "tsconfig.json"],
  "node_modules/esbuild/package.json",
];

/** Imported entries by their names in dist/: with Node, and without. */
export const NODE = {
  ...{ index: "src/index.ts", loop: "src/loop/index.ts" },
  ...{ host: "wasi-host/index.ts", preview2: "wasi-host/preview2.ts" },
};
export const WEB = { index: "src/index.ts", loop: "src/loop/index.ts", host: "wasi-host/web.ts" };
/** Code of the host's threads, in one file that bundled programs ship; and that of the net driver's thread alone. */
const THREAD = {
  "pollux-worker": "wasi-host/running/thread.ts",
  "pollux-net": "wasi-host/drivers/net/worker-thread.ts",
};
const TOOLS = {
  "fuzz-epoll": "tests/differential/fuzz.ts",
  "fuzz-host": "tests/hosts/fuzz/fuzz.ts",
  "fuzz-host-runner": "tests/hosts/fuzz/runner.ts",
  "fuzz-components": "tests/hosts/component-fuzz/fuzz.ts",
  "fuzz-components-runner": "tests/hosts/component-fuzz/runner.ts",
  soak: "tests/runtimes/soak.ts",
  "poll-sleeps-runner": "tests/programs/poll-sleeps-runner.ts",
  ...Object.fromEntries(
    ["chat", "client", "echo", "idle", "proxy", "upper"].map((name) => [
      `examples/${name}`,
      `examples/loop/${name}.mts`,
    ]),
  ),
  "web-thread": "tests/conformance/web-thread.ts",
};

const common = {
  ...{ bundle: true, format: "esm", packages: "external", logLevel: "warning" },
  // Bundled test code imports the built package, whose manifest says that its chunks have no side effects.
  logOverride: { "ignored-bare-import": "silent" },
};
/** Chunks are beside the entries: from wherever the bundler has put it, the host finds its threads' file as ./ (threads.ts). */
const shared = { splitting: true, chunkNames: "[name]-[hash]" };
const node = { ...common, platform: "node", target: "node20.11" };
const web = { ...common, platform: "browser", target: "es2022" };
/** Everything in one file, as Workers have it. */
const worker = { ...common, packages: "bundle", conditions: ["workerd"], external: ["*.wasm", "cloudflare:*"] };

/** In place of Node's platform, the web's. */
export const WITHOUT_NODE = {
  name: "without-node",
  setup({ onResolve }) {
    onResolve({ filter: /\/platform\/index\.ts$/ }, () => ({ path: resolve("wasi-host/platform/web.ts") }));
  },
};

/** Reads every source for esbuild, so that the hashes are of exactly what was bundled. */
const noting = (inputs) => ({
  name: "noting",
  setup({ onLoad }) {
    onLoad({ filter: /./, namespace: "file" }, ({ path }) => ({ contents: inputs.read(path), loader: "default" }));
  },
});

/**
 * Class names as the source has them. Where a class refers to itself esbuild writes `var Core = class _Core`, and `_Core` is
 * what stack traces and debuggers show then; its keepNames would name every function anew each time it is made.
 */
function withClassNames(text) {
  const renamed = [...text.matchAll(/^var (\w+) = class _\1\b/gm)].map(([, name]) => name);
  return renamed.reduce((code, name) => code.replace(new RegExp(`\\b_${name}\\b`, "g"), name), text);
}

const bundle = (name, options, { plugins = [], after = [] } = {}) => ({
  name,
  options,
  after,
  files: () => FILES,
  async make(inputs) {
    const { outputFiles } = await build({ ...options, write: false, plugins: [...plugins, noting(inputs)] });
    return new Map(
      outputFiles.map(({ path, contents, text }) => [path, /\.m?js$/.test(path) ? withClassNames(text) : contents]),
    );
  },
});

export const bundles = [
  bundle("bundles", { ...node, ...shared, entryPoints: NODE, outdir: "dist" }, { after: ["thread"] }),
  bundle("thread", { ...node, entryPoints: THREAD, outdir: "dist", outExtension: { ".js": ".mjs" } }),
  bundle("web", { ...web, ...shared, entryPoints: WEB, outdir: "dist/web" }, { plugins: [WITHOUT_NODE] }),
  bundle("bench", { ...node, entryPoints: { main: "bench/main.ts" }, outdir: "dist/bench" }),
  bundle("tools", { ...node, entryPoints: TOOLS, outdir: "dist/tests" }),
  bundle("page", { ...web, entryPoints: { page: "tests/runtimes/browser/page.ts" }, outdir: "dist/tests/browser" }),
  bundle(
    "workers",
    { ...worker, entryPoints: { matrix: "tests/runtimes/workers/worker.js" }, outdir: "dist/tests/workers" },
    { after: ["web"] },
  ),
];
