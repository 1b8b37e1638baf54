/**
 * A core, with a kernel epoll instance beside each of its own that watches the same descriptors: every call is made on
 * both, and both must give the same result. The test then checks that result.
 */
import { expect } from "vitest";
import { Core, Epoll, EpollEvents, type Fileno, Socket, type SystemError } from "../../src/index.ts";
import * as kernel from "../linux/epoll.ts";

/** An event of a wait: the watch's number (its user data) and the readiness. */
export type Event = [data: number, events: number];

export class Pair {
  readonly ours: Epoll;
  readonly theirs: number;
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
    this.ours = new Epoll(core);
    this.theirs = kernel.create();
  }

  /** 0, or the code of the error. `data`: the same for both instances. */
  ctl(op: number, target: Socket | Pair | number, events = 0, data = 0): string | 0 {
    const fd = target instanceof Pair ? target.theirs : osDescriptor(target);
    const ours: Fileno = target instanceof Pair ? target.ours : target;
    const expected = kernel.ctl(this.theirs, op, fd, events >>> 0, BigInt(data));
    const actual = codeOf(() => this.ours.ctl(op, ours, events >>> 0, BigInt(data)));
    expect(actual, "ours, beside the kernel's").toBe(expected);
    return actual;
  }

  /** All events that a wait without sleep delivers, in order. */
  wait(most = 64): Event[] {
    const events = new EpollEvents(this.#core, most);
    const count = this.ours.waitSync(events, 0);
    const actual = Array.from(
      { length: count },
      (_, index): Event => [Number(events.data(index)), events.events(index)],
    );
    events.free();
    const expected = kernel.wait(this.theirs, most);
    if (typeof expected === "string") throw new Error(expected);
    expect(actual, "ours, beside the kernel's").toEqual(expected.map(({ data, events }) => [Number(data), events]));
    return actual;
  }

  close(): void {
    this.ours.close();
    kernel.close(this.theirs);
  }
}

function osDescriptor(target: Socket | number): number {
  return target instanceof Socket && target.isOpen ? target.osDescriptor : 999_999;
}

/** 0, or the code of the error that `call` throws. */
export function codeOf(call: () => void): string | 0 {
  try {
    call();
    return 0;
  } catch (error) {
    return (error as SystemError).code;
  }
}

/** Runs a test's body with a core, and disposes the core. */
export async function withCore(body: (core: Core) => void | Promise<void>): Promise<void> {
  const core = await Core.open();
  try {
    await body(core);
  } finally {
    core.dispose();
  }
}

export const bytes = (count: number) => new Uint8Array(new ArrayBuffer(Math.max(count, 1))).subarray(0, count);

/** Reads until no bytes are left. */
export function drain(socket: Socket): void {
  const buffer = bytes(65_536);
  while (socket.recv(buffer) > 0);
}

/** Sends until no more bytes are taken. */
export function fill(socket: Socket): void {
  const buffer = bytes(65_536);
  while (socket.send(buffer) > 0);
}

/** A TCP connection over loopback: [client, server, listener]. */
export function connection(core: Core): [client: Socket, server: Socket, listener: Socket] {
  const listener = Socket.listen(core, "127.0.0.1:0");
  const client = Socket.connect(core, listener.localAddress!);
  for (;;) {
    const server = listener.accept();
    if (server !== undefined) return [client, server, listener];
  }
}
