/** Budgets of the shipped files: `npx size-limit`. */
const withoutHost = {
  name: "without-host",
  setup(build) {
    build.onResolve({ filter: /\/wasi-host\// }, ({ path }) => ({ path, external: true }));
  },
};

/** A page loads the linker of components and the tracer when it asks for them. */
const withoutLaterParts = {
  name: "without-later-parts",
  setup({ onResolve }) {
    onResolve({ filter: /\/(component-guest|linker|tracer)-\w+\.js$/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    );
  },
};

export default [
  {
    name: "core.wasm",
    path: "dist/core.wasm",
    limit: "13 KiB",
    gzip: false,
    brotli: false,
    disablePlugins: ["@size-limit/esbuild"],
  },
  {
    name: "the library with core.wasm inlined, gzipped, without the host",
    path: "src/index.ts",
    limit: "24 KiB",
    gzip: true,
    modifyEsbuildConfig: (config) => ({ ...config, plugins: [...(config.plugins ?? []), withoutHost] }),
  },
  {
    name: "all that a page gets: the library, core.wasm, the host and the simulated network, gzipped",
    path: "dist/web/index.js",
    limit: "58 KiB",
    gzip: true,
    modifyEsbuildConfig: (config) => ({ ...config, plugins: [...(config.plugins ?? []), withoutLaterParts] }),
  },
];
