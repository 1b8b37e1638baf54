/** A TypeScript project that uses every entry type-checks, by both ways to resolve modules, the package's own declarations too. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";

const run = promisify(execFile);
const folder = path.join(inject("consumer"), "types");
/** The newest, and the oldest that the declarations are for. */
const TSC = path.resolve("node_modules/typescript-7/bin/tsc");
const COMPILERS = {
  "TypeScript 7": TSC,
  "TypeScript 5.6": path.join(inject("consumer"), "node_modules/typescript/bin/tsc"),
};

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
/** The loop, where types are those of the DOM, of Node, or of neither. */
const LOOP = `
import { connect, Loop, type LoopOptions, lookup, serve, StateError, type StreamHandler, type Timer, TcpListener, type TcpStream, UdpSocket, type Waker, wake } from "pollux/loop";

const loopOptions: LoopOptions = { driver: "simulated", maxPerTurn: 64, onError: (error: unknown) => void error };
export async function turns(): Promise<void> {
  using loop = await Loop.open(loopOptions);
  const timer: Timer = loop.callLater(5, () => loop.stop());
  using waker: Waker = loop.waker(() => timer.cancel());
  wake(waker.token);
  await loop.sleep(1, { signal: AbortSignal.timeout(5) });
  // @ts-expect-error: a delay is a number
  loop.callEvery("soon", () => {});
  // @ts-expect-error: there is no such signal
  loop.onSignal("SIGNIFICANT", () => {});
  await using server = await serve(async (stream) => stream.pipe(stream), { loop, address: "127.0.0.1:0" });
  await using listener = await TcpListener.listen("127.0.0.1:0", { loop, highWaterMark: 1000 });
  for await (const stream of listener) for await (const chunk of stream) void chunk.length;
  const stream: TcpStream = await connect(server.address, { loop, timeout: 1000, signal: AbortSignal.timeout(5) });
  const handler: StreamHandler = { data: (given, chunk) => void given.tryWrite(chunk) };
  stream.handle(handler);
  const chunk: Uint8Array | undefined = await stream.read({ timeout: 5 });
  const readable: ReadableStream<Uint8Array> = stream.readable;
  await readable.pipeTo(stream.writable);
  await using socket = await UdpSocket.open("127.0.0.1:0", { loop });
  await socket.send("ping", \`127.0.0.1:\${(await socket.receive()).from.port}\`);
  const names: string[] = await lookup("localhost", { loop });
  // @ts-expect-error: a port alone is no address
  await connect(names.length + (chunk?.length ?? 0));
  await loop.run().catch((error: unknown) => error instanceof StateError && error.code);
}
`;
const host = (entry: string) => `${LIBRARY}${LOOP}
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

/** What needs neither the DOM nor a generic Uint8Array. */
const WITHOUT_DOM = `${LOOP}
import { Core, type CoreOptions, DefaultSelector, Epoll, EpollEvents, EPOLL_CTL_ADD, EPOLLIN, EVENT_READ, Poll, select, Socket, SystemError } from "pollux";
import { type Refusal, run, WasiHost, type WasiHostOptions } from "pollux/host";
import bytes from "pollux/wasm/core/bytes";
import url from "pollux/wasm/core/url";
import module from "pollux/wasm/core.wasm";

const options: CoreOptions = { driver: "simulated", module };
const onRefused = (refusal: Refusal) => refusal.call;
const granted: WasiHostOptions = { listen: ["127.0.0.1:0"], onRefused };
export async function main(): Promise<number> {
  using core = await Core.open(options);
  const [ours, theirs]: [Socket, Socket] = Socket.pair(core);
  const epoll = new Epoll(core);
  epoll.ctl(EPOLL_CTL_ADD, ours, EPOLLIN);
  const count: number = await epoll.wait(new EpollEvents(core), 10, { signal: AbortSignal.timeout(5) });
  const [readable] = await select(core, [ours], [], [], 0);
  const selector = new DefaultSelector(core);
  selector.register(theirs, EVENT_READ, { id: 1 });
  for (const [key, mask] of await selector.select(0)) void [key.data, mask];
  new Poll(core).register(ours);
  const received: number = ours.recv(new Uint8Array(1));
  using host = await WasiHost.open(granted);
  // @ts-expect-error: a timeout is a number
  await selector.select("soon");
  // @ts-expect-error: there is no such way to sleep
  await run(bytes, { sleep: "sound" });
  const copy: Uint8Array = bytes;
  return (await run(copy, { stdout: (text) => void text.length, stderr: process.stderr })) + count + received +
    url.href.length + host.listening[0].port + readable.length + new SystemError(1, "connect").errno;
}
`;

/** `moduleResolution`, and what goes with it. */
const WAYS = { node16: "node16", bundler: "esnext" };

async function check(name: string, options: object, source: string, tsc = TSC): Promise<string> {
  const project = path.join(folder, name);
  mkdirSync(project, { recursive: true });
  const compilerOptions = { target: "es2022", strict: true, noEmit: true, skipDefaultLibCheck: true, ...options };
  writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  writeFileSync(path.join(project, "index.ts"), source);
  return run(process.execPath, [tsc, "-p", project]).then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout,
  );
}

it.each(
  Object.entries(WAYS).flatMap(([moduleResolution, module]) => [
    // Checking Node's types takes long; the other two projects check the package's.
    { place: "Node", source: NODE, moduleResolution, module, types: ["node"], skipLibCheck: true },
    { place: "a browser", source: WEB, moduleResolution, module, types: [], lib: ["es2022", "dom", "dom.iterable"] },
    { place: "a worker", source: WEB, moduleResolution, module, types: [], lib: ["es2022", "webworker"] },
  ]),
)("compile in $place, with moduleResolution $moduleResolution", async ({ place, source, ...options }) => {
  const name = `${options.moduleResolution}-${place.replaceAll(" ", "-")}`;
  expect(await check(name, options, source)).toBe("");
});

it.each(
  Object.entries(COMPILERS).flatMap(([name, compiler]) => [
    { name, compiler, libraries: "es2023, without the DOM", lib: ["es2023"] },
    { name, compiler, libraries: "the default ones, with the DOM", lib: undefined },
  ]),
)("compile with $name and $libraries, with every declaration checked", async ({ name, compiler, libraries, lib }) => {
  const options = { lib, module: "nodenext", types: ["node"], skipLibCheck: false };
  const folder = `${name}-${libraries}`.replaceAll(/\W+/g, "-");
  expect(await check(folder, options, WITHOUT_DOM, compiler)).toBe("");
});
