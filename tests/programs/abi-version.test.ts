/** A host with another version of the ABI: a program reports it and ends. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OP_VERSION, OPERATION_OP, OPERATION_RESULT } from "../../assembly/abi/operation.ts";
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import { ABI_MAJOR, ABI_MINOR } from "../../assembly/abi/version.ts";
import { SUBSCRIPTION_FD } from "../../assembly/abi/wasi.ts";
import { WasiHost } from "../../wasi-host/index.ts";
import { Errno } from "../../wasi-host/internal.ts";

const STDERR = 2;

/** Runs a server on a host that answers `version` to OP_VERSION. Returns its status, what it printed to stderr, and the descriptor of its first sleep. */
async function run(program: string, version: number): Promise<{ status: number; printed: string; slept: number }> {
  using host = await WasiHost.open({ listen: ["127.0.0.1:0"] });
  const calls = host.imports.wasi_snapshot_preview1;
  const memory = () => instance.exports.memory as WebAssembly.Memory;
  let printed = "";
  let slept = -1;
  const fd_write = (fd: number, iovs: number, count: number, written: number): number => {
    const view = new DataView(memory().buffer);
    const [at, length] = [view.getUint32(iovs, true), view.getUint32(iovs + 4, true)];
    if (fd === STDERR) {
      printed += Buffer.from(memory().buffer, at, length).toString();
      view.setUint32(written, length, true);
      return 0;
    }
    const errno = (calls.fd_write as (...args: number[]) => number)(fd, iovs, count, written);
    if (fd === READY_FILE && view.getUint32(at + OPERATION_OP, true) === OP_VERSION) {
      view.setInt32(at + OPERATION_RESULT, version, true);
    }
    return errno;
  };
  // A program that goes on would sleep for ever.
  const poll_oneoff = (subscriptions: number) => {
    slept = new DataView(memory().buffer).getUint32(subscriptions + SUBSCRIPTION_FD, true);
    return Errno.IO;
  };
  const { instance } = await WebAssembly.instantiate(readFileSync(`dist/programs/${program}.wasm`), {
    wasi_snapshot_preview1: { ...calls, fd_write, poll_oneoff },
  });
  return { status: host.start(instance), printed, slept };
}

it.each(["echo-epoll", "echo-poll", "echo-select", "echo-selectors", "upper-select"])(
  "%s says so and ends if the host has another major version",
  async (program) => {
    const other = { status: 1, printed: "pollux: the host has another ABI\n", slept: -1 };
    expect(await run(program, (ABI_MAJOR + 1) << 16)).toEqual(other);
    expect(await run(program, -Errno.INVAL)).toEqual(other);
    const same = await run(program, (ABI_MAJOR << 16) | (ABI_MINOR + 1));
    expect(same.printed).not.toContain("ABI");
    expect(same.status).not.toBe(0);
  },
);

it.each(["echo-poll", "echo-select", "upper-select"])(
  "%s sleeps over its descriptors one by one on a host of version 1.1, which has no sleep over an array",
  async (program) => {
    const LISTENER = 3;
    expect(await run(program, 0x1_0001)).toMatchObject({ slept: LISTENER });
    expect(await run(program, 0x1_0002)).toMatchObject({ slept: READY_FILE });
  },
);
