/** The library and the host in a bundle of esbuild's, for Node and for the web: they work, and the web's has nothing of Node's. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { expect, inject, it } from "vitest";

const run = promisify(execFile);
const consumer = inject("consumer");

/** A client and a server of one core, and what came through. */
const ECHO = `
import { Core, DefaultSelector, EVENT_READ, Socket } from "pollux";

const core = await Core.open({ driver: DRIVER });
const selector = new DefaultSelector(core);
const listener = Socket.listen(core, "127.0.0.1:0");
const client = Socket.connect(core, listener.localAddress);
selector.register(listener, EVENT_READ);
await selector.select();
const server = listener.accept();
selector.register(server, EVENT_READ);
const buffer = new Uint8Array(64);
client.send(new TextEncoder().encode("through the bundle"));
await selector.select();
console.log(new TextDecoder().decode(buffer.subarray(0, server.recv(buffer))), core.driver.name);
core.dispose();
`;
/** A timer of a loop. */
const LOOP = `
import { Loop } from "pollux/loop";

const loop = await Loop.open({ driver: DRIVER });
loop.callLater(2, () => console.log("after 2 ms", loop.core.driver.name));
await loop.run();
loop.dispose();
`;
const program = (entry: string) => `
import { WasiHost } from "${entry}";
import bytes from "pollux/wasm/programs/client/bytes";

const host = await WasiHost.open({ args: ["client"], driver: "simulated", stderr: (text) => console.log(new TextDecoder().decode(text).trim()) });
console.log(host.start(await WebAssembly.instantiate(await WebAssembly.compile(bytes), host.imports)));
host.dispose();
`;

async function bundle(name: string, source: string, options: BuildOptions) {
  const entry = path.join(consumer, `${name}.mjs`);
  const outfile = path.join(consumer, `out/${name}.mjs`);
  writeFileSync(entry, source);
  const { metafile, warnings } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    metafile: true,
    logLevel: "silent",
    ...options,
  });
  expect(warnings).toEqual([]);
  const imports = Object.values(metafile!.outputs).flatMap((output) => output.imports.map((one) => one.path));
  return { outfile, imports: [...new Set(imports)] };
}

const NODE: BuildOptions = { platform: "node" };
const WORKERS: BuildOptions = { platform: "browser", conditions: ["workerd", "worker", "browser"] };
const isNodes = (name: string) => name.startsWith("node:") || builtinModules.includes(name.split("/")[0]);

const output = async (file: string) => (await run(process.execPath, [file], { cwd: consumer })).stdout;

it("the library runs over real sockets in a bundle for Node", async () => {
  const { outfile, imports } = await bundle("library-node", ECHO.replace("DRIVER", "undefined"), NODE);
  expect(imports.filter((name) => !isNodes(name))).toEqual([]);
  expect(await output(outfile)).toBe("through the bundle posix\n");
});

it("the library runs in a bundle for Workers, which imports nothing", async () => {
  const { outfile, imports } = await bundle("library-web", ECHO.replace("DRIVER", "undefined"), WORKERS);
  expect(imports).toEqual([]);
  expect(await output(outfile)).toBe("through the bundle simulated\n");
});

it.each([
  ["Node", "loop-node", NODE, "posix"],
  ["Workers", "loop-web", WORKERS, "simulated"],
])("the loop runs in a bundle for %s", async (_place, name, options, driver) => {
  const { outfile, imports } = await bundle(name, LOOP.replace("DRIVER", "undefined"), options);
  expect(imports.filter((one) => options === WORKERS || !isNodes(one))).toEqual([]);
  expect(await output(outfile)).toBe(`after 2 ms ${driver}\n`);
  expect(readFileSync(outfile, "utf8")).toContain("callSoon");
});

it.each([
  ["Node", NODE],
  ["Workers", WORKERS],
])("a bundle for %s that uses only the library contains no part of the loop", async (place, options) => {
  const { outfile } = await bundle(`without-loop-${place}`, ECHO.replace("DRIVER", "undefined"), options);
  expect(readFileSync(outfile, "utf8")).not.toMatch(/callSoon|TimerWheel/);
});

const USAGE = /^expected HOST and PORT, .*\n2\n$/;

it("the host runs a program in a bundle for Node", async () => {
  const { outfile, imports } = await bundle("host-node", program("pollux/host"), NODE);
  expect(imports.filter((name) => !isNodes(name))).toEqual([]);
  expect(await output(outfile)).toMatch(USAGE);
});

it("the host runs a program in a bundle for Workers, which imports nothing", async () => {
  const { outfile, imports } = await bundle("host-web", program("pollux/host/web"), WORKERS);
  expect(imports).toEqual([]);
  expect(await output(outfile)).toMatch(USAGE);
});
