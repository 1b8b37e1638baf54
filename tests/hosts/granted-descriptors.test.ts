/**
 * A guest has only the granted descriptors: after stdio come listeners, then directories. The ready file has a number
 * that no program guesses, for guests that ask for it (docs/architecture.md).
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { run, type WasiHostOptions } from "../../wasi-host/index.ts";
import { WITX } from "../witx.ts";
import { pollux } from "./command.ts";
import { Guest } from "./hand-driven-guest.ts";

const LISTEN = ["127.0.0.1:0"];
const [DIRECTORY, STREAM] = [3, 6];
const FD_READ = 1;
const NONBLOCK = 4;

/** An embedder opens a host without a word about ready files. */
const open = (options: WasiHostOptions = {}) => Guest.open({ edgeSource: undefined, ...options });

/** Every call of preview1 whose first argument is a descriptor, with valid other arguments. */
function callsOn(guest: Guest, fd: number): Record<string, number> {
  const [path, length] = guest.place("name");
  const iovecs = guest.iovecs([guest.room(16), 16]);
  const { result } = guest;
  const more: Record<string, readonly unknown[]> = {
    fd_advise: [0n, 0n, 0],
    fd_allocate: [0n, 0n],
    fd_close: [],
    fd_datasync: [],
    fd_fdstat_get: [result],
    fd_fdstat_set_flags: [0],
    fd_fdstat_set_rights: [0n, 0n],
    fd_filestat_get: [guest.room(64)],
    fd_filestat_set_size: [0n],
    fd_filestat_set_times: [0n, 0n, 0],
    fd_pread: [...iovecs, 0n, result],
    fd_prestat_get: [result],
    fd_prestat_dir_name: [path, length],
    fd_pwrite: [...iovecs, 0n, result],
    fd_read: [...iovecs, result],
    fd_readdir: [path, length, 0n, result],
    fd_renumber: [fd],
    fd_seek: [0n, 0, result],
    fd_sync: [],
    fd_tell: [result],
    fd_write: [...iovecs, result],
    path_create_directory: [path, length],
    path_filestat_get: [0, path, length, guest.room(64)],
    path_filestat_set_times: [0, path, length, 0n, 0n, 0],
    path_link: [0, path, length, fd, path, length],
    path_open: [0, path, length, 0, 0n, 0n, 0, result],
    path_readlink: [path, length, path, length, result],
    path_remove_directory: [path, length],
    path_rename: [path, length, fd, path, length],
    path_unlink_file: [path, length],
    sock_accept: [0, result],
    sock_recv: [...iovecs, 0, result, result + 8],
    sock_send: [...iovecs, 0, result],
    sock_shutdown: [1],
  };
  const takers = WITX.filter((call) => /^(fd|path|sock)_/.test(call) && call !== "path_symlink");
  expect(Object.keys(more)).toEqual(takers);
  return Object.fromEntries(takers.map((call) => [call, guest.calls[call](fd, ...more[call])]));
}

const typeOf = (guest: Guest, fd: number) =>
  guest.calls.fd_fdstat_get(fd, guest.result) === 0 ? guest.view.getUint8(guest.result) : "EBADF";

/** The error of a poll_oneoff that waits for reading on `fd` alone. */
function polled(guest: Guest, fd: number): number {
  const [subscription, event] = [guest.room(48), guest.room(32)];
  guest.view.setUint8(subscription + 8, FD_READ);
  guest.view.setUint32(subscription + 16, fd, true);
  expect(guest.calls.poll_oneoff(subscription, event, 1, guest.result)).toBe(0);
  return guest.view.getUint16(event + 8, true);
}

describe("descriptor 3", () => {
  it("is closed if nothing is granted: every call is EBADF", async () => {
    using guest = await open();
    for (const [call, errno] of Object.entries(callsOn(guest, 3))) expect([call, errno]).toEqual([call, Errno.BADF]);
    expect(polled(guest, 3)).toBe(Errno.BADF);
  });

  it("is the first directory if no listener is given, and 4 is closed", async () => {
    using guest = await open({ dirs: { "/": "." } });
    expect([typeOf(guest, 3), typeOf(guest, 4)]).toEqual([DIRECTORY, "EBADF"]);
    expect(guest.calls.fd_prestat_get(3, guest.result)).toBe(0);
    expect(guest.calls.fd_prestat_get(4, guest.result)).toBe(Errno.BADF);
  });

  it("is the first listener if one is given; directories follow", async () => {
    using guest = await open({ listen: [...LISTEN, ...LISTEN], dirs: { "/a": ".", "/b": "." } });
    const types = [3, 4, 5, 6, 7].map((fd) => typeOf(guest, fd));
    expect(types).toEqual([STREAM, STREAM, DIRECTORY, DIRECTORY, "EBADF"]);
  });

  it("is the first descriptor that the guest opens if nothing is granted", async () => {
    using guest = await open({ connect: ["127.0.0.1:*"] });
    expect(guest.calls.sock_open(1, 2, guest.result)).toBe(0);
    expect(guest.u32()).toBe(3);
  });
});

describe("the ready file", () => {
  let guest: Guest;
  beforeEach(async () => {
    guest = await open({ limits: { descriptors: 4 }, connect: ["127.0.0.1:*"] });
  });
  afterEach(() => guest[Symbol.dispose]());

  const ask = () => guest.calls.fd_fdstat_get(READY_FILE, guest.result);

  it("is closed until fd_fdstat_get asks for it", () => {
    const answers = Object.entries(callsOn(guest, READY_FILE));
    for (const [call, errno] of answers.filter(([name]) => name !== "fd_fdstat_get" && name < "fd_fdstat_get")) {
      expect([call, errno]).toEqual([call, Errno.BADF]);
    }
    expect(answers.find(([call]) => call === "fd_fdstat_get")).toEqual(["fd_fdstat_get", 0]);
  });

  it("is not opened by poll_oneoff, fd_renumber, sock_recv or fd_write", () => {
    const [iovecs, count] = guest.iovecs([guest.room(16), 16]);
    expect(polled(guest, READY_FILE)).toBe(Errno.BADF);
    expect(guest.calls.fd_renumber(0, READY_FILE)).toBe(Errno.BADF);
    expect(guest.calls.sock_recv(READY_FILE, iovecs, count, 1, guest.result, guest.result + 8)).toBe(Errno.BADF);
    expect(guest.calls.fd_write(READY_FILE, iovecs, count, guest.result)).toBe(Errno.BADF);
    expect([...guest.host.descriptors.open()].map(([fd]) => fd)).toEqual([0, 1, 2]);
  });

  it("is not found by a guest that closes, inspects or renumbers all numbers up to 65,536", () => {
    for (let fd = 3; fd < 65_536; fd++) {
      const { fd_prestat_get, fd_fdstat_get, fd_renumber, fd_close } = guest.calls;
      const errors = [
        fd_prestat_get(fd, guest.result),
        fd_fdstat_get(fd, guest.result),
        fd_renumber(fd, 2),
        fd_close(fd),
      ];
      // An expectation of each takes longer than the calls.
      if (errors.some((error) => error !== Errno.BADF))
        expect([fd, errors]).toEqual([fd, errors.map(() => Errno.BADF)]);
    }
    expect(ask()).toBe(0);
  });

  it("is not opened if its status does not fit into memory: EFAULT, then EBADF", () => {
    expect(guest.calls.fd_fdstat_get(READY_FILE, guest.size - 8)).toBe(Errno.BADF);
    expect(guest.calls.fd_close(READY_FILE)).toBe(Errno.BADF);
    expect(ask()).toBe(0);
    expect(guest.calls.fd_fdstat_get(READY_FILE, guest.size - 8)).toBe(Errno.FAULT);
  });

  it("cannot be closed, renumbered or replaced: ENOTSUP, without effect", () => {
    expect(ask()).toBe(0);
    expect(guest.calls.fd_close(READY_FILE)).toBe(Errno.NOTSUP);
    expect(guest.calls.fd_renumber(READY_FILE, 0)).toBe(Errno.NOTSUP);
    expect(guest.calls.fd_renumber(0, READY_FILE)).toBe(Errno.NOTSUP);
    expect(guest.calls.fd_renumber(READY_FILE, READY_FILE)).toBe(Errno.NOTSUP);
    expect(guest.calls.fd_renumber(READY_FILE, 3)).toBe(Errno.BADF);
    expect([...guest.host.descriptors.open()].map(([fd]) => fd)).toEqual([0, 1, 2, READY_FILE]);
    expect(typeOf(guest, 0)).not.toBe("EBADF");
  });

  it("uses no number and no place of the guest's other descriptors", () => {
    expect(ask()).toBe(0);
    expect(guest.calls.sock_open(1, 2, guest.result)).toBe(0);
    expect(guest.u32()).toBe(3);
    expect(guest.calls.sock_open(1, 2, guest.result)).toBe(Errno.MFILE);
  });

  it("does not exist with edgeSource: false", async () => {
    using without = await open({ edgeSource: false });
    expect(without.calls.fd_fdstat_get(READY_FILE, without.result)).toBe(Errno.BADF);
  });

  it("is closed when the host is disposed", () => {
    expect(ask()).toBe(0);
    guest.host.dispose();
    expect(ask()).toBe(Errno.BADF);
  });
});

describe("a missing listener", () => {
  let missing: number[];
  beforeEach(() => {
    missing = [];
  });
  const onMissingListener = (fd: number) => void missing.push(fd);

  const USES: Record<string, (guest: Guest, fd: number) => number> = {
    sock_accept: (guest, fd) => guest.calls.sock_accept(fd, 0, guest.result),
    poll_oneoff: polled,
    "fcntl(F_SETFL): fd_fdstat_set_flags": (guest, fd) => guest.calls.fd_fdstat_set_flags(fd, NONBLOCK),
    "Go's net.FileListener: fd_fdstat_get": (guest, fd) => guest.calls.fd_fdstat_get(fd, guest.result),
  };

  it.each(Object.entries(USES))("is reported once by %s, with EBADF", async (_, use) => {
    using guest = await open({ onMissingListener });
    expect([use(guest, 3), use(guest, 3)]).toEqual([Errno.BADF, Errno.BADF]);
    expect(missing).toEqual([3]);
  });

  it.each(Object.entries(USES))("is the next number after the given ones (%s)", async (_, use) => {
    using guest = await open({ listen: LISTEN, onMissingListener });
    use(guest, 4);
    expect(missing).toEqual([4]);
  });

  it("is reported if a directory has its number", async () => {
    using guest = await open({ dirs: { "/": "." }, onMissingListener });
    expect(USES.sock_accept(guest, 3)).toBe(Errno.NOTSOCK);
    expect(missing).toEqual([3]);
  });

  it("is not reported for a guest that looks for directories, closes, or asks for a file type", async () => {
    using guest = await open({ onMissingListener });
    guest.calls.fd_prestat_get(3, guest.result);
    guest.calls.fd_close(3);
    guest.calls.fd_filestat_get(3, guest.room(64));
    for (const use of Object.values(USES)) for (const fd of [4, 77, READY_FILE]) use(guest, fd);
    expect(missing).toEqual([]);
  });

  it("is not reported for a guest's own closed socket", async () => {
    using guest = await open({ connect: ["127.0.0.1:*"], onMissingListener });
    guest.calls.sock_open(1, 2, guest.result);
    expect(guest.calls.fd_close(3)).toBe(0);
    for (const use of Object.values(USES)) expect(use(guest, 3)).toBe(Errno.BADF);
    expect(missing).toEqual([]);
  });
});

describe("the bundled servers", () => {
  it.each(["echo-poll", "echo-epoll", "echo-select", "upper-select", "echo-selectors"])(
    "%s without a listener exits with status 2 and names the option that gives one",
    async (name) => {
      const program = fileURLToPath(new URL(`../../dist/programs/${name}.wasm`, import.meta.url));
      const { error, status } = await pollux("run", program);
      expect(error).toMatch(
        /^pollux: the program uses descriptor 3 .* --listen HOST:PORT gives it one\nno listener inherited/,
      );
      expect(status).toBe(2);
    },
  );
});

it.each(["blocking", "worker"] as const)(
  "run reports a missing listener to its embedder (sleep: '%s')",
  async (sleep) => {
    const missing: number[] = [];
    const program = readFileSync(new URL("../../dist/programs/echo-poll.wasm", import.meta.url));
    const stderr = () => {};
    const status = await run(program, { args: ["echo"], sleep, stderr, onMissingListener: (fd) => missing.push(fd) });
    expect([status, missing]).toEqual([2, [3]]);
  },
);
