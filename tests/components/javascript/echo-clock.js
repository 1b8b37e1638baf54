/**
 * TCP echo by the interfaces of WASI 0.2 themselves: streams, pollables and the monotonic clock. A client that is
 * silent for a while is let go. Arguments: the milliseconds of that silence; the number of clients before the server
 * ends.
 */
import { getArguments } from "wasi:cli/environment@0.2.12";
import { getStdout } from "wasi:cli/stdout@0.2.12";
import { now, subscribeInstant } from "wasi:clocks/monotonic-clock@0.2.12";
import { poll } from "wasi:io/poll@0.2.12";
import { instanceNetwork } from "wasi:sockets/instance-network@0.2.12";
import { createTcpSocket } from "wasi:sockets/tcp-create-socket@0.2.12";

const LARGEST = 65536;

/** There is no TextEncoder; all output here is ASCII. */
function print(line) {
  const stream = getStdout();
  stream.blockingWriteAndFlush(Uint8Array.from(`${line}\n`, (letter) => letter.charCodeAt(0)));
  stream[Symbol.dispose]();
}

/** The second half of a step, when the host has finished it. */
function finish(socket, half) {
  for (;;) {
    try {
      return half();
    } catch (error) {
      if (String(error.payload ?? error.message) !== "would-block") throw error;
      const pollable = socket.subscribe();
      pollable.block();
      pollable[Symbol.dispose]();
    }
  }
}

/** By the two halves of each step of WASI's sockets. */
function listen() {
  const network = instanceNetwork();
  const listener = createTcpSocket("ipv4");
  listener.startBind(network, { tag: "ipv4", val: { port: 0, address: [127, 0, 0, 1] } });
  finish(listener, () => listener.finishBind());
  listener.setListenBacklogSize(100);
  listener.startListen();
  finish(listener, () => listener.finishListen());
  network[Symbol.dispose]();
  print(`listening on 127.0.0.1:${listener.localAddress().val.port}`);
  return listener;
}

class Connection {
  constructor([socket, input, output], patience) {
    this.handles = [socket, input, output];
    this.input = input;
    this.output = output;
    this.readable = input.subscribe();
    this.writable = output.subscribe();
    this.pending = new Uint8Array(0);
    this.patience = patience;
    this.heard();
  }

  heard() {
    this.deadline = now() + this.patience;
  }

  /** Its wait: it sends its bytes before it takes more. */
  get wanted() {
    return this.pending.length > 0 ? this.writable : this.readable;
  }

  /** Returns whether the connection goes on. */
  proceed() {
    try {
      if (this.pending.length === 0) {
        this.pending = this.input.read(LARGEST);
        if (this.pending.length > 0) this.heard();
      }
      const count = Math.min(this.pending.length, this.output.checkWrite());
      if (count > 0) this.output.write(this.pending.subarray(0, count));
      this.pending = this.pending.subarray(count);
      return true;
    } catch {
      return false; // stream-error: closed, or the last operation failed
    }
  }

  /** Children before their parents. */
  close() {
    for (const pollable of [this.readable, this.writable]) pollable[Symbol.dispose]();
    for (const handle of this.handles.reverse()) handle[Symbol.dispose]();
  }
}

function serve(patience, most) {
  const listener = listen();
  const arrived = listener.subscribe();
  let connections = [];
  let served = 0;
  const leave = (connection, how) => {
    connection.close();
    served++;
    print(how);
  };
  while (served < most) {
    const nearest = Math.min(...connections.map(({ deadline }) => deadline));
    const timers = connections.length > 0 ? [subscribeInstant(nearest)] : [];
    const ready = new Set(poll([arrived, ...connections.map(({ wanted }) => wanted), ...timers]));
    for (const timer of timers) timer[Symbol.dispose]();
    connections = connections.filter((connection, index) => {
      if (ready.has(index + 1) && !connection.proceed()) return leave(connection, "gone");
      if (connection.deadline <= now()) return leave(connection, "silent for too long");
      return true;
    });
    if (ready.has(0)) connections.push(new Connection(listener.accept(), patience));
  }
  for (const connection of connections) connection.close();
  arrived[Symbol.dispose]();
  listener[Symbol.dispose]();
}

export const run = {
  run() {
    const [patience, most] = getArguments().slice(-2).map(Number);
    serve(patience * 1e6, most);
    print("all served");
  },
};
