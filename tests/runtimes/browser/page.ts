/**
 * What the matrix has a browser do: one of the bundled servers on a simulated network, and the clients of clients.ts.
 */
import { run, SimulatedDriver } from "pollux/host/web";
import { Messages } from "../../programs/messages.ts";
import { CLIENTS, visit } from "../clients.ts";
import { openClients } from "./simulated-client.ts";

const ADDRESS = "192.0.2.1:7";
/** Nanoseconds one way: from 1 to 50 ms. */
const LATENCY = [1e6, 50e6] as const;
/**
 * The listener, both ends of each connection, and little else: the server must close connections of clients that left.
 */
const HANDLES = 2 * CLIENTS + 10;

/** Fifty clients, and as many again on what they have left. Returns how many bytes were compared. */
export async function serveAndVisit(url: string, args: readonly string[], seed: number): Promise<number> {
  const module = await WebAssembly.compileStreaming(fetch(url));
  const driver = new SimulatedDriver({ latency: LATENCY, seed, maxHandles: HANDLES });
  const stop = new AbortController();
  let begun = () => {};
  const listening = new Promise<void>((resolve) => (begun = resolve));
  const options = { args: ["server", ...args], driver, listen: [ADDRESS], signal: stop.signal };
  const ended = run(module, { ...options, onListening: () => begun() }).then((status): never => {
    throw new Error(`the server ended with status ${status}`);
  });
  await Promise.race([listening, ended]);
  const random = new Messages(seed);
  const connect = await openClients(driver, ADDRESS);
  const visits = async () => (await visit(connect, random)) + (await visit(connect, random));
  const bytes = await Promise.race([visits(), ended]);
  stop.abort();
  await ended.catch(() => {}); // the signal ends it
  return bytes;
}
