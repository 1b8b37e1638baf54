/**
 * No import upwards between layers, and no circles. The layers, lowest first, are those of docs/architecture.md.
 *
 * `layers` lists, for each tree, folders from the bottom to the top; a file may import its own folder and those below.
 */
const layers = {
  assembly: ["memory", "sys", "readiness", "net", "loop", "programs"],
};

const upwards = Object.entries(layers).flatMap(([tree, folders]) =>
  folders.slice(0, -1).map((folder, index) => ({
    name: `no-upward-import-from-${tree}-${folder}`,
    severity: "error",
    from: { path: `^${tree}/${folder}/` },
    to: { path: `^${tree}/(${folders.slice(index + 1).join("|")})/|^${tree}/(index|core)\\.ts$` },
  })),
);

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    ...upwards,
    {
      name: "only-sys-declares-imports",
      comment: "the raw imports of a host are for the system files alone",
      severity: "error",
      from: { pathNot: "^assembly/sys/" },
      to: { path: "^assembly/sys/(wasi_snapshot_preview1|wasi-0-2)\\.ts$" },
    },
    {
      name: "the-host-knows-no-guest-code",
      comment: "only the layout of memory is shared",
      severity: "error",
      from: { path: "^(wasi-host|src)/" },
      to: { path: "^assembly/", pathNot: "^assembly/memory/layout\\.ts$" },
    },
    {
      name: "the-host-knows-no-library",
      severity: "error",
      from: { path: "^wasi-host/" },
      to: { path: "^(src|bench|tests)/" },
    },
    {
      name: "drivers-know-no-wasi-call",
      comment: "drivers stand under the descriptor table and the calls",
      severity: "error",
      from: { path: "^wasi-host/drivers/" },
      to: { path: "^wasi-host/(preview1|sleep|bases|index|options|descriptors|sockets|stdio|file|ready-file|state)" },
    },
    {
      name: "portable-drivers-know-no-runtime",
      comment: "what drivers for other runtimes than Node stand on",
      severity: "error",
      from: { path: "^wasi-host/drivers/(buffered|endpoints|simulated)/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "the-library-knows-no-command",
      severity: "error",
      from: { path: "^src/[^/]+\\.ts$" },
      to: { path: "^src/cli/" },
    },
    {
      name: "only-benchmarks-know-benchmarks",
      severity: "error",
      from: { pathNot: "^(bench|tests)/" },
      to: { path: "^bench/" },
    },
    { name: "nothing-imports-tests", severity: "error", from: { pathNot: "^tests/" }, to: { path: "^tests/" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".mjs", ".js"], conditionNames: ["node", "import"] },
  },
};
