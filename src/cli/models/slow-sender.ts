/** The other end of every model: senders that take their time, and write down when they sent what. */
import { once } from "node:events";
import net from "node:net";
import { setTimeout } from "node:timers/promises";

export interface Pace {
  /** Messages of each sender. */
  readonly messages: number;
  /** Bytes of a message. */
  readonly size: number;
  /** Milliseconds between two messages of one sender, and before the first and the end. */
  readonly interval: number;
}

export interface Mark {
  /** Monotonic nanoseconds, the guest's own clock. */
  readonly at: bigint;
  readonly sender: number;
  /** From 0; `messages` is the end of the stream. */
  readonly message: number;
}

/** A timer comes late by up to this; the rest is spent looking at the clock. In nanoseconds. */
const TIMER = 2_000_000n;

/** What sender `sender` sends as its `message`-th message: bytes that tell where they belong. */
export function content({ size }: Pace, sender: number, message: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >> 8) + message * 7 + sender * 101) & 0xff;
  return bytes;
}

/** The nanoseconds after the start at which each mark is due, in their order: the senders take turns. */
export function schedule({ messages, interval }: Pace, senders: number): Mark[] {
  const marks: Mark[] = [];
  for (let message = 0; message <= messages; message++) {
    for (let sender = 0; sender < senders; sender++) {
      const milliseconds = interval * (message + 1 + sender / senders);
      marks.push({ at: BigInt(Math.round(milliseconds * 1e6)), sender, message });
    }
  }
  return marks;
}

/** Connects `senders` senders, one after the other, plays all of it, and resolves to when it began and what was sent when. */
export async function play(port: number, pace: Pace, senders: number): Promise<{ start: bigint; marks: Mark[] }> {
  const sockets: net.Socket[] = [];
  for (let sender = 0; sender < senders; sender++) {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    // A program that dies is told of by its own status, not by the reset of its connection.
    socket.on("error", () => {});
    sockets.push(socket);
  }
  const start = process.hrtime.bigint();
  const marks: Mark[] = [];
  for (const { at: due, sender, message } of schedule(pace, senders)) {
    const bytes = content(pace, sender, message);
    await until(start + due);
    marks.push({ at: process.hrtime.bigint(), sender, message });
    if (message < pace.messages) sockets[sender].write(bytes);
    else sockets[sender].end();
  }
  return { start, marks };
}

async function until(due: bigint): Promise<void> {
  const early = due - process.hrtime.bigint() - TIMER;
  if (early > 0n) await setTimeout(Number(early) / 1e6);
  while (process.hrtime.bigint() < due);
}
