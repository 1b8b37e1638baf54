/** What stands for a module in JavaScript: its address (pollux/wasm/NAME/url), and its bytes (pollux/wasm/NAME/bytes). */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * For dist/NAME.wasm writes dist/wasm/NAME/url.js and bytes.js, with their types. Bundlers know `new URL(.., import.meta.url)`;
 * the bytes are text in base64, so that they need nothing beside them.
 */
export function writeModules(names) {
  for (const name of names) {
    const folder = path.join("dist/wasm", name);
    mkdirSync(folder, { recursive: true });
    const file = `dist/${name}.wasm`;
    const text = readFileSync(file).toString("base64");
    const write = (script, source) => writeFileSync(path.join(folder, script), source);
    write("url.js", `export default new URL("${path.relative(folder, file)}", import.meta.url);\n`);
    write("url.d.ts", `/** Where ${name}.wasm is. */\ndeclare const url: URL;\nexport default url;\n`);
    write("bytes.js", `export default Uint8Array.from(atob("${text}"), (letter) => letter.charCodeAt(0));\n`);
    write("bytes.d.ts", `/** ${name}.wasm. */\ndeclare const bytes: Uint8Array<ArrayBuffer>;\nexport default bytes;\n`);
  }
  writeFileSync("dist/wasm/module.d.ts", MODULE_TYPES);
}

/** For who imports pollux/wasm/NAME.wasm itself, which Workers and some bundlers make a module of. */
const MODULE_TYPES = `/** The compiled module. */
declare const module: WebAssembly.Module;
export default module;
`;
