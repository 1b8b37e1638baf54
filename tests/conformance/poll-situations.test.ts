/**
 * poll and select beside the kernel's poll(2) and select(2) on the same descriptors, in every state that they
 * distinguish.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Core, Poll, Socket, selectSync } from "../../src/index.ts";
import { ERR, HUP, IN, NVAL, OUT, PRI, RDHUP, RDNORM, WRNORM } from "../../wasi-host/abi/readiness.ts";
import * as kernel from "./kernel-poll.ts";
import { type Situation, situations } from "./situations.ts";

const MASKS = [0, IN, OUT, PRI, RDHUP, IN | OUT, IN | PRI, OUT | RDHUP, IN | OUT | PRI | RDHUP | RDNORM | WRNORM];

/** POSIX: HUP and OUT exclude each other. Linux's sockets report both. */
const withoutOut = (revents: number) => ((revents & HUP) !== 0 ? revents & ~(OUT | WRNORM) : revents);

let core: Core;
let all: Situation[];
afterEach(() => core.dispose());

function poll(mask: number): number[] {
  using polled = new Poll(core);
  for (const { socket } of all) polled.register(socket, mask);
  const revents = new Map(polled.pollSync(0));
  return all.map(({ socket }) => revents.get(socket.fd) ?? 0);
}

const named = (values: readonly unknown[]) => Object.fromEntries(all.map(({ name }, index) => [name, values[index]]));

describe("with exact edges", () => {
  beforeEach(async () => {
    core = await Core.open();
    all = await situations(core);
  });

  it.each(MASKS)("poll for 0x%x returns what poll(2) returns", (mask) => {
    const { revents } = kernel.poll(all.map(({ socket }) => ({ fd: socket.osDescriptor, events: mask })));
    expect(revents.some((bits) => bits !== 0)).toBe(true);
    expect(named(poll(mask))).toEqual(named(revents.map(withoutOut)));
  });

  it("poll reports a closed descriptor", () => {
    using polled = new Poll(core);
    const { fd, socket } = { fd: all[0].socket.fd, socket: all[0].socket };
    polled.register(fd, 0);
    socket.close();
    expect(polled.pollSync(0)).toEqual([[fd, NVAL]]);
  });

  /** A sleep that only a bit unknown to poll_oneoff can end. */
  it.each([
    ["the end of the stream, asked for beside OUT", OUT | RDHUP, RDHUP],
    ["the end of the stream, asked for alone", RDHUP, RDHUP],
    ["a hangup that nobody asked for", 0, HUP],
  ])("a sleep ends with %s", async (_, mask, expected) => {
    const [one, other] = Socket.pair(core);
    const chunk = new Uint8Array(1 << 16);
    while (typeof one.send(chunk) === "number" && kernel.poll([{ fd: one.osDescriptor, events: OUT }]).count > 0);
    using polled = new Poll(core);
    polled.register(one, mask);
    expect(polled.pollSync(0)).toEqual([]);
    const sleep = polled.poll(-1);
    if (expected === HUP) other.close();
    else other.shutdown("write");
    const [[fd, revents]] = await sleep;
    expect([fd, revents & expected]).toEqual([one.fd, expected]);
  });
});

describe.each([true, false])("with the ready file: %s", (edgeSource) => {
  beforeEach(async () => {
    core = await Core.open({ edgeSource });
    all = await situations(core);
  });

  /** And more: a hangup is also writable, so that no writer waits for ever; an error is exceptional. */
  it("select returns what select(2) returns", () => {
    const sockets = all.map(({ socket }) => socket);
    const fds = sockets.map(({ osDescriptor }) => osDescriptor);
    const exceptions = edgeSource ? sockets : [];
    const theirs = kernel.select([fds, fds, edgeSource ? fds : []]);
    if (typeof theirs === "string") throw new Error(theirs);
    const { revents } = kernel.poll(fds.map((fd) => ({ fd, events: 0 })));
    const more = [0, HUP, edgeSource ? ERR : 0];
    const expected = theirs.left.map((left, set) =>
      all.filter((_, index) => left.includes(fds[index]) || (revents[index] & more[set]) !== 0),
    );
    const ours = selectSync(core, sockets, sockets, exceptions, 0);
    expect(ours.map((ready) => all.filter(({ socket }) => ready.includes(socket)))).toEqual(expected);
  });

  it("poll reports the same as poll(2) about reading and writing", () => {
    const ready = (bits: number, direction: number) => (bits & (direction | HUP | ERR)) !== 0;
    const { revents } = kernel.poll(all.map(({ socket }) => ({ fd: socket.osDescriptor, events: IN | OUT })));
    const ours = poll(IN | OUT);
    for (const direction of [IN, OUT]) {
      expect(named(ours.map((bits) => ready(bits, direction)))).toEqual(
        named(revents.map((bits) => ready(bits, direction))),
      );
    }
  });
});
