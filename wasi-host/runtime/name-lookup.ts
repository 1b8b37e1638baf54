/** DNS names, by the platform's resolver (getaddrinfo(3), as node:dns calls it). */
import dns from "node:dns/promises";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

/** Addresses as text, in the order of the tries; or the `code` of Node's error, such as "ENOTFOUND". */
export type Resolution = readonly string[] | { readonly code: string };

/** Milliseconds after which a resolver has failed. */
const TIMEOUT = 30_000;

/** Looks a name up without blocking the thread. */
export async function lookup(name: string): Promise<Resolution> {
  try {
    const found = await dns.lookup(name, { all: true, order: "verbatim" });
    return found.map(({ address }) => address);
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? "EAI_FAIL" };
  }
}

/** The code of the thread below, as text: a bundle has no file for it. */
const ASK = `
const { workerData: { name, port, answered } } = require("node:worker_threads");
require("node:dns").lookup(name, { all: true, order: "verbatim" }, (error, found) => {
  port.postMessage(error ? { code: error.code } : found.map(({ address }) => address));
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});`;

/** Looks a name up while the thread sleeps. A sleeping thread has no event loop, so another thread looks it up. */
export function lookupBlocking(name: string): Resolution {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(ASK, { eval: true, workerData: { name, port: port2, answered }, transferList: [port2] });
  worker.unref();
  Atomics.wait(answered, 0, 0, TIMEOUT);
  const found = receiveMessageOnPort(port1)?.message as Resolution | undefined;
  port1.close();
  void worker.terminate();
  return found ?? { code: "EAI_AGAIN" };
}
