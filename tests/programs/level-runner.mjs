/**
 * `pollux echo` without a ready file: the same modules and sockets, as on a host with only poll_oneoff.
 *
 *     node level-runner.mjs --api poll|epoll --listen HOST:PORT [--edge] [--quiet] [--max-descriptors N]
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { formatAddress, WasiHost } from "../../dist/host.js";

const { values } = parseArgs({
  options: {
    api: { type: "string" },
    listen: { type: "string" },
    edge: { type: "boolean" },
    quiet: { type: "boolean" },
    "max-descriptors": { type: "string" },
  },
});

const host = await WasiHost.open({
  args: ["echo", ...(values.edge ? ["--edge"] : []), ...(values.quiet ? ["--quiet"] : [])],
  listen: [values.listen],
  limits: { descriptors: values["max-descriptors"] && Number(values["max-descriptors"]) },
  edgeSource: false,
});
const module = await readFile(new URL(`../../dist/programs/echo-${values.api}.wasm`, import.meta.url));
const { instance } = await WebAssembly.instantiate(module, { ...host.imports });
for (const address of host.listening) process.stderr.write(`listening on ${formatAddress(address)}\n`);
process.exitCode = host.start(instance);
