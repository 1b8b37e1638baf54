// @ts-check
/**
 * node:wasi with Pollux's calls: sockets and polling are Pollux's; arguments and the exit are node:wasi's.
 *
 *     node examples/node-wasi.mjs HOST:PORT MODULE.wasm [ARGUMENT...]
 *
 * For a program that already runs under node:wasi and needs sockets. In node:wasi alone, sock_accept ends the process.
 */
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";
import { WasiHost } from "pollux/host";

const [address, file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [file, ...args] });
const host = await WasiHost.open({ listen: [address] }).catch(({ message }) => {
  console.error(message);
  process.exit(2);
});
const { args_get, args_sizes_get, proc_exit } = wasi.wasiImport;
const kept = { args_get, args_sizes_get, proc_exit };
const wasi_snapshot_preview1 = { ...wasi.wasiImport, ...host.imports.wasi_snapshot_preview1, ...kept };
const { instance } = await WebAssembly.instantiate(await readFile(file), { wasi_snapshot_preview1 });
host.attach(/** @type {WebAssembly.Memory} */ (instance.exports.memory));
process.exitCode = wasi.start(instance);
