/** A line for each host call, decoded by the witx. */
import { describe, expect, it } from "vitest";
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import { WasiHost, type WasiHostOptions } from "../../wasi-host/index.ts";
import { PREVIEW1, signatureOf, WASMEDGE } from "../../wasi-host/trace/signatures.ts";
import { Guest, NONBLOCK } from "./hand-driven-guest.ts";

const OUT = 16;
const INVALID_POINTER = 0xffff_fff0 | 0;

/** A guest, and the trace of its calls without times, which always differ. */
async function traced({ filter, ...options }: WasiHostOptions & { filter?: string[] } = {}) {
  let text = "";
  const write = (part: string) => {
    text += part;
  };
  const guest = await Guest.open({ ...options, trace: { write, filter } });
  const lines = () =>
    text
      .replace(/ <\d+\.\d{6}>\n/g, "\n")
      .split("\n")
      .slice(0, -1);
  return { guest, lines, last: () => lines().at(-1), text: () => text, [Symbol.dispose]: () => guest.host.dispose() };
}

describe("a traced call", () => {
  it("shows sent and received data, up to a length", async () => {
    using trace = await traced({ listen: ["127.0.0.1:0"] });
    const { client, stream } = await trace.guest.connection();
    expect(trace.last()).toBe(`sock_accept(fd=3, flags=0) = 0 accepted=${stream}`);
    trace.guest.calls.sock_send(
      stream,
      ...trace.guest.iovecs(trace.guest.place('a"b\\'), trace.guest.place("\n\x00\xff")),
      0,
      OUT,
    );
    expect(trace.last()).toBe(String.raw`sock_send(fd=4, iovs=["a\"b\\", "\n\x00\xc3\xbf"], flags=0) = 0 size=8`);
    await client.write("x".repeat(40));
    const rooms = trace.guest.iovecs([trace.guest.room(16), 16], [trace.guest.room(32), 32]);
    trace.guest.calls.sock_recv(stream, ...rooms, 1, OUT, OUT + 8);
    expect(trace.last()).toBe(
      `sock_recv(fd=4, iovs=[16, 32], flags=recv_peek) = 0 iovs="${"x".repeat(32)}"... size=40 roflags=0`,
    );
    trace.guest.calls.fd_fdstat_set_flags(stream, NONBLOCK);
    expect(trace.last()).toBe("fd_fdstat_set_flags(fd=4, flags=nonblock) = 0");
    trace.guest.receive(stream, 64);
    trace.guest.receive(stream, 64);
    expect(trace.last()).toBe("sock_recv(fd=4, iovs=[64], flags=0) = EAGAIN");
    client.socket.destroy();
  });

  it("names the ready file instead of its number", async () => {
    using trace = await traced({ edgeSource: true });
    const { guest } = trace;
    guest.calls.fd_close(READY_FILE);
    expect(trace.last()).toBe("fd_close(fd=ready_file) = EBADF");
    guest.calls.fd_fdstat_get(READY_FILE, guest.room(24));
    expect(trace.last()).toMatch(/^fd_fdstat_get\(fd=ready_file\) = 0 stat=\{unknown flags=nonblock /);
    guest.calls.fd_renumber(1, READY_FILE);
    expect(trace.last()).toBe("fd_renumber(fd=1, to=ready_file) = ENOTSUP");
    const subscription = guest.room(48);
    guest.view.setUint8(subscription + 8, 2);
    guest.view.setUint32(subscription + 16, READY_FILE, true);
    guest.calls.poll_oneoff(subscription, guest.room(32), 1, OUT);
    expect(trace.last()).toContain("poll_oneoff(in=[{0x0 fd_write fd=ready_file}]) = 0");
  });

  it("shows subscriptions and events", async () => {
    using trace = await traced({ listen: ["127.0.0.1:0"] });
    const { guest } = trace;
    const { view } = guest;
    const subscriptions = guest.room(48 * 2);
    view.setBigUint64(subscriptions, 0x77n, true);
    view.setUint32(subscriptions + 16, 1, true);
    view.setBigUint64(subscriptions + 24, 3_600_001_500_000n, true);
    view.setUint8(subscriptions + 48 + 8, 1);
    view.setUint32(subscriptions + 48 + 16, 99, true);
    guest.calls.poll_oneoff(subscriptions, guest.room(64), 2, OUT);
    expect(trace.last()).toBe(
      "poll_oneoff(in=[{0x77 clock monotonic in 3600.0015s}, {0x0 fd_read fd=99}]) = 0 out=[{0x0 fd_read EBADF}] events=1",
    );
  });

  it("names the errors of sock_getaddrinfo", async () => {
    using trace = await traced({ connect: ["127.0.0.1:80"] });
    const { guest } = trace;
    const hints = guest.place(new Uint8Array(28))[0];
    guest.calls.sock_getaddrinfo(...guest.place("localhost"), ...guest.place("nothing"), hints, OUT, 1, OUT + 8);
    expect(trace.last()).toMatch(/ = EAI_SERVICE$/);
  });

  it("shows addresses in buffers that begin with their family", async () => {
    using trace = await traced();
    const { guest } = trace;
    guest.calls.sock_open(3, 2, OUT);
    for (const [address, text] of [
      [[3, 0, ...Buffer.from("/run/x.sock")], 'unix "/run/x.sock"'],
      [[3, 0, ...new Array(126).fill(0x78)], `unix "${"x".repeat(126)}"`],
      [[1, 0, 127, 0, 0, 1], "127.0.0.1"],
      [[2, 0, ...new Array(15).fill(0), 1], `"${"\\x00".repeat(15)}\\x01"`],
    ] as const) {
      const storage = new Uint8Array(128);
      storage.set(address);
      guest.calls.sock_connect(3, guest.iovecs(guest.place(storage))[0], 0);
      expect(trace.last()).toContain(`sock_connect(fd=3, address=${text}, port=0) = E`);
    }
  });

  it("shows paths, flags by name, and 64-bit numbers", async () => {
    using trace = await traced({ dirs: { "/data": "tests/hosts" } });
    const { guest } = trace;
    const path = guest.place("trace.test.ts");
    guest.calls.path_open(3, 1, ...path, 0, 2n, 0n, 0, OUT);
    expect(trace.last()).toBe(
      'path_open(fd=3, dirflags=symlink_follow, path="trace.test.ts", oflags=0, rights=0x2, inheriting=0x0, fdflags=0) = 0 opened=4',
    );
    guest.calls.fd_seek(4, -1n, 0, OUT);
    expect(trace.last()).toMatch(/^fd_seek\(fd=4, offset=-1, whence=set\) = E[A-Z]+$/);
    guest.calls.path_open(3, 0, ...guest.place("none/x"), 9, 2n, 0n, 4, OUT);
    expect(trace.last()).toMatch(/oflags=creat\|trunc, .* fdflags=nonblock\) = ENOENT$/);
  });

  it("shows an invalid pointer as such, and the host's result", async () => {
    using trace = await traced();
    const { guest } = trace;
    guest.calls.fd_write(1, INVALID_POINTER, 2, OUT);
    expect(trace.last()).toBe("fd_write(fd=1, iovs=0xfffffff0 (outside of memory)) = EFAULT");
    guest.calls.fd_write(1, ...guest.iovecs([INVALID_POINTER, 8], [OUT, INVALID_POINTER]), OUT);
    expect(trace.last()).toBe(
      "fd_write(fd=1, iovs=[0xfffffff0 (outside of memory), 0x10 (outside of memory)]) = EFAULT",
    );
    guest.calls.fd_write(1, ...guest.iovecs(), INVALID_POINTER);
    expect(trace.last()).toBe("fd_write(fd=1, iovs=[], size=0xfffffff0 (outside of memory)) = EFAULT");
    guest.calls.poll_oneoff(INVALID_POINTER, INVALID_POINTER, 1, INVALID_POINTER);
    expect(trace.last()).toMatch(/^poll_oneoff\(in=0xfffffff0 \(outside of memory\), out=0xfffffff0 .* = EFAULT$/);
  });

  it("shows any call with any arguments, and does not change its result", async () => {
    using trace = await traced();
    using plain = await Guest.open();
    for (const [name, signature] of Object.entries(PREVIEW1)) {
      if (name === "proc_exit") continue;
      for (const number of [0, 1, -1, INVALID_POINTER, 0x7fff_ffff, 65_530]) {
        const wide = ["u64", "s64", "timestamp", "rights"];
        const args = Object.values(signature).map((kind) => (wide.includes(kind) ? BigInt(number) : number));
        expect([name, number, trace.guest.calls[name](...args)]).toEqual([name, number, plain.calls[name](...args)]);
        expect(trace.last()).toContain(`${name}(`);
      }
    }
  });

  it("that does not return is shown with a question mark", async () => {
    using trace = await traced();
    expect(() => trace.guest.calls.proc_exit(3)).toThrow();
    expect(trace.last()).toBe("proc_exit(code=3) = ?");
  });

  it("shows its duration in seconds", async () => {
    using trace = await traced();
    trace.guest.calls.sched_yield();
    expect(trace.text()).toMatch(/^sched_yield\(\) = 0 <\d+\.\d{6}>\n$/);
  });
});

describe("the filter", () => {
  it("accepts families and names", async () => {
    using trace = await traced({ filter: ["sock", "sched_yield"] });
    const { calls } = trace.guest;
    calls.sched_yield();
    calls.fd_close(9);
    calls.sock_shutdown(9, 3);
    expect(trace.lines()).toEqual(["sched_yield() = 0", "sock_shutdown(fd=9, how=rd|wr) = EBADF"]);
  });

  it("is refused if it names an unknown call", async () => {
    const open = WasiHost.open({ trace: { filter: ["sock", "soc"], write: () => {} } });
    await expect(open).rejects.toThrow(
      "no host call is named 'soc': expected a name, for example fd_write, or a family: args,",
    );
  });
});

describe("the table of signatures", () => {
  it("has exactly the calls of the host", async () => {
    using guest = await Guest.open();
    const names = new Set([...Object.keys(PREVIEW1), ...Object.keys(WASMEDGE)]);
    expect(Object.keys(guest.calls).sort()).toEqual([...names].sort());
  });

  it("distinguishes versions of a name by the number of parameters", () => {
    expect(Object.keys(signatureOf("sock_accept", 2)!)).toEqual(["fd", "accepted"]);
    expect(Object.keys(signatureOf("sock_accept", 3)!)).toEqual(["fd", "flags", "accepted"]);
    expect(signatureOf("sock_accept", 4)).toBeUndefined();
  });
});
