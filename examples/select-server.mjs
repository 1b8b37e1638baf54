// @ts-check
/**
 * A server with select and a queue for each client: what the seed's two have in common.
 *
 * `inputs` has whoever is to be read: the listener, and the clients. `outputs` has the clients for which something waits in
 * their queue. select gives back those that are ready, and looks at all of them.
 */
import { Core, FD_SETSIZE, Socket, select } from "pollux";
import { acceptAll, RETRY } from "./arrivals.mjs";
import { Conversation, say } from "./conversation.mjs";

/**
 * Serves for ever. Answers are what `change` makes of what comes. With `watchful`, a client for which select reports an
 * exceptional condition, which is urgent data, has to go; without, nobody asks for them.
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
  /** How many clients there may be: numbers that other things have are found out about. */
  let most = FD_SETSIZE;
  /** Nobody more can be taken now: the listener is left alone. */
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

  /** Whatever is known of the client is forgotten at once. @param {Socket} socket */
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
      if (client === undefined) continue; // the listener, or somebody who has left in this round
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
