/** core.wasm as a module, which `npm run build` has made. */
import { readFileSync } from "node:fs";

export const core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
