/** A TypeScript project that uses every entry type-checks, by both ways to resolve modules, the package's own declarations too. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";

const run = promisify(execFile);
const folder = path.join(inject("consumer"), "types");
const TSC = path.resolve("node_modules/typescript/bin/tsc");

const LIBRARY = `
import { Core, DefaultSelector, Epoll, EpollEvents, EPOLLET, EPOLLIN, EVENT_READ, Socket, SystemError } from "pollux";
import bytes from "pollux/wasm/core/bytes";
import url from "pollux/wasm/programs/echo-epoll/url";
import module from "pollux/wasm/core.wasm";

export async function use(): Promise<number> {
  using core = await Core.open({ module, driver: "simulated" });
  const [ours, theirs]: [Socket, Socket] = Socket.pair(core);
  const epoll: Epoll = new Epoll(core);
  epoll.ctl(1, ours, EPOLLIN | EPOLLET, 7n);
  const selector = new DefaultSelector(core);
  selector.register(theirs, EVENT_READ, (count: number) => count);
  // @ts-expect-error: a timeout is a number
  await selector.select("soon");
  const compiled: WebAssembly.Module = await WebAssembly.compile(bytes);
  return (await epoll.wait(new EpollEvents(core, 4))) + url.href.length + new SystemError(1, "connect").errno + (compiled === module ? 1 : 0);
}
`;
const host = (entry: string) => `${LIBRARY}
import { type Refusal, run, WasiHost, type WasiHostOptions } from "${entry}";

const options: WasiHostOptions = { listen: ["127.0.0.1:0"], onRefused: (refusal: Refusal) => refusal.call };
export const start = async (): Promise<number> => {
  // @ts-expect-error: there is no such way to sleep
  await run(module, { sleep: "sound" });
  return (await WasiHost.open(options)).listening[0].port;
};
`;
const NODE = `${host("pollux/host")}
await run(module, { stdin: process.stdin, stdout: process.stdout });
`;
const WEB = `${host("pollux/host/web")}
import { SimulatedDriver } from "pollux/host/web";
export const driver = new SimulatedDriver({ latency: [1e3, 2e3] });
`;

/** `moduleResolution`, and what goes with it. */
const WAYS = { node16: "node16", bundler: "esnext" };

async function check(name: string, options: object, source: string): Promise<string> {
  const project = path.join(folder, name);
  mkdirSync(project, { recursive: true });
  const compilerOptions = { target: "es2022", strict: true, noEmit: true, skipDefaultLibCheck: true, ...options };
  writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  writeFileSync(path.join(project, "index.ts"), source);
  return run(process.execPath, [TSC, "-p", project]).then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout,
  );
}

it.each(
  Object.entries(WAYS).flatMap(([moduleResolution, module]) => [
    // Node's own types take long to check; the package's are checked in the other two.
    { place: "Node", source: NODE, moduleResolution, module, types: ["node"], skipLibCheck: true },
    { place: "a browser", source: WEB, moduleResolution, module, types: [], lib: ["es2022", "dom", "dom.iterable"] },
    { place: "a worker", source: WEB, moduleResolution, module, types: [], lib: ["es2022", "webworker"] },
  ]),
)("in $place, under moduleResolution $moduleResolution", async ({ place, source, ...options }) => {
  const name = `${options.moduleResolution}-${place.replaceAll(" ", "-")}`;
  expect(await check(name, options, source)).toBe("");
});
