/** Descriptors in every state that poll and select tell apart: real ones, ready for nothing, for everything, or ended. */

import { READINESS } from "../../assembly/abi/events.ts";
import { AGAIN, type Core, Socket } from "../../src/index.ts";
import * as kernel from "./kernel-poll.ts";

export interface Situation {
  readonly name: string;
  readonly socket: Socket;
}

const chunk = new Uint8Array(1 << 16);

/** One socket in each state. They stay open until the core is disposed. */
export async function situations(core: Core): Promise<Situation[]> {
  const all: Situation[] = [];
  const add = (name: string, socket: Socket) => all.push({ name, socket });
  const unix = (name: string, bring: (one: Socket, other: Socket) => void) => {
    const [one, other] = Socket.pair(core);
    bring(one, other);
    add(`Unix stream, ${name}`, one);
  };
  const tcp = async (name: string, bring: (one: Socket, other: Socket) => void) => {
    const [one, other] = await connection(core);
    bring(one, other);
    add(`TCP, ${name}`, one);
  };
  unix("idle", () => {});
  unix("with data", (_, peer) => peer.send(chunk.subarray(0, 3)));
  unix("full", fill);
  unix("whose peer sends no more", (_, peer) => peer.shutdown("write"));
  unix("whose peer reads no more", (_, peer) => peer.shutdown("read"));
  unix("that sends no more", (socket) => socket.shutdown("write"));
  unix("whose peer has closed", (_, peer) => peer.close());
  unix("whose peer has closed, with data", (_, peer) => {
    peer.send(chunk.subarray(0, 3));
    peer.close();
  });
  await tcp("idle", () => {});
  await tcp("with data", (_, peer) => peer.send(chunk.subarray(0, 3)));
  await tcp("with urgent data", (_, peer) => kernel.sendUrgent(peer.osDescriptor));
  await tcp("full", fill);
  await tcp("whose peer sends no more", (_, peer) => peer.shutdown("write"));
  await tcp("ended in both directions", (socket, peer) => {
    peer.shutdown("write");
    socket.shutdown("write");
  });
  await tcp("reset", (_, peer) => {
    kernel.resetOnClose(peer.osDescriptor);
    peer.close();
  });
  const [reader, writer] = Socket.pipe(core);
  add("read end of a pipe", reader);
  add("write end of a pipe", writer);
  const [ended, gone] = Socket.pipe(core);
  gone.close();
  add("read end of a pipe without writers", ended);
  const [last, broken] = Socket.pipe(core);
  last.close();
  add("write end of a pipe without readers", broken);
  const [full, sink] = [...Socket.pipe(core)].reverse();
  fill(full, sink);
  add("write end of a full pipe", full);
  add("read end of a full pipe", sink);
  const idle = Socket.listen(core, "127.0.0.1:0");
  add("listener", idle);
  const busy = Socket.listen(core, "127.0.0.1:0");
  Socket.connect(core, busy.localAddress!);
  add("listener with a connection", busy);
  const closed = Socket.listen(core, "127.0.0.1:0");
  const address = closed.localAddress!;
  closed.close();
  add("refused connection", Socket.connect(core, address));
  await settled(all);
  return all;
}

function fill(socket: Socket, _peer: Socket): void {
  while (socket.send(chunk) !== AGAIN);
}

async function connection(core: Core): Promise<[Socket, Socket]> {
  const listener = Socket.listen(core, "127.0.0.1:0");
  const client = Socket.connect(core, listener.localAddress!);
  let server: Socket | undefined;
  while ((server = listener.accept()) === undefined) await new Promise(setImmediate);
  listener.close();
  return [server, client];
}

/** Over loopback nothing takes long: everything has arrived when the kernel gives the same answer several times. */
async function settled(all: readonly Situation[]): Promise<void> {
  let before = "";
  for (let same = 0; same < 5; ) {
    const { revents } = kernel.poll(all.map(({ socket }) => ({ fd: socket.osDescriptor, events: READINESS })));
    same = String(revents) === before ? same + 1 : 0;
    before = String(revents);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
