/** The declarations that are shipped: one file for each entry, without what is internal. */
import { writeFileSync } from "node:fs";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

/** Of libraries that declarations name: TypeScript may be set to less than they need. */
const LIBRARIES = '/// <reference lib="esnext.disposable" />';

/** `entries`: names in `folder`, and the sources that they are of. */
export async function writeTypes(entries, folder) {
  const bundle = await rollup({
    input: entries,
    external: /^(node:|pollux\/)/,
    plugins: [dts({ tsconfig: "tsconfig.json", compilerOptions: { stripInternal: true } })],
    onwarn(warning) {
      throw new Error(warning.message);
    },
  });
  await bundle.write({
    dir: folder,
    format: "es",
    banner: LIBRARIES,
    entryFileNames: "[name].d.ts",
    chunkFileNames: "chunks/[name].d.ts",
  });
  await bundle.close();
  // Run, and never imported from: it exports nothing.
  writeFileSync(`${folder}/host-worker.d.ts`, "export {};\n");
}
