/** Mistakes of JavaScript callers: each is an error with a `code` that names the value and the remedy. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  ArgumentError,
  Core,
  DefaultSelector,
  DisposedError,
  Epoll,
  EpollEvents,
  EVENT_READ,
  EPOLLIN as IN,
  Poll,
  PollSelector,
  SelectSelector,
  Socket,
  SystemError,
  select,
  selectSync,
} from "../../src/index.ts";
import { inlineModule } from "../script-runtime.ts";

const TYPE = "ERR_INVALID_ARG_TYPE";
const VALUE = "ERR_INVALID_ARG_VALUE";

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript would refuse is the subject.
type Wrong = any;

let core: Core;
let epoll: Epoll;
let socket: Socket;
let peer: Socket;
beforeEach(async () => {
  core = await Core.open({ driver: "simulated" });
  epoll = new Epoll(core);
  [socket, peer] = Socket.pair(core);
});
afterEach(() => core.dispose());

async function errorOf(call: () => unknown): Promise<Error & { code?: string }> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("an invalid argument:", () => {
  const wrong = (value: unknown) => value as Wrong;
  const MISTAKES: Record<string, [call: () => unknown, code: string, message: string]> = {
    "a port in place of an address": [
      () => Socket.listen(core, wrong(8080)),
      TYPE,
      "Socket.listen: address 8080: expected text, for example '127.0.0.1:8080', or { host, port }",
    ],
    "no address": [
      () => Socket.connect(core, wrong(undefined)),
      TYPE,
      "Socket.connect: address undefined: expected text",
    ],
    "an address without a port": [
      () => Socket.listen(core, wrong({ host: "127.0.0.1" })),
      TYPE,
      "Socket.listen: address Object: expected text",
    ],
    "a bad address": [
      () => Socket.listen(core, "localhost"),
      VALUE,
      "bad address 'localhost': expected HOST:PORT, for example 127.0.0.1:9999",
    ],
    "a host name": [() => Socket.connect(core, "example.org:80"), VALUE, "'example.org' is not an IP address"],
    "an IPv6 address without brackets": [
      () => Socket.listen(core, "::1:8080"),
      VALUE,
      "bad address '::1:8080': put an IPv6 address in brackets: [::1]:8080",
    ],
    "an IPv6 address without a port": [() => Socket.listen(core, "fe80::1%eth0"), VALUE, "[fe80::1%eth0]:9999"],
    "no core": [
      () => Socket.listen(wrong("127.0.0.1:0"), wrong(undefined)),
      TYPE,
      "Socket.listen('127.0.0.1:0'): expected a Core as the first argument; Core.open() returns one",
    ],
    "no core for an Epoll": [
      () => new Epoll(wrong(undefined)),
      TYPE,
      "new Epoll(undefined): expected a Core as the first argument",
    ],
    "no core for an EpollEvents": [
      () => new EpollEvents(wrong(64)),
      TYPE,
      "new EpollEvents(64): expected a Core as the first argument",
    ],
    "no core for a Poll": [() => new Poll(wrong(null)), TYPE, "new Poll(null): expected a Core as the first argument"],
    "no core for a selector": [
      () => new DefaultSelector(wrong({})),
      TYPE,
      "new Epoll(Object): expected a Core as the first argument",
    ],
    "no core for select": [
      () => selectSync(wrong([]), [], [], []),
      TYPE,
      "select(Array): expected a Core as the first argument",
    ],
    "a core that is not awaited": [
      () => Socket.pair(wrong(Core.open({ driver: "simulated" }))),
      TYPE,
      "Socket.pair(Promise): expected a Core as the first argument",
    ],
    "text to send": [
      () => socket.send(wrong("hello")),
      TYPE,
      "send('hello'): expected a Uint8Array; new TextEncoder().encode(text) converts text",
    ],
    "a length to receive": [() => socket.recv(wrong(1024)), TYPE, "recv(1024): expected a Uint8Array"],
    "an array to send": [() => socket.send(wrong([1, 2])), TYPE, "send(Array): expected a Uint8Array"],
    "wider elements to send": [() => socket.send(wrong(new Uint32Array(1))), TYPE, "send(Uint32Array): expected"],
    "an unknown side": [
      () => socket.shutdown(wrong("wr")),
      VALUE,
      "shutdown('wr'): expected 'read', 'write' or 'both'",
    ],
    "a name of events": [
      () => epoll.ctl(ADD, socket, wrong("in")),
      TYPE,
      "ctl: events 'in': expected a combination of EPOLLIN, EPOLLOUT and the other EPOLL* bits",
    ],
    "a fraction of events": [() => epoll.ctl(ADD, socket, 1.5), TYPE, "ctl: events 1.5"],
    "a name of an operation": [
      () => epoll.ctl(wrong("ADD"), socket, IN),
      TYPE,
      "'ADD': expected a combination of EPOLL_CTL_ADD",
    ],
    "data that is a number": [
      () => epoll.ctl(ADD, socket, IN, wrong(5)),
      TYPE,
      "ctl: data 5: expected a bigint, for example 5n",
    ],
    "a name of poll's events": [
      () => new Poll(core).register(socket, wrong("in")),
      TYPE,
      "register: events 'in': expected",
    ],
    "a capacity in place of room": [
      () => epoll.waitSync(wrong(64), 0),
      TYPE,
      "wait(64): expected an EpollEvents as the first argument",
    ],
    "the same, asynchronous": [
      () => epoll.wait(wrong(64), 5),
      TYPE,
      "wait(64): expected an EpollEvents as the first argument",
    ],
    "a time-out that is text": [
      () => epoll.waitSync(new EpollEvents(core), wrong("soon")),
      "EINVAL",
      "timeout 'soon': expected milliseconds",
    ],
    "a time-out of poll that is null": [
      () => new Poll(core).poll(wrong(null)),
      "EINVAL",
      "timeout null: expected milliseconds",
    ],
    "a time-out of select that is text": [
      () => select(core, [], [], [], wrong("1")),
      "EINVAL",
      "timeout '1': expected",
    ],
    "no file object for a selector": [
      () => new PollSelector(core).register(wrong({}), EVENT_READ),
      TYPE,
      "expected a Socket, a descriptor",
    ],
    "unknown events of a selector": [
      () => new PollSelector(core).register(socket, 8),
      "ERR_OUT_OF_RANGE",
      "events 8: expected EVENT_READ",
    ],
    "a selector's time-out that is NaN": [
      () => new PollSelector(core).selectSync(Number.NaN),
      "ERR_OUT_OF_RANGE",
      "timeout NaN: expected",
    ],
    "a misspelt option": [
      () => Core.open({ drivers: "net" } as Wrong),
      VALUE,
      "Core.open has no option 'drivers': did you mean 'driver'?",
    ],
    "an option that is nothing like one": [
      () => Core.open({ port: 1 } as Wrong),
      VALUE,
      "Core.open has no option 'port': expected module, driver, edgeSource, maxDescriptors",
    ],
    "a driver's name in place of options": [
      () => Core.open(wrong("posix")),
      TYPE,
      "Core.open: 'posix' is not an options object",
    ],
    "bytes in place of a module": [
      () => Core.open({ module: wrong(new Uint8Array(8)) }),
      TYPE,
      "module Uint8Array: expected core.wasm as a WebAssembly.Module",
    ],
    "an object that is no driver": [
      () => Core.open({ driver: wrong({}) }),
      TYPE,
      "driver Object: expected a driver's name",
    ],
    "a limit of descriptors that is none": [
      () => Core.open({ maxDescriptors: 1 }),
      "ERR_OUT_OF_RANGE",
      "limits.descriptors 1: expected a whole number from 3",
    ],
    "an unknown driver": [() => Core.open({ driver: "poxis" }), VALUE, "unknown driver 'poxis': expected posix"],
  };

  it.each(Object.entries(MISTAKES))("%s", async (_, [call, code, message]) => {
    const error = await errorOf(call);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error).toBeInstanceOf({ EINVAL: SystemError, ERR_OUT_OF_RANGE: RangeError }[code] ?? ArgumentError);
  });

  it("has no effect: a watch with bad events is not added", () => {
    expect(() => epoll.ctl(ADD, socket, "in" as Wrong)).toThrow(ArgumentError);
    epoll.ctl(ADD, socket, IN);
  });

  it("byte views, and bits written as a negative number, are accepted", () => {
    expect(socket.send(Buffer.from("ab"))).toBe(2);
    expect(socket.send(new Uint8Array(new ArrayBuffer(8), 4, 2))).toBe(2);
    epoll.ctl(ADD, peer, IN | (1 << 31));
  });
});

describe("a refused system call names its descriptor:", () => {
  const CALLS: Record<string, [call: () => unknown, message: () => string]> = {
    "epoll_ctl ADD twice": [
      () => {
        epoll.ctl(ADD, socket, IN);
        epoll.ctl(ADD, socket, IN);
      },
      () => `EEXIST: epoll_ctl ${socket.fd}`,
    ],
    "accept of a stream": [() => socket.accept(), () => `EINVAL: accept ${socket.fd}`],
    "send after the end": [
      () => {
        socket.shutdown("write");
        socket.send(new Uint8Array(1));
      },
      () => `EPIPE: send ${socket.fd}`,
    ],
    "close of a number that is not open": [() => core.close(999), () => "EBADF: close 999"],
    "epoll_wait of a closed instance": [
      () => {
        epoll.close();
        epoll.waitSync(new EpollEvents(core), 0);
      },
      () => `EBADF: epoll_wait ${epoll.fd}`,
    ],
  };

  it.each(Object.entries(CALLS))("%s", async (_, [call, message]) => {
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(SystemError);
    expect(error.message).toBe(message());
  });
});

describe("a path of a Unix socket that is too long names the limit:", () => {
  it.each(["posix", "net"])("%s driver", async (driver) => {
    using other = await Core.open({ driver });
    const error = await errorOf(() => Socket.listen(other, `unix:/tmp/${"x".repeat(110)}`));
    expect(error.code).toBe("ENAMETOOLONG");
    expect(error.message).toMatch(/the path of a Unix socket has 107 bytes at most, and this one 115$/);
  });
});

// The net driver's: the posix driver has no descriptor and no thread before its first socket.
it("a core that cannot be opened closes its driver", () => {
  const script = `
    import { readdirSync } from "node:fs";
    import { setTimeout } from "node:timers/promises";
    import { Core } from ${JSON.stringify(path.resolve("dist/index.js"))};
    const open = () => Core.open({ driver: "net", maxDescriptors: 1 }).catch(() => {});
    const used = () => ["fd", "task"].map((what) => readdirSync("/proc/self/" + what).length);
    await open();
    await setTimeout(500);
    const before = used();
    // Fewer than one for each core: a runtime may start threads of its own meanwhile.
    const isSettled = () => used().every((count, index) => count < before[index] + 20);
    for (let count = 0; count < 20; count++) await open();
    for (let left = 300; left > 0 && !isSettled(); left--) await setTimeout(10);
    console.log(isSettled());
    process.exit();`;
  const [program, ...words] = inlineModule(script);
  const child = spawnSync(program, words, { encoding: "utf8" });
  expect([child.stdout, child.stderr, child.status]).toEqual(["true\n", "", 0]);
});

describe.each(["posix", "simulated"])("a disposed core, %s driver:", (driver) => {
  let events: EpollEvents;
  let selectors: { register: (fd: number, events: number) => unknown; selectSync: (timeout: number) => unknown }[];
  let polled: Poll;
  beforeEach(async () => {
    core.dispose();
    core = await Core.open({ driver });
    epoll = new Epoll(core);
    [socket, peer] = Socket.pair(core);
    events = new EpollEvents(core);
    selectors = [new DefaultSelector(core), new PollSelector(core), new SelectSelector(core)];
    polled = new Poll(core);
    core.dispose();
  });

  const USES: Record<string, () => unknown> = {
    "new Epoll": () => new Epoll(core),
    "new EpollEvents": () => new EpollEvents(core),
    "new Poll": () => new Poll(core),
    "new DefaultSelector": () => new DefaultSelector(core),
    "new SelectSelector": () => new SelectSelector(core),
    "Socket.listen": () => Socket.listen(core, "127.0.0.1:0"),
    "Socket.connect": () => Socket.connect(core, "127.0.0.1:1"),
    "Socket.pair": () => Socket.pair(core),
    "Socket.pipe": () => Socket.pipe(core),
    "Socket.adopt": () => Socket.adopt(core, 0),
    recv: () => socket.recv(new Uint8Array(1)),
    send: () => socket.send(new Uint8Array(1)),
    accept: () => socket.accept(),
    shutdown: () => socket.shutdown(),
    takeError: () => socket.takeError(),
    localAddress: () => socket.localAddress,
    ctl: () => epoll.ctl(ADD, socket, IN),
    waitSync: () => epoll.waitSync(events, 0),
    wait: () => epoll.wait(events, 10),
    "select of lists": () => select(core, [socket.fd], [], [], 10),
    selectSync: () => selectSync(core, [socket.fd], [], [], 0),
    "Poll.register": () => polled.register(socket),
    "Poll.pollSync": () => polled.pollSync(0),
    "Poll.poll": () => polled.poll(10),
    capabilities: () => core.capabilities,
    "core.close": () => core.close(3),
    "register of EpollSelector": () => selectors[0].register(socket.fd, EVENT_READ),
    "register of PollSelector": () => selectors[1].register(socket.fd, EVENT_READ),
    "register of SelectSelector": () => selectors[2].register(socket.fd, EVENT_READ),
    "select of EpollSelector": () => selectors[0].selectSync(0),
    "select of PollSelector": () => selectors[1].selectSync(0),
    "select of SelectSelector": () => selectors[2].selectSync(0),
  };

  it.each(Object.entries(USES))("%s is a DisposedError", async (_, use) => {
    const error = await errorOf(use);
    expect(error).toBeInstanceOf(DisposedError);
    expect(error).toMatchObject({ code: "ERR_DISPOSED", message: "the core is disposed" });
  });

  it("its objects can be closed, freed and disposed in any order", () => {
    epoll.close();
    events.free();
    polled.close();
    socket.close();
    for (const selector of selectors as unknown as Disposable[]) selector[Symbol.dispose]();
    core.dispose();
    expect(socket.isOpen).toBe(false);
  });
});

describe("a pending wait rejects with ERR_DISPOSED when its core is disposed:", () => {
  const WAITS: Record<string, () => Promise<unknown>> = {
    "epoll.wait": () => epoll.wait(new EpollEvents(core)),
    "Poll.poll": () => new Poll(core).poll(),
    select: () => select(core, [socket], [], []),
    "EpollSelector.select": () => new DefaultSelector(core).select(),
    "PollSelector.select": () => new PollSelector(core).select(),
    "SelectSelector.select": () => new SelectSelector(core).select(),
  };

  it.each(Object.entries(WAITS))("%s", async (_, wait) => {
    const waiting = errorOf(wait);
    await new Promise(setImmediate);
    core.dispose();
    expect(await waiting).toMatchObject({ code: "ERR_DISPOSED", message: "the core is disposed" });
  });
});
