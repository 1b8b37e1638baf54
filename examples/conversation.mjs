// @ts-check
/** One client of a server: received data is queued and sent back. */
import { AGAIN, SystemError } from "pollux";

/** Bytes read at once, as in the original servers. */
const RECEIVE = 1024;
/** Maximum bytes queued for one client. A client that does not read is not read from. */
const LIMIT = 65_536;
const SHOWN = 64;

/** Prints what happens, unless `--quiet` is given. */
export const say = process.argv.includes("--quiet") ? () => {} : console.log;

export class Conversation {
  /** @type {import("pollux").Socket} */
  socket;
  /** @type {Uint8Array[]} */
  #queue = [];
  #waiting = 0;
  /** The client sends no more. Queued data is still sent. */
  #ended = false;

  /** @param {import("pollux").Socket} socket */
  constructor(socket) {
    this.socket = socket;
    say(`client ${socket.fd} came`);
  }

  /** Is it to be read? Not while too much waits. */
  get listens() {
    return !this.#ended && this.#waiting < LIMIT;
  }

  /** Does something wait to be sent? */
  get answers() {
    return this.#waiting > 0;
  }

  get over() {
    return this.#ended && !this.answers;
  }

  /**
   * Queues all that is there, in pieces; `change` makes the answer to each. False when the connection is broken.
   *
   * @param {(bytes: Uint8Array) => Uint8Array} [change]
   */
  receive(change = (bytes) => bytes) {
    return unbroken(() => {
      const buffer = new Uint8Array(RECEIVE);
      while (this.listens) {
        const count = this.socket.recv(buffer);
        if (count === AGAIN) return;
        this.#ended = count === 0;
        if (count === 0) return;
        const bytes = buffer.slice(0, count);
        say(`client ${this.socket.fd}: received ${count} bytes: ${show(bytes)}`);
        this.#queue.push(change(bytes));
        this.#waiting += count;
      }
    });
  }

  /** Sends as much of the queue as goes out now. False when the connection is broken. */
  reply() {
    return unbroken(() => {
      while (this.answers) {
        const sent = this.socket.send(this.#queue[0]);
        if (sent === AGAIN) return;
        this.#waiting -= sent;
        if (sent === this.#queue[0].length) this.#queue.shift();
        else this.#queue[0] = this.#queue[0].subarray(sent);
      }
    });
  }

  /** Closes the connection, and forgets what was to be sent. */
  end() {
    say(`client ${this.socket.fd} went`);
    this.socket.close();
  }
}

/** Does it go through without an error of the connection's, such as ECONNRESET? @param {() => void} move */
function unbroken(move) {
  try {
    move();
    return true;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/** @param {Uint8Array} bytes */
function show(bytes) {
  const text = String.fromCharCode(...bytes.subarray(0, SHOWN)).replace(/[^ -~]/g, ".");
  return bytes.length > SHOWN ? `${text}...` : text;
}
