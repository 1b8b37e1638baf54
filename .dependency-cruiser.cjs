/**
 * A folder is a layer: no import upwards, no circle between files or folders, and one way into the host. docs/architecture.md
 * draws the layers.
 *
 * `layers` lists, for each tree, its folders from the bottom to the top. A file imports from its own folder and from those
 * below, and never from the files beside the folders: these are a tree's faces, and stand above all of its layers.
 */
const layers = {
  assembly: ["abi", "memory", "engine", "sys", "standard", "sources", "readiness", "net", "loop", "programs"],
  "wasi-host": [
    ...["abi", "errors", "runtime", "memory", "addresses", "drivers", "files", "waiting", "kernel", "stdio"],
    ...["trace", "story", "components", "bindings", "options", "worker", "platform", "running"],
  ],
  site: ["session", "story", "lab", "lessons", "text", "view"],
  "wasi-host/drivers": ["contract", "endpoints", "shared-region", "(net|posix|simulated|web)"],
  "wasi-host/bindings": ["ready-file", "preview1", "(preview2|wasmedge)"],
};

/** What is imported from outside of wasi-host/. The last one is Node's alone, and the library is not. */
const faces = [
  "index",
  "web",
  "preview2",
  "internal",
  "internal-node",
  "internal-start",
  "internal-story",
  "internal-trace",
];

const upwards = Object.entries(layers).flatMap(([tree, folders]) =>
  folders.map((folder, index) => {
    const above = [`[^/]+\\.ts$`, ...folders.slice(index + 1).map((name) => `${name}/`)];
    return {
      name: `no-upward-import-from-${tree}-${folder}`,
      severity: "error",
      from: { path: `^${tree}/${folder}/` },
      to: { path: `^${tree}/(${above.join("|")})` },
    };
  }),
);

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-circles-between-folders", severity: "error", scope: "folder", from: {}, to: { circular: true } },
    ...upwards,
    {
      name: "only-sys-declares-imports",
      comment: "the raw imports of a host are for the system files alone",
      severity: "error",
      from: { pathNot: "^assembly/sys/" },
      to: { path: "^assembly/sys/(wasi_snapshot_preview1|wasi-0-[23])\\.ts$" },
    },
    {
      name: "the-host-knows-no-guest-code",
      comment: "only the ABI is shared",
      severity: "error",
      from: { path: "^(wasi-host|src)/" },
      to: { path: "^assembly/", pathNot: "^assembly/abi/" },
    },
    {
      name: "the-host-knows-no-library",
      severity: "error",
      from: { path: "^wasi-host/" },
      to: { path: "^(src|bench|tests|scripts)/" },
    },
    {
      name: "the-host-has-faces",
      comment: "what others need of the host is exported by one of its faces",
      severity: "error",
      from: { path: "^(src|bench|examples|scripts|site)/" },
      to: { path: "^wasi-host/", pathNot: `^wasi-host/(${faces.join("|")})\\.ts$` },
    },
    {
      name: "programs-are-tested-from-outside",
      comment: "only tests of the host's own parts reach into it",
      severity: "error",
      from: { path: "^tests/(guests|packages|programs|real|runtimes)/" },
      to: { path: "^wasi-host/", pathNot: `^wasi-host/(${faces.join("|")})\\.ts$` },
    },
    {
      name: "the-library-runs-without-node",
      severity: "error",
      from: { path: "^src/|^wasi-host/(index|web|internal)\\.ts$", pathNot: "^src/cli/" },
      to: { path: "^wasi-host/internal-node\\.ts$" },
    },
    {
      name: "portable-drivers-know-no-runtime",
      comment: "what drivers for other runtimes than Node stand on",
      severity: "error",
      from: { path: "^wasi-host/drivers/(contract|endpoints|shared-region|simulated|web)/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "the-library-knows-no-command",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/cli/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "the-library-knows-no-loop",
      comment: "a program that does not use the loop does not contain it",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/loop/" },
      to: { path: "^src/loop/" },
    },
    {
      name: "only-benchmarks-know-benchmarks",
      severity: "error",
      from: { pathNot: "^(bench|tests)/" },
      to: { path: "^bench/" },
    },
    {
      name: "nothing-knows-the-site",
      severity: "error",
      from: { pathNot: "^(site|tests|scripts)/" },
      to: { path: "^site/" },
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
