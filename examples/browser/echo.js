// @ts-check
/**
 * A page with an echo server in WebAssembly that sleeps in epoll, and 20 clients that sleep in a selector. Network and time are
 * simulated: seconds pass at once.
 *
 * The server is suspended while it sleeps (JavaScript Promise Integration, in Chromium from 137 on), and prints to the
 * console. To see the page:
 *
 *     npm run build && npx esbuild --servedir=. --serve=127.0.0.1:8000
 *
 * and open http://127.0.0.1:8000/examples/browser/. Without the address esbuild serves this folder to the whole network.
 */
import { Core, DefaultSelector, EVENT_READ, EVENT_WRITE, Socket } from "pollux";
import { run, SimulatedDriver } from "pollux/host/web";
import url from "pollux/wasm/programs/echo-epoll/url";

const ADDRESS = "192.0.2.1:7";
const CLIENTS = 20;
const SIZE = 60_000;

/** @typedef {{ sent: Uint8Array, gone: number, received: Uint8Array, come: number }} Conversation */

/** @param {string} line */
function print(line) {
  /** @type {HTMLElement} */ (document.querySelector("pre")).append(`${line}\n`);
}

/** Nanoseconds one way: from 1 to 50 ms. */
const network = new SimulatedDriver({ latency: [1e6, 50e6] });
const stop = new AbortController();

async function serve() {
  const module = await WebAssembly.compile(await (await fetch(url)).arrayBuffer());
  /** @type {Promise<void>} */
  const listening = new Promise((resolve, reject) => {
    run(module, {
      args: ["echo-epoll", "--edge"],
      driver: network,
      listen: [ADDRESS],
      onListening: () => resolve(),
      signal: stop.signal,
    }).catch(reject);
  });
  await listening;
}

/** Sends and receives what is possible now. True when everything has come back. */
function converse(/** @type {Socket} */ socket, /** @type {Conversation} */ talk, /** @type {number} */ mask) {
  if (mask & EVENT_WRITE) talk.gone += Math.max(0, socket.send(talk.sent.subarray(talk.gone)));
  if (mask & EVENT_READ) {
    const count = socket.recv(talk.received.subarray(talk.come));
    if (count === 0) throw new Error(`the server ended after ${talk.come} of ${SIZE} bytes`);
    talk.come += Math.max(0, count);
  }
  return talk.come === SIZE;
}

/** @returns {Promise<number>} How many clients got exactly what they had sent. */
async function talk() {
  const core = await Core.open({ driver: network });
  const selector = new DefaultSelector(core);
  for (let client = 0; client < CLIENTS; client++) {
    const sent = crypto.getRandomValues(new Uint8Array(SIZE));
    const conversation = { sent, gone: 0, received: new Uint8Array(SIZE), come: 0 };
    selector.register(Socket.connect(core, ADDRESS), EVENT_READ | EVENT_WRITE, conversation);
  }
  let equal = 0;
  while (selector.getMap().size > 0) {
    for (const [{ fileobj, data, events }, mask] of await selector.select()) {
      const socket = /** @type {Socket} */ (fileobj);
      const conversation = /** @type {Conversation} */ (data);
      const done = converse(socket, conversation, mask);
      if (conversation.gone === SIZE && events & EVENT_WRITE) selector.modify(socket, EVENT_READ, conversation);
      if (!done) continue;
      if (conversation.sent.every((byte, index) => byte === conversation.received[index])) equal++;
      selector.unregister(socket);
      socket.close();
    }
  }
  core.dispose();
  return equal;
}

try {
  await serve();
  const start = network.now();
  const equal = await talk();
  const milliseconds = Number(network.now() - start) / 1e6;
  print(
    `${equal} of ${CLIENTS} clients got back the ${SIZE} bytes that they had sent, in ${milliseconds.toFixed()} ms of simulated time`,
  );
} catch (error) {
  print(String(error));
} finally {
  stop.abort();
  document.body.dataset.done = "";
}
