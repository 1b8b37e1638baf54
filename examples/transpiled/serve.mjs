// @ts-check
/**
 * Runs what jco makes of a component: over Pollux's sockets, files and grants, in place of those of jco's shim.
 *
 *     npx jco transpile server.component.wasm --instantiation async -o out
 *     node examples/transpiled/serve.mjs out/server.component.js --listen 127.0.0.1:0
 *
 * The import of openPreview2 stands in place of:  import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { openPreview2 } from "pollux/host/preview2";

const [file, ...args] = process.argv.slice(2);
const { instantiate } = await import(pathToFileURL(path.resolve(file)).href);
/** @param {string} name */
const core = async (name) => WebAssembly.compile(await readFile(path.join(path.dirname(file), name)));
const { imports } = await openPreview2({ args: [file, ...args], bind: ["127.0.0.1:*"] });
const component = await instantiate(core, imports);
component.run.run();
