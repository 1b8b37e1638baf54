/**
 * A process that ends while it waits: `waiting.mjs DRIVER WAIT END`, imported from the built package.
 *
 * Prints "waits" when the wait is under way, and the output of its end. WAIT is an awaited call of the library, or a
 * worker whose thread sleeps in host.start().
 */
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const library = await import(new URL("../../dist/index.js", import.meta.url));
const { WasiHost } = await import(new URL("../../dist/host.js", import.meta.url));
const program = new URL("../../dist/programs/echo-poll.wasm", import.meta.url);

const { Core, DefaultSelector, Epoll, EpollEvents, EPOLL_CTL_ADD, EPOLLIN, EVENT_READ, Poll, POLLIN, Socket, select } =
  library;

const WAITS = {
  epoll(core, socket) {
    const epoll = new Epoll(core);
    epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN);
    return epoll.wait(new EpollEvents(core, 2));
  },
  poll(core, socket) {
    const poll = new Poll(core);
    poll.register(socket, POLLIN);
    return poll.poll();
  },
  select: (core, socket) => select(core, [socket], [], []),
  selector(core, socket) {
    const selector = new DefaultSelector(core);
    selector.register(socket, EVENT_READ);
    return selector.select();
  },
};

const ENDS = {
  exit: () => process.exit(3),
  "SIGTERM's handler": () => {
    process.on("SIGTERM", () => process.exit(4));
    process.kill(process.pid, "SIGTERM");
  },
  "an uncaught error": () => {
    throw new Error("uncaught");
  },
  "a rejected promise": () => void Promise.reject(new Error("rejected")),
  dispose: (core) => core.dispose(),
  terminate: async (_core, worker) => {
    await worker.terminate();
    console.log("terminated");
  },
};

async function sleepInHost(driver) {
  const host = await WasiHost.open({ driver, args: ["echo-poll", "--quiet"], listen: ["127.0.0.1:0"] });
  const module = await WebAssembly.compile(readFileSync(program));
  parentPort.postMessage("waits");
  host.start(await WebAssembly.instantiate(module, { ...host.imports }));
}

async function waitInLibrary(driver, wait) {
  const core = await Core.open({ driver });
  const [socket] = Socket.pair(core);
  void WAITS[wait](core, socket).catch((error) => console.log(error.name));
  return core;
}

async function main([driver, wait, end]) {
  let core;
  let worker;
  if (wait in WAITS) core = await waitInLibrary(driver, wait);
  else {
    worker = new Worker(new URL(import.meta.url), { workerData: [driver, wait] });
    await new Promise((resolve) => worker.once("message", resolve));
  }
  // The wait has most likely begun by then; nothing depends on it.
  setTimeout(() => {
    console.log("waits");
    ENDS[end](core, worker);
  }, 100);
}

if (isMainThread) await main(process.argv.slice(2));
else if (workerData[1] === "host.start") await sleepInHost(workerData[0]);
else {
  await waitInLibrary(workerData[0], workerData[1].replace("worker: ", ""));
  parentPort.postMessage("waits");
}
