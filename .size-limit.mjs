/** Budgets of what is shipped: `npx size-limit`. tests/packages holds them. */
const withoutHost = {
  name: "without-host",
  setup(build) {
    build.onResolve({ filter: /\/wasi-host\// }, ({ path }) => ({ path, external: true }));
  },
};

export default [
  {
    name: "core.wasm",
    path: "dist/core.wasm",
    limit: "16 KiB",
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
    limit: "48 KiB",
    gzip: true,
  },
];
