/** An invalid pointer or length of a guest is EFAULT without effect, in every call that takes one. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Client, Guest, NONBLOCK } from "./hand-driven-guest.ts";
import { DATAGRAM, INET4, STREAM } from "./socket-guest.ts";

const directory = mkdtempSync(path.join(tmpdir(), "pollux-pointers-"));
afterAll(() => rmSync(directory, { recursive: true }));

const SIZE = 65_536;
/** Addresses of a u32 that memory does not hold: just past it, far past it, and where a signed sum would wrap. */
const INVALID_POINTERS = [SIZE - 1, SIZE, 0x7fff_fffc, 0x8000_0000 | 0, -4, -1];
/** Lengths that reach past memory from any start. */
const LONG = [SIZE + 1, 0x7fff_ffff, 0x8000_0000 | 0, -1];

interface Case {
  /** Valid arguments. */
  args(guest: Guest, fds: { file: number; stream: number; listener: number; directory: number }): unknown[];
  /** The pointers and the lengths among them. */
  pointers: number[];
  lengths?: number[];
}

const ALL_RIGHTS = (1n << 28n) - 1n;
const OUT = 16;
const name = (guest: Guest, text = "file.txt") => guest.place(text);
const iovecs = (guest: Guest) => guest.iovecs([guest.room(16), 16]);
/** A socket opened by the guest. */
const socket = (guest: Guest, type: number) => {
  expect(guest.calls.sock_open(INET4, type, OUT)).toBe(0);
  return guest.u32();
};
const fresh = (guest: Guest) => socket(guest, STREAM);
const datagrams = (guest: Guest) => socket(guest, DATAGRAM);
/** WasmEdge's address: a pointer to {buffer, length}. */
const address = (guest: Guest) => guest.iovecs([guest.room(16), 4])[0];

const CASES: Record<string, Case> = {
  args_get: { args: () => [32, 64], pointers: [0, 1] },
  args_sizes_get: { args: () => [32, 64], pointers: [0, 1] },
  environ_get: { args: () => [32, 64], pointers: [0, 1] },
  environ_sizes_get: { args: () => [32, 64], pointers: [0, 1] },
  clock_res_get: { args: () => [1, OUT], pointers: [1] },
  clock_time_get: { args: () => [1, 0n, OUT], pointers: [2] },
  fd_fdstat_get: { args: (_g, { stream }) => [stream, OUT], pointers: [1] },
  fd_filestat_get: { args: (_g, { stream }) => [stream, OUT], pointers: [1] },
  fd_pread: { args: (g, { file }) => [file, ...iovecs(g), 0n, OUT], pointers: [1, 4] },
  fd_prestat_get: { args: (_g, { directory }) => [directory, OUT], pointers: [1] },
  fd_prestat_dir_name: { args: (_g, { directory }) => [directory, 64, 5], pointers: [1], lengths: [2] },
  fd_pwrite: { args: (g, { file }) => [file, ...iovecs(g), 0n, OUT], pointers: [1, 4] },
  fd_read: { args: (g, { stream }) => [stream, ...iovecs(g), OUT], pointers: [1, 3] },
  fd_readdir: { args: (_g, { directory }) => [directory, 64, 512, 0n, OUT], pointers: [1, 4], lengths: [2] },
  fd_seek: { args: (_g, { file }) => [file, 0n, 0, OUT], pointers: [3] },
  fd_tell: { args: (_g, { file }) => [file, OUT], pointers: [1] },
  fd_write: { args: (g, { stream }) => [stream, ...iovecs(g), OUT], pointers: [1, 3] },
  path_create_directory: { args: (g, { directory }) => [directory, ...name(g, "new")], pointers: [1], lengths: [2] },
  path_filestat_get: { args: (g, { directory }) => [directory, 0, ...name(g), OUT], pointers: [2, 4], lengths: [3] },
  path_filestat_set_times: {
    args: (g, { directory }) => [directory, 0, ...name(g), 0n, 0n, 0],
    pointers: [2],
    lengths: [3],
  },
  path_link: {
    args: (g, { directory }) => [directory, 0, ...name(g), directory, ...name(g, "new")],
    pointers: [2, 5],
    lengths: [3, 6],
  },
  path_open: {
    args: (g, { directory }) => [directory, 0, ...name(g, "new"), 1, ALL_RIGHTS, ALL_RIGHTS, 0, OUT],
    pointers: [2, 8],
    lengths: [3],
  },
  path_readlink: {
    args: (g, { directory }) => [directory, ...name(g, "link"), 64, 64, OUT],
    pointers: [1, 3, 5],
    lengths: [2, 4],
  },
  path_remove_directory: { args: (g, { directory }) => [directory, ...name(g, "empty")], pointers: [1], lengths: [2] },
  path_rename: {
    args: (g, { directory }) => [directory, ...name(g), directory, ...name(g, "new")],
    pointers: [1, 4],
    lengths: [2, 5],
  },
  path_symlink: {
    args: (g, { directory }) => [...name(g), directory, ...name(g, "new")],
    pointers: [0, 3],
    lengths: [1, 4],
  },
  path_unlink_file: { args: (g, { directory }) => [directory, ...name(g)], pointers: [1], lengths: [2] },
  poll_oneoff: { args: () => [1024, 2048, 1, OUT], pointers: [0, 1, 3], lengths: [2] },
  random_get: { args: () => [64, 16], pointers: [0], lengths: [1] },
  sock_accept: { args: (_g, { listener }) => [listener, 0, OUT], pointers: [2] },
  sock_bind: { args: (g) => [fresh(g), address(g), 80], pointers: [1] },
  sock_connect: { args: (g) => [fresh(g), address(g), 80], pointers: [1] },
  sock_getlocaladdr: { args: (g, { stream }) => [stream, address(g), OUT, OUT + 8], pointers: [1, 2, 3] },
  sock_getpeeraddr: { args: (g, { stream }) => [stream, address(g), OUT, OUT + 8], pointers: [1, 2, 3] },
  sock_getsockopt: { args: (g, { stream }) => [stream, 0, 2, OUT, g.iovecs([4, 4])[0]], pointers: [3, 4] },
  sock_open: { args: () => [1, 2, OUT], pointers: [2] },
  sock_send_to: {
    args: (g) => [datagrams(g), ...iovecs(g), address(g), 80, 0, OUT],
    pointers: [1, 3, 6],
  },
  sock_recv_from: {
    args: (g) => [datagrams(g), ...iovecs(g), address(g), 0, OUT, OUT + 4, OUT + 8],
    pointers: [1, 3, 5, 6, 7],
  },
  sock_getaddrinfo: {
    args: (g) => [...g.place("127.0.0.1"), ...g.place("80"), g.room(32), OUT, 1, OUT + 8],
    pointers: [0, 2, 4, 5, 7],
    lengths: [1, 3],
  },
  sock_setsockopt: { args: (_g, { stream }) => [stream, 0, 0, OUT, 4], pointers: [3], lengths: [4] },
  sock_recv: { args: (g, { stream }) => [stream, ...iovecs(g), 0, OUT, OUT + 8], pointers: [1, 4, 5] },
  sock_send: { args: (g, { stream }) => [stream, ...iovecs(g), 0, OUT], pointers: [1, 4] },
};

/** WasmEdge's second names; names of sockets are in 128 bytes there. */
for (const call of [
  "sock_open",
  "sock_bind",
  "sock_accept",
  "sock_connect",
  "sock_recv",
  "sock_recv_from",
  "sock_send",
  "sock_send_to",
]) {
  CASES[`${call}_v2`] = CASES[call];
}
for (const call of ["sock_getlocaladdr_v2", "sock_getpeeraddr_v2"]) {
  CASES[call] = { args: (g, { stream }) => [stream, g.iovecs([g.room(128), 128])[0], OUT], pointers: [1, 2] };
}

/** Calls with neither a pointer nor a length. */
const WITHOUT =
  `fd_advise fd_allocate fd_close fd_datasync fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_set_size
  fd_filestat_set_times fd_renumber fd_sync proc_exit proc_raise sched_yield sock_listen sock_listen_v2
  sock_shutdown`.split(/\s+/);

/** A guest with a listener with a waiting connection, a stream with data, a directory, and an open file. */
async function equipped() {
  rmSync(directory, { recursive: true });
  mkdirSync(path.join(directory, "empty"), { recursive: true });
  writeFileSync(path.join(directory, "file.txt"), "content");
  symlinkSync("file.txt", path.join(directory, "link"));
  const guest = await Guest.open({
    args: ["a", "b"],
    env: { K: "V" },
    listen: ["127.0.0.1:0"],
    dirs: { "/data": directory },
  });
  const { client, stream } = await guest.connection(NONBLOCK);
  await client.write("0123456789");
  await (await Client.to(guest)).write("waiting");
  // Only calls that do not sleep: a call that wrongly proceeds must not block the test.
  expect(guest.calls.fd_fdstat_set_flags(3, NONBLOCK)).toBe(0);
  const open = guest.calls.path_open(4, 0, ...guest.place("file.txt"), 0, ALL_RIGHTS, ALL_RIGHTS, 0, OUT);
  expect(open).toBe(0);
  return { guest, client, fds: { file: guest.u32(), stream, listener: 3, directory: 4 } };
}

describe("a pointer or a length outside memory is EFAULT, without effect,", () => {
  it("in every call that takes one", async () => {
    const { guest } = await equipped();
    expect([...Object.keys(CASES), ...WITHOUT].sort()).toEqual(Object.keys(guest.calls).sort());
    guest.host.dispose();
  });

  for (const [call, { args, pointers, lengths = [] }] of Object.entries(CASES)) {
    it(call, async () => {
      const { guest, fds } = await equipped();
      const valid = args(guest, fds);
      const before = guest.bytes(0, SIZE);
      const listing = readdirSync(directory);
      const wild = [
        ...pointers.flatMap((at) => INVALID_POINTERS.map((value) => [at, value])),
        ...lengths.flatMap((at) => LONG.map((value) => [at, value])),
      ];
      for (const [at, value] of wild) {
        const given = valid.with(at, value);
        expect([at, value, guest.calls[call](...given)]).toEqual([at, value, Errno.FAULT]);
      }
      expect(guest.bytes(0, SIZE).equals(before)).toBe(true);
      expect(readdirSync(directory)).toEqual(listing);
      expect(guest.receive(fds.stream, 32).text).toBe("0123456789");
      expect(guest.calls.sock_accept(fds.listener, NONBLOCK, OUT)).toBe(0);
      expect(guest.receive(guest.u32(), 32).text).toBe("waiting");
      guest.host.dispose();
    });
  }
});

describe("an iovec outside memory is EFAULT, without effect;", () => {
  for (const call of ["fd_read", "fd_write", "fd_pread", "fd_pwrite", "sock_recv", "sock_send"]) {
    it(`${call}: a wild buffer, a wild length, behind a good one too`, async () => {
      const { guest, client, fds } = await equipped();
      const good: [number, number] = guest.place("good");
      for (const bad of [
        [SIZE - 1, 2],
        [-1, 1],
        [0, SIZE + 1],
        [100, -1],
        [SIZE, 1],
      ] as [number, number][]) {
        const array = guest.iovecs(good, bad);
        const valid = CASES[call].args(guest, fds);
        valid.splice(1, 2, ...array);
        expect([bad, guest.calls[call](...valid)]).toEqual([bad, Errno.FAULT]);
      }
      expect(guest.bytes(...good).toString()).toBe("good");
      expect(guest.receive(fds.stream, 32).text).toBe("0123456789");
      guest.calls.sock_send(fds.stream, ...guest.iovecs(guest.place("after")), 0, OUT);
      expect(await client.read(5)).toBe("after");
      guest.host.dispose();
    });
  }

  it("more bytes than fit an ssize_t are EINVAL", async () => {
    const { guest, fds } = await equipped();
    guest.memory.grow(1024);
    const array = guest.room(64 * 8);
    for (let index = 0; index < 64; index++) guest.view.setUint32(array + index * 8 + 4, 0x200_0000, true);
    expect(guest.calls.sock_recv(fds.stream, array, 64, 0, OUT, OUT + 8)).toBe(Errno.INVAL);
    expect(guest.receive(fds.stream, 32).text).toBe("0123456789");
    guest.host.dispose();
  });
});

it("the host sees memory that has grown since the last call", async () => {
  using guest = await Guest.open();
  expect(guest.calls.random_get(SIZE, 16)).toBe(Errno.FAULT);
  guest.memory.grow(1);
  expect(guest.calls.random_get(SIZE, 16)).toBe(0);
  expect(guest.bytes(SIZE, 16).some((byte) => byte !== 0)).toBe(true);
});
