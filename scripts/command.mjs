/**
 * The command, as a part of the build: dist/cli.cjs, the file of its guests' thread, and chunks beside them.
 *
 * The command is CommonJS, because Node needs 5 ms more for the first module of the other kind, and 1 ms for each built-in module
 * that it imports. A built-in module is loaded at its first use, unless every run uses it; and a run reads three files.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { build, transform } from "esbuild";

const ENTRIES = { cli: "src/cli/main.ts", "guest-thread": "src/cli/guest-thread.ts" };
const TARGET = "node20.11";
const FILES = [
  ...["scripts/command.mjs", "scripts/stamps.mjs", "package.json", "tsconfig.json", "node_modules/commander/LICENSE"],
  ...["commander", "esbuild", "rollup"].map((name) => `node_modules/${name}/package.json`),
];

/** Built-in modules that every run uses. */
const USED = ["node:fs", "node:path", "node:process"];

export const command = {
  name: "command",
  options: { ENTRIES, TARGET, USED },
  files: () => FILES,
  after: ["thread"],
  async make(inputs) {
    const parser = await parserOf(inputs);
    // Like the chunks' names: the command keeps compiled code by the name of its file.
    const name = `cli-commander-${createHash("sha256").update(parser).digest("base64url").slice(0, 8)}.cjs`;
    const files = new Map([...(await commandOf(inputs, name)), [`dist/${name}`, parser]]);
    for (const [file, code] of files) checkAscii(file, code);
    return files;
  },
};

/** The command reads its files as Latin-1 (compiled-code.ts), because that is fast. esbuild escapes all else. */
function checkAscii(file, code) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  const [found] = /[^\x00-\x7f]/.exec(code) ?? [];
  if (found !== undefined) throw new Error(`${file} has the character ${found}: expected ASCII`);
}

async function commandOf(inputs, parser) {
  const { rollup } = await import("rollup");
  const bundle = await rollup({
    input: ENTRIES,
    external: (id) => id === "commander" || /^(vega|vega-lite|@wasmer\/wasi)$/.test(id),
    // An entry may export to chunks.
    preserveEntrySignatures: false,
    treeshake: { moduleSideEffects: false },
    plugins: [builtins, sources(inputs)],
    onwarn(warning) {
      throw new Error(warning.message);
    },
  });
  const { output } = await bundle.generate({
    format: "cjs",
    interop: "auto",
    // To freeze the numbers of all errors takes 0.1 ms of each run.
    freeze: false,
    generatedCode: "es2015",
    entryFileNames: "[name].cjs",
    chunkFileNames: "cli-[name]-[hash].cjs",
    manualChunks: chunkOf,
    paths: { commander: `./${parser}` },
  });
  await bundle.close();
  return output.map(({ fileName, code }) => [path.join("dist", fileName), code]);
}

/** The types of WASI 0.2, which are compared with those of a component's imports. */
const TYPES = /\/(preview2-signatures|wit-types)\.ts$/;
const C_LIBRARY = path.resolve("wasi-host/drivers/posix/libc.ts");
/** Code that V8 has from its cache (compiled-code.ts) cannot import on Node 20. */
const IMPORTING = path.resolve("wasi-host/runtime/importing.ts");
/** What `--version` loads, what every run loads besides, and what the runs of a module and of a component do. */
const CHUNKS = {
  start: [ENTRIES.cli],
  run: ["src/cli/run-command.ts"],
  module: ["wasi-host/running/module-guest.ts"],
  component: ["wasi-host/components/linker.ts", "wasi-host/running/component-guest.ts"],
};

/** Code that is in no chunk is where rollup puts it. */
function chunkOf(id, { getModuleInfo }) {
  if (id.startsWith("\0")) return "start";
  // The host's interface mentions them, and only --trace, --stats and --explain use them, besides the types.
  if (/\/wasi-host\/(trace|story)\//.test(id)) return TYPES.test(id) ? "component" : "trace";
  if (id === IMPORTING) return "import";
  // Loads koffi, which not every platform has.
  if (id.includes("/wasi-host/drivers/posix/") && closureOf(id, getModuleInfo).has(C_LIBRARY)) return "posix";
  // Not the entry, which runs the command: a guest's thread loads the chunks too.
  if (id === path.resolve(ENTRIES.cli)) return undefined;
  const users = Object.keys(CHUNKS).filter((name) =>
    CHUNKS[name].some((entry) => closureOf(path.resolve(entry), getModuleInfo).has(id)),
  );
  return users[0] === "module" && users.includes("component") ? "run" : users[0];
}

/** Ids of the modules that a module imports, other than by `import()`, and of theirs. */
function closureOf(id, getModuleInfo, found = new Set()) {
  if (found.has(id)) return found;
  found.add(id);
  for (const imported of getModuleInfo(id)?.importedIds ?? []) closureOf(imported, getModuleInfo, found);
  return found;
}

/** TypeScript, JSON, and the place of a file in CommonJS. */
const sources = (inputs) => ({
  name: "sources",
  async load(file) {
    const text = inputs.read(file).toString();
    if (file.endsWith(".json")) return `export default ${JSON.stringify({ version: JSON.parse(text).version })};`;
    const { code } = await transform(text, { loader: "ts", format: "esm", target: TARGET, sourcefile: file });
    return code;
  },
  resolveImportMeta: (property) =>
    property === "url" ? `require("node:url").pathToFileURL(__filename).href` : undefined,
});

/**
 * Node's own modules. An imported name becomes a property of `named`: of the module itself if every run uses it, else of a proxy
 * that loads the module at the first use.
 */
const builtins = {
  name: "builtins",
  resolveDynamicImport: (id) => (isBuiltin(id) ? { id, external: true } : undefined),
  // As above: code from the cache cannot import.
  renderDynamicImport: ({ targetModuleId: id }) =>
    id !== null && isBuiltin(id) ? { left: "Promise.resolve(require(", right: "))" } : undefined,
  resolveId: (id) => (isBuiltin(id) ? { id: `\0${id}`, syntheticNamedExports: "named" } : undefined),
  load(id) {
    if (!id.startsWith("\0node:")) return undefined;
    const name = JSON.stringify(id.slice(1));
    const value = USED.includes(id.slice(1))
      ? `require(${name})`
      : `new Proxy({}, { get: (_, key) => require(${name})[key] })`;
    const local = id.slice(6).replaceAll("/", "_");
    return `const ${local} = ${value}; export { ${local} as named, ${local} as default };`;
  },
};

/** commander in one file, without the parts for commands in files of their own. */
async function parserOf(inputs) {
  const licence = readFileSync("node_modules/commander/LICENSE", "utf8").trim();
  const { outputFiles, metafile } = await build({
    entryPoints: ["node_modules/commander/index.js"],
    ...{ bundle: true, write: false, metafile: true, format: "cjs", platform: "node", target: TARGET },
    banner: { js: `/*!\ncommander\n${licence}\n*/` },
    plugins: [WITHOUT_PROCESSES],
  });
  for (const file of Object.keys(metafile.inputs)) if (!file.includes(":")) inputs.read(file);
  return outputFiles[0].text;
}

/** node:child_process alone takes as long to load as all of commander. */
const WITHOUT_PROCESSES = {
  name: "without-processes",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, () => ({ path: "none", namespace: "none" }));
    onLoad({ filter: /./, namespace: "none" }, () => ({ contents: "" }));
  },
};
