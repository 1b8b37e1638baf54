// @ts-check
/**
 * The loop of both original select servers: select, and a queue for each client.
 *
 * `inputs` holds the sockets to read: the listener and the clients. `outputs` holds the clients whose queue is not empty. select
 * checks all of them and returns the ready ones.
 */
import { Core, FD_SETSIZE, Socket, select } from "pollux";
import { acceptAll, RETRY } from "./arrivals.mjs";
import { Conversation, say } from "./conversation.mjs";

/**
 * Serves for ever. `change` turns received data into the answer. With `watchful`, a client that sends urgent data (an
 * exceptional condition) is closed.
 *
 * @param {string} address HOST:PORT
 * @param {(bytes: Uint8Array) => Uint8Array} [change]
 */
export async function serveAll(address, change, watchful = false) {
  const core = await Core.open();
  const listener = Socket.listen(core, address);
  console.error(`listening on ${listener.localAddress?.host}:${listener.localAddress?.port}`);

  /** @type {Set<Socket>} */
  const inputs = new Set();
  /** @type {Set<Socket>} */
  const outputs = new Set();
  /** @type {Map<Socket, Conversation>} */
  const clients = new Map();
  /** Maximum number of clients. Other descriptors also use numbers, so accept can fail earlier. */
  let most = FD_SETSIZE;
  /** No further client can be accepted now: the listener is not watched. */
  let full = false;

  /** @param {Socket} socket */
  const begin = (socket) => {
    if (socket.fd >= FD_SETSIZE) {
      most = clients.size;
      socket.close();
      return false;
    }
    clients.set(socket, new Conversation(socket));
    inputs.add(socket);
    return clients.size < most;
  };

  /** Forgets the client at once. @param {Socket} socket */
  const end = (socket) => {
    inputs.delete(socket);
    outputs.delete(socket);
    clients.get(socket)?.end();
    clients.delete(socket);
    full = false;
  };

  for (;;) {
    if (full) inputs.delete(listener);
    else inputs.add(listener);
    /** @type {Socket[][]} */
    const ready = await select(core, inputs, outputs, watchful ? inputs : [], full ? RETRY : -1);
    const [readable, writable, exceptional] = ready.map((sockets) => new Set(sockets));
    if (readable.size + writable.size + exceptional.size === 0) full = false;

    for (const socket of exceptional) {
      say(`client ${socket.fd}: exceptional condition`);
      end(socket);
    }
    for (const socket of new Set([...readable, ...writable])) {
      const client = clients.get(socket);
      if (client === undefined) continue; // the listener, or a client that left in this round
      const unbroken = (!writable.has(socket) || client.reply()) && (!readable.has(socket) || client.receive(change));
      if (!unbroken || client.over) {
        end(socket);
        continue;
      }
      if (client.listens) inputs.add(socket);
      else inputs.delete(socket);
      if (client.answers) outputs.add(socket);
      else outputs.delete(socket);
    }
    if (readable.has(listener)) full = clients.size >= most || !acceptAll(listener, begin);
  }
}

/** The address that the command line names. */
export function addressArgument() {
  return process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? "127.0.0.1:9999";
}
