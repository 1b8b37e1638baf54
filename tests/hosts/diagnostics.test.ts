/** The host's own output never ends a guest, whatever happens to the descriptor. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import koffi from "koffi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLI } from "./command.ts";
import { program } from "./guest-program.ts";

/** Refused connections, for each of which --trace and --verbose write a line: about 200 KB and 170 KB. */
const CALLS = 2_000;
const SOURCE = `
@external("wasi_snapshot_preview1", "sock_open") declare function sock_open(family: i32, type: i32, fd: usize): i32;
@external("wasi_snapshot_preview1", "sock_connect") declare function sock_connect(fd: i32, address: usize, port: i32): i32;
@external("wasi_snapshot_preview1", "fd_write") declare function fd_write(fd: i32, iovs: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "fd_fdstat_set_flags") declare function fd_fdstat_set_flags(fd: i32, flags: i32): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;
@external("wasi_snapshot_preview1", "args_sizes_get") declare function args_sizes_get(count: usize, size: usize): i32;

const CELLS = memory.data(64);
const TEXT = memory.data(65536);

/**
 * Without arguments: is refused connections. With one: writes 16 times 64 KiB to stdout. With two: the same, NONBLOCK.
 */
export function _start(): void {
  args_sizes_get(CELLS, CELLS + 4);
  const count = load<u32>(CELLS);
  if (count == 1) {
    sock_open(1, 2, CELLS);
    store<u32>(CELLS + 4, 0x0100000a);
    store<usize>(CELLS + 8, CELLS + 4);
    store<u32>(CELLS + 12, 4);
    for (let i = 0; i < ${CALLS}; i++) sock_connect(load<i32>(CELLS), CELLS + 8, 80);
    proc_exit(9);
  }
  if (count == 3) fd_fdstat_set_flags(1, 4);
  let left: u32 = 16 * 65536;
  while (left > 0) {
    store<usize>(CELLS, TEXT);
    store<usize>(CELLS + 4, min<u32>(left, 65536));
    const errno = fd_write(1, CELLS, 1, CELLS + 8);
    if (errno == 6) continue;
    if (errno != 0) proc_exit(errno);
    left -= load<u32>(CELLS + 8);
  }
  proc_exit(7);
}`;

const directory = mkdtempSync(path.join(tmpdir(), "pollux-diagnostics-"));
let guest: string;
beforeAll(async () => {
  guest = await program("refused.wasm", SOURCE);
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true }));

const libc = koffi.load("libc.so.6");
const ioctl = libc.func("int ioctl(int fd, uint64_t request, void *argument)");
const fcntl = libc.func("int fcntl(int fd, int command, int argument)");
const FIONREAD = 0x541b;
const F_SETFL = 4;
const PIPE = 65_536;
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

/**
 * A pipe with a non-blocking open file, like that of a parent with an event loop: `run` gets it as descriptor `number`.
 * It is read only when it is full, or when the command has ended.
 */
async function readLate(number: 1 | 2, ...args: string[]) {
  const pipe = path.join(directory, `pipe-${Math.random()}`);
  execFileSync("mkfifo", [pipe]);
  const end = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ["ignore", number === 1 ? end : "ignore", number === 2 ? end : "pipe"],
  });
  // libuv has made it blocking for the child. Node changes it once more when the child ends, so another open file reads
  // it.
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  fcntl(end, F_SETFL, constants.O_NONBLOCK);
  const ended = once(child, "exit");
  let error = "";
  child.stderr?.on("data", (bytes) => (error += bytes));
  const filled = new Int32Array(1);
  for (;;) {
    ioctl(reader, FIONREAD, filled);
    // The last page of a pipe may be partly full.
    if (filled[0] > PIPE - 4096 || child.exitCode !== null) break;
    await turn();
  }
  const parts: Buffer[] = [];
  for (const buffer = Buffer.alloc(PIPE); ; ) {
    const over = child.exitCode !== null;
    try {
      parts.push(Buffer.from(buffer.subarray(0, readSync(reader, buffer))));
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== "EAGAIN") throw failure;
      if (over) break;
      await turn();
    }
  }
  await ended;
  for (const fd of [end, reader]) closeSync(fd);
  return { status: child.exitCode, text: Buffer.concat(parts).toString(), error };
}

describe("a non-blocking stderr with a slow reader", () => {
  it.each([
    ["--trace", ["--trace=sock_connect", "--quiet"], /^sock_connect\(.*\) = [^\n]* <[\d.]+>$/],
    ["--verbose", ["--verbose"], /^pollux: sock_connect 10\.0\.0\.1:80: not granted \(EACCES\); .*$/],
  ])("gets every line of %s, and the guest keeps its status", async (_name, options, line) => {
    for (const driver of ["posix", "net"]) {
      const { status, text } = await readLate(2, "run", "--driver", driver, ...options, guest);
      expect(status).toBe(9);
      const lines = text.trimEnd().split("\n");
      expect(lines.length).toBe(CALLS);
      expect(lines.filter((one) => !line.test(one))).toEqual([]);
    }
  });

  it("gets the whole table of --stats, after the trace of the guest's thread", async () => {
    const { status, text } = await readLate(2, "run", "--stats", "--trace=sock_connect", guest);
    expect(status).toBe(9);
    expect(text).toMatch(new RegExp(` ${CALLS} +${CALLS} {2}sock_connect\n`));
    expect(text).toMatch(/ total\n$/);
  });
});

describe("a non-blocking stdout with a slow reader", () => {
  it.each(["posix", "net"])("gets all that a guest writes, NONBLOCK or not (%s driver)", async (driver) => {
    for (const args of [["one"], ["one", "two"]]) {
      const { status, text, error } = await readLate(1, "run", "--driver", driver, guest, ...args);
      expect({ status, error, length: text.length }).toEqual({ status: 7, error: "", length: 16 * 65_536 });
    }
  });
});

describe("a stderr that accepts no more bytes", () => {
  /** Its reader is gone before the command starts. */
  async function unread(...args: string[]) {
    const pipe = path.join(directory, `pipe-${Math.random()}`);
    execFileSync("mkfifo", [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const end = openSync(pipe, constants.O_WRONLY);
    closeSync(reader);
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "ignore", end] });
    closeSync(end);
    return (await once(child, "exit"))[0];
  }

  it("because its reader has closed it does not stop the guest or change its status", async () => {
    expect(await unread("run", "--verbose", guest)).toBe(9);
    expect(await unread("run", "--trace", guest)).toBe(9);
    expect(await unread("run", "--stats", guest)).toBe(9);
    expect(await unread("run", "--listen", "127.0.0.1:0", guest)).toBe(9);
  });

  it("because its reader has closed it does not change status 2 of a refused command", async () => {
    expect(await unread("run", path.join(directory, "none.wasm"))).toBe(2);
    expect(await unread("rnu")).toBe(2);
  });

  it("because its disk is full does not stop the guest or change its status", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [CLI, "run", "--trace", "--verbose", guest], {
      stdio: ["ignore", "ignore", full],
    });
    closeSync(full);
    expect((await once(child, "exit"))[0]).toBe(9);
  });
});

it("--trace-file on a full disk prints one line, and the guest continues", async () => {
  const child = spawn(process.execPath, [CLI, "run", "--quiet", "--trace", "--trace-file", "/dev/full", guest], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let error = "";
  child.stderr.on("data", (bytes) => (error += bytes));
  const [status] = await once(child, "close");
  expect(status).toBe(9);
  expect(error).toBe("pollux: cannot write --trace-file '/dev/full': ENOSPC; the trace stops here\n");
});
