/** A guest in a worker, as an embedder runs one whom it does not trust: it tells where it listens, and its status. */
import { readFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { limitMemory, WasiHost } from "../../dist/host.js";

const { path, pages, options } = workerData;
const host = await WasiHost.open(options);
const module = await WebAssembly.compile(limitMemory(await readFile(path), pages));
const instance = await WebAssembly.instantiate(module, host.imports);
parentPort.postMessage({ listening: host.listening });
const status = host.start(instance);
host.dispose();
parentPort.postMessage({ status });
