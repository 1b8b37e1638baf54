/** The peers of every model: slow senders that record when they sent. */
import { once } from "node:events";
import net from "node:net";
import { setTimeout } from "node:timers/promises";

export interface Pace {
  /** Number of messages of each sender. */
  readonly messages: number;
  /** Bytes of a message. */
  readonly size: number;
  /** Milliseconds between two messages of a sender, before the first, and before the end. */
  readonly interval: number;
}

export interface Mark {
  /** Monotonic nanoseconds on the guest's clock. */
  readonly at: bigint;
  readonly sender: number;
  /** From 0; `messages` stands for the end of the stream. */
  readonly message: number;
}

/** Nanoseconds that a timer can be late. The remaining time is spent polling the clock. */
const TIMER = 2_000_000n;

/** The bytes of a sender's message, which identify both. */
export function content({ size }: Pace, sender: number, message: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >> 8) + message * 7 + sender * 101) & 0xff;
  return bytes;
}

/** Nanoseconds after the start of each send, in order: the senders alternate. */
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

/**
 * Connects the senders one after the other and plays the schedule. Resolves to the start and the times of the sends.
 */
export async function play(port: number, pace: Pace, senders: number): Promise<{ start: bigint; marks: Mark[] }> {
  const sockets: net.Socket[] = [];
  for (let sender = 0; sender < senders; sender++) {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    // A failed program is reported by its exit status, not by the reset of its connection.
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
