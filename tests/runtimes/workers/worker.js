/**
 * Any of the bundled servers in workerd (examples/workers says how that is done): which module it is, config.capnp says; its
 * arguments are the environment's POLLUX_ARGS, with spaces between.
 */
import { DurableObject } from "cloudflare:workers";
import { run, WebDriver } from "pollux/host/web";
import program from "program.wasm";

export class Server extends DurableObject {
  #driver = new WebDriver();
  #listening;

  constructor(state, env) {
    super(state, env);
    this.#listening = new Promise((resolve, reject) => {
      const args = ["server", ...env.ARGS.split(" ").filter(Boolean)];
      const options = { args, driver: this.#driver, listen: ["0.0.0.0:7"], onListening: resolve };
      run(program, options).then((status) => reject(new Error(`the server ended with status ${status}`)), reject);
    });
  }

  async connect(socket) {
    await this.#listening;
    await this.#driver.serve(socket);
  }
}

export default {
  async connect(socket, { SERVER }) {
    const server = SERVER.get(SERVER.idFromName("echo")).connect("echo:7");
    await Promise.all([socket.readable.pipeTo(server.writable), server.readable.pipeTo(socket.writable)]);
  },
};
