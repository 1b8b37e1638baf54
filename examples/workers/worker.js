// @ts-check
/**
 * WASI programs in a Cloudflare Worker: an echo server that sleeps in epoll, and a client that an HTTP request starts
 * (GET /?host=127.0.0.1&port=9999).
 *
 * A Worker's sockets belong to one request, so the programs live in a Durable Object, whose requests share sockets. The
 * Worker passes connections to it. To run it in workerd, from the project's folder:
 *
 *     npx esbuild examples/workers/worker.js --bundle --format=esm --conditions=workerd --external:*.wasm \
 *       --external:cloudflare:* --tsconfig-raw={} --outfile=dist/examples/worker.js
 *     npx workerd serve examples/workers/config.capnp --experimental
 */
import { connect } from "cloudflare:sockets";
import { DurableObject } from "cloudflare:workers";
import { run, WebDriver } from "pollux/host/web";
import client from "pollux/wasm/programs/client.wasm";
import echo from "pollux/wasm/programs/echo-epoll.wasm";

/** @typedef {import("pollux/host/web").WorkersSocket} Socket */

export class Server extends DurableObject {
  #driver = new WebDriver({ connect });
  /** Resolves when the program's listener is there; rejects when the program ends before. */
  #listening = new Promise((resolve, reject) => {
    const options = { args: ["echo-epoll", "--edge"], driver: this.#driver, listen: ["0.0.0.0:7"] };
    run(echo, { ...options, onListening: resolve }).then(reject, reject);
  });

  /** @param {Socket} socket */
  async connect(socket) {
    await this.#listening;
    await this.#driver.serve(socket);
  }
}

export default {
  /**
   * @param {Socket} socket
   * @param {{ SERVER: any }} env The bindings of config.capnp.
   */
  async connect(socket, { SERVER }) {
    const server = SERVER.get(SERVER.idFromName("echo")).connect("echo:7");
    await Promise.all([socket.readable.pipeTo(server.writable), server.readable.pipeTo(socket.writable)]);
  },

  /** @param {Request} request */
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const [host, port] = ["host", "port"].map((name) => searchParams.get(name) ?? "");
    const decoder = new TextDecoder();
    let printed = "";
    const print = (/** @type {Uint8Array} */ bytes) => (printed += decoder.decode(bytes, { stream: true }));
    const grants = { driver: new WebDriver({ connect }), connect: [`${host}:${port}`] };
    const status = await run(client, { args: ["client", host, port], ...grants, stdout: print, stderr: print });
    return new Response(`${printed}ended with status ${status}\n`);
  },
};
