/**
 * A host that refuses to wait. A wait fails at once with the host's errno, after one host call, with and without a
 * timeout, in every call that waits.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { POLLFD_REVENTS, POLLFD_SIZE } from "../../assembly/abi/epoll.ts";
import {
  OP_ARM,
  OP_LOOK,
  OP_VERSION,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../../assembly/abi/operation.ts";
import { READY_FILE, WAKEUP_FD, WAKEUP_MASK, WAKEUP_READY, WAKEUP_SIZE } from "../../assembly/abi/ready-file.ts";
import { ABI_VERSION } from "../../assembly/abi/version.ts";
import type { CoreExports } from "../../src/abi.ts";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  Epoll,
  EpollEvents,
  EpollSelector,
  EVENT_READ,
  EPOLLIN as IN,
  POLLIN,
  Poll,
  PollSelector,
  SelectSelector,
  Socket,
  select,
  selectSync,
} from "../../src/index.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";

const SOCKET_STREAM = 6;
const { NOTSUP, NOSYS, IO, PERM, FAULT, INTR, BADF, NOMEM } = Errno;

/**
 * preview1 as far as the core uses it: every descriptor below 100 is a stream; `refuse` names the failing call and its
 * errno.
 */
class StubHost {
  readonly calls: string[] = [];
  refusals: Readonly<Record<string, number>> = {};
  hasReadyFile = false;
  /** A descriptor whose wakeups fill every read of the ready file; 0 for none. */
  endless = 0;
  /** The reported count of a read; 0 for the true one. */
  lie = 0;
  exports!: CoreExports;

  async open(): Promise<this> {
    const { instance } = await WebAssembly.instantiate(readFileSync("dist/core.wasm"), {
      wasi_snapshot_preview1: this.#imports(),
    });
    this.exports = instance.exports as unknown as CoreExports;
    return this;
  }

  #imports(): Record<string, (...args: number[]) => number> {
    const view = () => new DataView(this.exports.memory.buffer);
    const calls: Record<string, (...args: number[]) => number> = {
      fd_fdstat_get: (fd, at) => {
        if (fd === READY_FILE ? !this.hasReadyFile : fd >= 100) return BADF;
        view().setUint8(at, fd === READY_FILE ? 0 : SOCKET_STREAM);
        return 0;
      },
      clock_time_get: (_clock, _precision, at) => {
        view().setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)), true);
        return 0;
      },
      // A ready file that accepts all operations, finds nothing ready, and has no wakeups.
      fd_write: (fd, iovs, _count, result) => {
        if (fd !== READY_FILE) return BADF;
        const [at, length] = [view().getUint32(iovs, true), view().getUint32(iovs + 4, true)];
        for (let index = 0; index < length; index += OPERATION_SIZE) this.#answer(view(), at + index);
        view().setUint32(result, length, true);
        return 0;
      },
      fd_read: (_fd, iovs, _count, result) => {
        if (this.lie !== 0) view().setUint32(result, this.lie, true);
        if (this.lie !== 0) return 0;
        if (this.endless === 0) return Errno.AGAIN;
        const [at, length] = [view().getUint32(iovs, true), view().getUint32(iovs + 4, true)];
        for (let index = 0; index < length; index += WAKEUP_SIZE) {
          view().setUint32(at + index + WAKEUP_FD, this.endless, true);
          view().setUint16(at + index + WAKEUP_MASK, 0x201b, true);
          view().setUint16(at + index + WAKEUP_READY, IN, true);
        }
        view().setUint32(result, length, true);
        return 0;
      },
      poll_oneoff: (_subscriptions, _events, _count, result) => {
        view().setUint32(result, 0, true);
        return 0;
      },
    };
    const names = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync("dist/core.wasm"))).map(
      ({ name }) => name,
    );
    return Object.fromEntries(
      names.map((name) => [
        name,
        (...args: number[]) => {
          this.calls.push(name);
          if (this.calls.length > 100_000) throw new Error(`${name} is called again and again`);
          return this.refusals[name] ?? calls[name]?.(...args) ?? 0;
        },
      ]),
    );
  }

  /** One operation, at `at`. */
  #answer(view: DataView, at: number): void {
    const op = view.getUint32(at + OPERATION_OP, true);
    const fd = view.getUint32(at + OPERATION_FD, true);
    let result = 0;
    if (op === OP_VERSION) result = ABI_VERSION;
    else if (op === OP_ARM && (fd >= 100 || fd === READY_FILE)) result = -BADF;
    else if (op === OP_LOOK) {
      const buffer = view.getUint32(at + OPERATION_BUFFER, true);
      const end = buffer + view.getUint32(at + OPERATION_LENGTH, true);
      for (let entry = buffer; entry < end; entry += POLLFD_SIZE) view.setUint16(entry + POLLFD_REVENTS, 0, true);
    }
    view.setInt32(at + OPERATION_RESULT, result, true);
  }
}

const WAITS: readonly [string, (exports: CoreExports, epfd: number, timeout: number) => number][] = [
  [
    "epoll_wait",
    ({ pollux_alloc, pollux_epoll_wait }, epfd, timeout) => pollux_epoll_wait(epfd, pollux_alloc(160), 10, timeout),
  ],
  ["poll", (exports, _, timeout) => exports.pollux_poll(entry(exports, 7), 1, timeout)],
  ["poll over an instance", (exports, epfd, timeout) => exports.pollux_poll(entry(exports, epfd), 1, timeout)],
  ["select", (exports, _, timeout) => exports.pollux_select(8, set(exports, 7), 0, 0, timeout)],
];

function entry({ pollux_alloc, memory }: CoreExports, fd: number): number {
  const address = pollux_alloc(8);
  new DataView(memory.buffer).setInt32(address, fd, true);
  new DataView(memory.buffer).setUint32(address + 4, POLLIN, true);
  return address;
}

function set({ pollux_alloc, memory }: CoreExports, fd: number): number {
  const address = pollux_alloc(4);
  new DataView(memory.buffer).setUint32(address, 1 << fd, true);
  return address;
}

describe("a host without a ready file whose poll_oneoff fails", () => {
  for (const [name, wait] of WAITS) {
    describe.each([NOTSUP, NOSYS, IO, PERM, FAULT, BADF, NOMEM])(`${name}, errno %i`, (errno) => {
      it.each([50, -1, 0])("fails a wait with that errno after one call, timeout %i", async (timeout) => {
        const host = await new StubHost().open();
        const epfd = host.exports.pollux_epoll_create();
        expect(host.exports.pollux_epoll_ctl(epfd, ADD, 7, IN, 7n)).toBe(0);
        host.exports.pollux_epoll_wait(epfd, host.exports.pollux_alloc(16), 1, 0); // the descriptor's type, at first
        host.refusals = { poll_oneoff: errno };
        host.calls.length = 0;
        expect(wait(host.exports, epfd, timeout)).toBe(-errno);
        expect(host.calls.filter((call) => call === "poll_oneoff")).toHaveLength(1);
        // The poller can be used again.
        host.refusals = {};
        expect(wait(host.exports, epfd, 0)).toBe(0);
      });
    });
  }

  it.each(WAITS)(
    "%s: an interruption does not end a sleep; interruptions in quick succession are EINTR",
    async (_, wait) => {
      const host = await new StubHost().open();
      const epfd = host.exports.pollux_epoll_create();
      host.exports.pollux_epoll_ctl(epfd, ADD, 7, IN, 7n);
      host.refusals = { poll_oneoff: INTR };
      expect(wait(host.exports, epfd, -1)).toBe(-INTR);
      expect(host.calls.filter((call) => call === "poll_oneoff").length).toBeLessThan(200);
    },
  );

  it.each(WAITS)("%s: a failing clock is the errno of a wait with a timeout", async (_, wait) => {
    const host = await new StubHost().open();
    const epfd = host.exports.pollux_epoll_create();
    host.exports.pollux_epoll_ctl(epfd, ADD, 7, IN, 7n);
    host.refusals = { clock_time_get: NOSYS };
    expect(wait(host.exports, epfd, 50)).toBe(-NOSYS);
  });

  it("a failing fd_fdstat_get is ctl's errno", async () => {
    const host = await new StubHost().open();
    const epfd = host.exports.pollux_epoll_create();
    host.exports.pollux_epoll_ctl(epfd, ADD, 7, IN, 7n);
    host.refusals = { fd_fdstat_get: IO };
    expect(host.exports.pollux_epoll_ctl(epfd, ADD, 8, IN, 8n)).toBe(-IO);
  });
});

describe("a host whose ready file fails", () => {
  const open = async () => {
    const host = new StubHost();
    host.hasReadyFile = true;
    await host.open();
    const epfd = host.exports.pollux_epoll_create();
    expect(host.exports.pollux_epoll_ctl(epfd, ADD, 7, IN, 7n)).toBe(0);
    expect(host.exports.pollux_capabilities() & 1).toBe(1);
    host.calls.length = 0;
    return { host, epfd };
  };

  it.each([
    ["fd_read", 0],
    ["poll_oneoff", 50],
    ["poll_oneoff", -1],
  ])("epoll_wait: %s, timeout %i, is the errno of the wait", async (call, timeout) => {
    const { host, epfd } = await open();
    host.refusals = { [call]: IO };
    expect(host.exports.pollux_epoll_wait(epfd, host.exports.pollux_alloc(160), 10, timeout)).toBe(-IO);
    expect(host.calls.filter((name) => name === call)).toHaveLength(1);
  });

  it.each(["fd_write", "fd_read"])("epoll_ctl: %s is the errno of ADD and MOD, which change nothing", async (call) => {
    const { host, epfd } = await open();
    host.refusals = { [call]: IO };
    expect(host.exports.pollux_epoll_ctl(epfd, ADD, 8, IN, 8n)).toBe(-IO);
    expect(host.exports.pollux_epoll_ctl(epfd, 3, 7, IN | 4, 9n)).toBe(-IO);
    host.refusals = {};
    expect(host.exports.pollux_epoll_ctl(epfd, ADD, 8, IN, 8n)).toBe(0);
  });

  it.each(["fd_write", "poll_oneoff"])("poll and select: %s is their errno", async (call) => {
    const { host, epfd } = await open();
    for (const [name, wait] of WAITS.slice(1)) {
      host.refusals = { [call]: IO };
      // A sleep over the array is one poll_oneoff, and a look is one fd_write.
      expect(wait(host.exports, epfd, call === "fd_write" ? 0 : 50), name).toBe(-IO);
      host.refusals = {};
    }
  });

  it("endless wakeups hang neither ctl nor a wait that must not sleep", async () => {
    const { host, epfd } = await open();
    host.endless = 7;
    expect(host.exports.pollux_epoll_ctl(epfd, 3, 7, IN, 7n)).toBe(0);
    expect(host.exports.pollux_epoll_wait(epfd, host.exports.pollux_alloc(160), 10, 0)).toBe(0);
    expect(host.exports.pollux_take()).toBe(0);
    // The rest is not lost: the next call returns it.
    host.endless = 0;
    expect(host.exports.pollux_epoll_wait(epfd, host.exports.pollux_alloc(160), 10, 0)).toBe(0);
  });

  it.each([0x7fff_ffff, 7, 4096 + 8])("a read count of %i bytes is limited to the buffer", async (count) => {
    const { host, epfd } = await open();
    host.lie = count;
    expect(host.exports.pollux_epoll_wait(epfd, host.exports.pollux_alloc(160), 10, 0)).toBe(0);
    expect(host.exports.pollux_epoll_ctl(epfd, ADD, 9, IN, 7n)).toBeLessThanOrEqual(0);
  });
});

function watched(core: Core, socket: Socket): Epoll {
  const epoll = new Epoll(core);
  epoll.ctl(ADD, socket, IN);
  return epoll;
}

function polled(core: Core, socket: Socket): Poll {
  const poll = new Poll(core);
  poll.register(socket, POLLIN);
  return poll;
}

function registered<S extends EpollSelector | PollSelector | SelectSelector>(selector: S, socket: Socket): S {
  selector.register(socket, EVENT_READ);
  return selector;
}

const LIBRARY_WAITS: readonly [string, (core: Core, socket: Socket) => unknown][] = [
  ["epoll.waitSync", (core, socket) => watched(core, socket).waitSync(new EpollEvents(core, 1), 50)],
  ["epoll.wait", (core, socket) => watched(core, socket).wait(new EpollEvents(core, 1), 50)],
  ["poll.pollSync", (core, socket) => polled(core, socket).pollSync(50)],
  ["poll.poll", (core, socket) => polled(core, socket).poll(50)],
  ["selectSync", (core, socket) => selectSync(core, [socket], [], [], 50)],
  ["select", (core, socket) => select(core, [socket], [], [], 50)],
  ...[EpollSelector, PollSelector, SelectSelector].flatMap(
    (Selector): [string, (core: Core, socket: Socket) => unknown][] => [
      [`${Selector.name}.selectSync`, (core, socket) => registered(new Selector(core), socket).selectSync(50)],
      [`${Selector.name}.select`, (core, socket) => registered(new Selector(core), socket).select(50)],
    ],
  ),
];

describe("the library, over a host whose poll_oneoff fails", () => {
  async function refusing(): Promise<{ core: Core; socket: Socket }> {
    const core = await Core.open({ driver: "simulated", edgeSource: false });
    const [socket] = Socket.pair(core);
    core.driver.poll = () => -NOTSUP;
    return { core, socket };
  }

  it.each(LIBRARY_WAITS)("%s throws it, with its code", async (_, wait) => {
    const { core, socket } = await refusing();
    await expect(Promise.resolve().then(() => wait(core, socket))).rejects.toMatchObject({ code: "ENOTSUP" });
    core.dispose();
  });
});
