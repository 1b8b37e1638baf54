/** A client in its own thread, for calls in which the test's thread sleeps. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { WasiHost } from "../../wasi-host/index.ts";

/** Each step waits first, so that the other side most likely sleeps by then; nothing depends on it. */
const PAUSE_MS = 30;

const SOURCE = `
const net = require("node:net");
const { parentPort, workerData } = require("node:worker_threads");
const pause = () => new Promise((resolve) => setTimeout(resolve, ${PAUSE_MS}));
(async () => {
  const { address, steps } = workerData;
  await new Promise((resolve) => parentPort.once("message", resolve));
  await pause();
  const socket = net.connect({ ...address, allowHalfOpen: true });
  socket.on("error", () => {});
  let received = 0;
  for (const step of steps) {
    await pause();
    if (step === "end") socket.end();
    else if (step === "read") socket.on("data", (bytes) => { received += bytes.length; });
    else await new Promise((resolve) => socket.write(step, resolve));
  }
  socket.on("close", () => parentPort.postMessage(received));
  socket.on("end", () => socket.destroy());
})();`;

/**
 * The client connects after this resolves, then takes each step: "end" shuts down its write side, "read" begins to
 * read, any other text is written. When the guest has closed, `received` resolves to the read text.
 */
export async function lateClient(
  guest: { readonly host: WasiHost },
  ...steps: string[]
): Promise<{ received: Promise<number> }> {
  const [address] = guest.host.listening;
  const worker = new Worker(SOURCE, { eval: true, workerData: { address, steps } });
  await once(worker, "online");
  const received = once(worker, "message").then(([count]) => count as number);
  worker.unref();
  worker.postMessage("go");
  return { received };
}
