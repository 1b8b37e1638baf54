/** The shipped declarations, as a part of the build: one file for each entry, without internal names. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { NODE, WEB } from "./bundles.mjs";

const ENTRIES = { ...NODE, "web/host": WEB.host };
/** The files of this package that TypeScript may read. */
const TREES = ["assembly/abi", "src", "wasi-host"];
const FILES = [
  ...["scripts/types.mjs", "scripts/bundles.mjs", "scripts/stamps.mjs", "package.json", "tsconfig.json"],
  ...["rollup", "rollup-plugin-dts", "typescript", "@types/node"].map((name) => `node_modules/${name}/package.json`),
];

/** Types that declarations name and a project may lack: WebAssembly, for example, is only in lib DOM. */
const PROVIDED = `/// <reference lib="esnext.disposable" />
declare global {
  namespace WebAssembly {
    interface Module {}
    interface Instance {}
    interface Memory {}
  }
}
`;
/** For importers of pollux/wasm/NAME.wasm, which Workers and some bundlers turn into a module. */
const WASM_MODULE = `${PROVIDED}
/** The compiled module. */
declare const module: WebAssembly.Module;
export default module;
`;

function sources() {
  return TREES.flatMap((tree) =>
    readdirSync(tree, { recursive: true })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => path.join(tree, name)),
  );
}

export const types = {
  name: "types",
  options: ENTRIES,
  files: () => [...FILES, ...sources()],
  async make(inputs) {
    const outputs = await declarations(inputs);
    // A program, not a module: it exports nothing.
    outputs.set("dist/pollux-worker.d.mts", "export {};\n");
    outputs.set("dist/wasm/module.d.ts", WASM_MODULE);
    return outputs;
  },
};

async function declarations(inputs) {
  const [{ rollup }, { dts }] = await Promise.all([import("rollup"), import("rollup-plugin-dts")]);
  const bundle = await rollup({
    input: ENTRIES,
    external: /^(node:|pollux\/)/,
    plugins: [dts({ tsconfig: "tsconfig.json", compilerOptions: { stripInternal: true } })],
    onwarn(warning) {
      throw new Error(warning.message);
    },
  });
  const unwatched = bundle.watchFiles.find((file) => !inputs.hashes.has(path.relative("", file)));
  if (unwatched !== undefined) throw new Error(`the types are made of ${unwatched} too: add it to scripts/types.mjs`);
  const { output } = await bundle.generate({
    format: "es",
    banner: PROVIDED,
    entryFileNames: "[name].d.ts",
    chunkFileNames: "chunks/[name].d.ts",
  });
  await bundle.close();
  return new Map(output.map(({ fileName, code }) => [path.join("dist", fileName), withoutGenerics(code)]));
}

/**
 * Typed arrays are generic from TypeScript 5.7 on. What their `from` returns is one over an ArrayBuffer, where they are; a name
 * alone is one over any buffer.
 */
function withoutGenerics(declarations) {
  return declarations
    .replaceAll(/\b(\w+Array)<ArrayBuffer>/g, 'ReturnType<$1Constructor["from"]>')
    .replaceAll(/\b(\w+Array|DataView)<ArrayBuffer(?:Like)?>/g, "$1");
}
