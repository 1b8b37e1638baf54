/**
 * A process whose pool is busy, or whose threads all wait: `waits-and-the-pool.mjs DRIVER THREADS BUSY`. Prints, in
 * order, "read" for a read file, "woke" for each wait that was woken, and "hashed" for a job of the pool.
 */
import { pbkdf2 } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const { Core, Epoll, EpollEvents, EPOLL_CTL_ADD, EPOLLIN, Socket } = await import(
  new URL("../../dist/index.js", import.meta.url)
);
/** Many seconds of each of the pool's four threads. */
const ROUNDS = 30_000_000;

const message = (worker) => new Promise((resolve) => worker.once("message", resolve));

function waitOnListener(core) {
  const listener = Socket.listen(core, "127.0.0.1:0");
  const epoll = new Epoll(core);
  epoll.ctl(EPOLL_CTL_ADD, listener, EPOLLIN);
  return { address: listener.localAddress, woken: epoll.wait(new EpollEvents(core, 2)) };
}

async function main(driver, threads, busy) {
  // The net driver's thread loads its modules through the pool, so it is opened before the pool is busy.
  const core = await Core.open({ driver });
  for (let job = 0; job < busy; job++) pbkdf2("a", "b", ROUNDS, 32, "sha256", () => console.log("hashed"));
  const own = waitOnListener(core);
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData: driver }));
  const addresses = await Promise.all(workers.map(message));
  const woken = workers.map(message);
  if (busy === 0) {
    await readFile(new URL(import.meta.url));
    console.log("read");
  }
  const heard = [...woken, own.woken].map((wait) => wait.then(() => console.log("woke")));
  for (const address of [...addresses, own.address]) Socket.connect(core, address);
  await Promise.all(heard);
  // process.exit would wait for the pool's jobs.
  process.kill(process.pid, "SIGKILL");
}

if (isMainThread) await main(process.argv[2], Number(process.argv[3]), Number(process.argv[4]));
else {
  const { address, woken } = waitOnListener(await Core.open({ driver: workerData }));
  parentPort.postMessage(address);
  await woken;
  parentPort.postMessage("woke");
}
