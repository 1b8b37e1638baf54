/** Lists of system calls, made by machine code or, where the system refuses to execute that, one by one. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Errno } from "../../../../../wasi-host/abi/errno.ts";
import { MAX_TRANSFERS } from "../../../../../wasi-host/drivers/contract/transfers.ts";
import {
  call,
  callNamed,
  closeCalls,
  makeCalls,
  numbers,
  put,
  resultAt,
} from "../../../../../wasi-host/drivers/posix/call-list.ts";
import { PosixDriver } from "../../../../../wasi-host/drivers/posix/index.ts";
import { addressOf } from "../../../../../wasi-host/drivers/posix/libc.ts";
import { codePages } from "../../../../linux/code-pages.ts";

const ROOT = path.join(import.meta.dirname, "../../../../..");

const driver = new PosixDriver();
const [one, other] = driver.socketPair();
afterAll(() => driver.dispose());
afterEach(closeCalls);

const bytes = new Uint8Array(new ArrayBuffer(4096)).fill(7);
const address = addressOf(bytes);

/** The halves of the address of a byte. */
const halves = (offset: number) => [(address + offset) | 0, Math.floor((address + offset) / 2 ** 32)] as const;

describe("a list of system calls", () => {
  it("is made in order, to its end, whatever the results are", () => {
    put(0, numbers.recvfrom, other, ...halves(0), 64, 0);
    put(1, numbers.sendto, -1, ...halves(0), 64, 0);
    put(2, numbers.sendto, one, ...halves(0), 64, 0);
    put(3, numbers.recvfrom, other, ...halves(64), 4096, 0);
    makeCalls(4);
    expect([0, 1, 2, 3].map(resultAt)).toEqual([-Errno.AGAIN, -Errno.BADF, 64, 64]);
  });

  it("has all of its places", () => {
    for (let place = 0; place < MAX_TRANSFERS; place++) put(place, numbers.sendto, one, ...halves(0), place + 1, 0);
    makeCalls(MAX_TRANSFERS);
    const sent = Array.from({ length: MAX_TRANSFERS }, (_, place) => resultAt(place));
    expect(sent).toEqual(sent.map((_, place) => place + 1));
    const all = sent.reduce((sum, count) => sum + count);
    expect(call(numbers.recvfrom, other, address, bytes.length, 0)).toBe(all);
  });

  it("may be empty", () => {
    put(0, numbers.sendto, one, ...halves(0), 64, 0);
    makeCalls(0);
    expect(call(numbers.recvfrom, other, address, 64, 0)).toBe(-Errno.AGAIN);
  });

  it("takes an address as any argument", () => {
    const { ppoll, sendto } = numbers;
    // A sleep of no time: struct timespec, of two 64-bit words.
    const none = address + 1024;
    bytes.fill(0, 1024, 1040);
    expect(call(ppoll, address + 2048, 0, none, 0)).toBe(0);
    expect(call(numbers.epollWaitNanoseconds, -1, address, 1, none)).toBe(-Errno.BADF);
    expect(call(sendto, one, address, 8, 0)).toBe(8);
    expect(call(numbers.recvfrom, other, address, 64, 0)).toBe(8);
  });

  it("has no name for a socket after a call that had one", () => {
    expect(callNamed(numbers.sendto, one, address, 8, 0, address, 16)).toBe(-Errno.ISCONN);
    expect(call(numbers.sendto, one, address, 8, 0)).toBe(8);
    expect(call(numbers.recvfrom, other, address, 64, 0)).toBe(8);
  });

  it("gets EFAULT for memory that is not the process's", () => {
    expect(call(numbers.sendto, one, 1, 64, 0)).toBe(-Errno.FAULT);
    expect(call(numbers.sendto, one, Number.MAX_SAFE_INTEGER, 64, 0)).toBe(-Errno.FAULT);
  });

  it("takes executable memory at its first use, and gives it back", () => {
    const before = codePages();
    makeCalls(1);
    expect(codePages()).toBe(before + 1);
    closeCalls();
    closeCalls();
    expect(codePages()).toBe(before);
  });
});

/** For a process without executable memory: the kernel refuses it (PR_SET_MDWE, Linux 6.3), and V8 goes without (--jitless). */
const WITHOUT = `
  import { PosixDriver } from "./wasi-host/drivers/posix/index.ts";
  import { koffi } from "./wasi-host/drivers/posix/libc.ts";
  const refuse = koffi.load("libc.so.6").func("int prctl(int option, ulong a, ulong b, ulong c, ulong d)");
  if (refuse(65, 1, 0, 0, 0) === 0) {
    const driver = new PosixDriver();
    const [one, other] = driver.socketPair();
    const [from, to] = driver.pipe();
    const bytes = new Uint8Array(new ArrayBuffer(256)).fill(7);
    const list = Int32Array.of(
      ...[other, 0, 64, 0, one, 0, 64, 1, other, 64, 64, 0],
      ...[to, 0, 8, 1, from, 128, 64, 0, 99999, 0, 1, 1],
    );
    driver.batches.transfer(list, 6, bytes);
    console.log([0, 1, 2, 3, 4, 5].map((index) => list[index * 4 + 3]).join());
    const edges = driver.edges();
    console.log(edges.arm(one, 1, 5), edges.park(0), edges.park(2e6), driver.recv(one, bytes, 0, 8, 0));
    const host = "127.0.0.1";
    const sender = driver.datagrams.open({ host, port: 0 });
    const { port } = driver.localAddress(sender);
    const name = { host: "", port: 0 };
    console.log(driver.datagrams.sendTo(sender, bytes, 0, 5, { host, port }));
    console.log(driver.datagrams.recvFrom(sender, bytes, 0, 64, 0, name), name.host, name.port === port);
    driver.dispose();
  }`;

describe("without executable memory", () => {
  it("the driver makes the calls one by one", async ({ skip }) => {
    const { outputFiles } = buildSync({
      stdin: { contents: WITHOUT, resolveDir: ROOT },
      bundle: true,
      platform: "node",
      format: "esm",
      write: false,
    });
    const node = ["--jitless", "--no-warnings", "--input-type=module", "--eval", outputFiles[0].text];
    const { stdout } = await promisify(execFile)(process.execPath, node, { cwd: ROOT });
    if (stdout === "") skip("the kernel has no PR_SET_MDWE");
    expect(stdout).toBe(`-${Errno.AGAIN},64,64,8,8,-${Errno.BADF}\n0 0 0 -${Errno.AGAIN}\n5\n5 127.0.0.1 true\n`);
  });
});
