// @ts-check
/**
 * The original client on select: sends several messages over several connections at once.
 *
 *     node examples/client.mjs [HOST:PORT]
 *
 * Shows select in a client: it serves the connections in the order of readiness. An answer is as long as its message.
 * Exits with status 1 if a connection fails or the server closes it.
 */
import { AGAIN, Core, Socket, select } from "pollux";

const MESSAGES = ["This is the message. ", "It will be sent ", "in parts."];
const CONNECTIONS = 2;

class Connection {
  /** Local address. Labels the printed lines. */
  name = "";
  /** Bytes not sent yet. */
  unsent = new Uint8Array(0);
  /** Missing bytes of the answer, and the received ones. */
  missing = 0;
  answer = "";

  /** @param {Socket} socket */
  constructor(socket) {
    this.socket = socket;
  }

  /** The `fileno` that `select` calls. */
  get fd() {
    return this.socket.fd;
  }

  /** It is writable: connected, or not. */
  arrive() {
    const error = this.socket.takeError();
    if (error !== undefined) throw error;
    this.name = `${this.socket.localAddress?.host}:${this.socket.localAddress?.port}`;
  }

  /** @param {string} message */
  say(message) {
    console.log(`${this.name}: sending "${message}"`);
    this.unsent = new TextEncoder().encode(message);
    this.missing = this.unsent.length;
    this.answer = "";
  }

  send() {
    const sent = this.socket.send(this.unsent);
    if (sent !== AGAIN) this.unsent = this.unsent.subarray(sent);
  }

  receive() {
    const buffer = new Uint8Array(this.missing);
    const received = this.socket.recv(buffer);
    if (received === AGAIN) return;
    if (received === 0) throw new Error("closed by the server");
    this.answer += new TextDecoder().decode(buffer.subarray(0, received));
    this.missing -= received;
    if (this.missing === 0) console.log(`${this.name}: received "${this.answer}"`);
  }
}

/**
 * Says the message on all connections, and waits until all have their answer.
 *
 * @param {Core} core
 * @param {Connection[]} connections
 * @param {string} message
 */
async function converse(core, connections, message) {
  for (const connection of connections) connection.say(message);
  for (;;) {
    const inputs = connections.filter((connection) => connection.missing > 0);
    const outputs = connections.filter((connection) => connection.unsent.length > 0);
    if (inputs.length === 0) return;
    const [readable, writable] = await select(core, inputs, outputs, []);
    for (const connection of writable) connection.send();
    for (const connection of readable) connection.receive();
  }
}

const address = process.argv[2] ?? "127.0.0.1:9999";
const core = await Core.open();
try {
  const connections = Array.from({ length: CONNECTIONS }, () => new Connection(Socket.connect(core, address)));
  for (let waiting = connections; waiting.length > 0; waiting = waiting.filter(({ name }) => name === "")) {
    const [, writable] = await select(core, [], waiting, []);
    for (const connection of writable) connection.arrive();
  }
  for (const message of MESSAGES) await converse(core, connections, message);
} catch (error) {
  console.error(`${address}: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  core.dispose();
}
