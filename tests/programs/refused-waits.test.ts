/** A host that refuses to wait: a server prints the errno and ends, with status 1. Waiting again would spin. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Errno } from "../../wasi-host/internal.ts";

const LISTENER = 3;
const SOCKET_STREAM = 6;
const MAX_CALLS = 1000;

class Exit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

/** Runs a program whose poll_oneoff returns `errno`; returns its status, its output, and its number of waits. */
async function run(program: string, errno: number): Promise<{ status: number; said: string; waits: number }> {
  let memory: WebAssembly.Memory;
  let said = "";
  let waits = 0;
  let calls = 0;
  const view = () => new DataView(memory.buffer);
  const answers: Record<string, (...args: number[]) => number> = {
    fd_fdstat_get: (fd, at) => {
      if (fd > LISTENER) return Errno.BADF;
      view().setUint8(at, fd === LISTENER ? SOCKET_STREAM : 2);
      return 0;
    },
    clock_time_get: (_clock, _precision, at) => {
      view().setBigUint64(at, BigInt(calls) * 1_000_000n, true);
      return 0;
    },
    args_sizes_get: (count, size) => {
      view().setUint32(count, 0, true);
      view().setUint32(size, 0, true);
      return 0;
    },
    fd_write: (_fd, iovs, _count, written) => {
      const [at, length] = [view().getUint32(iovs, true), view().getUint32(iovs + 4, true)];
      said += Buffer.from(memory.buffer, at, length).toString();
      view().setUint32(written, length, true);
      return 0;
    },
    sock_accept: () => Errno.AGAIN,
    poll_oneoff: (_subscriptions, _events, count) => {
      if (count > 1) return 0; // asks whether it can wait for standard output
      waits++;
      return errno;
    },
    proc_exit: (status) => {
      throw new Exit(status);
    },
  };
  const module = await WebAssembly.compile(readFileSync(`dist/programs/${program}.wasm`));
  const imports = Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ name }) => [
      name,
      (...args: number[]) => {
        if (++calls > MAX_CALLS) throw new Error(`${name} is called again and again`);
        return answers[name]?.(...args) ?? 0;
      },
    ]),
  );
  const { exports } = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: imports });
  memory = exports.memory as WebAssembly.Memory;
  try {
    (exports._start as () => void)();
  } catch (error) {
    if (error instanceof Exit) return { status: error.status, said, waits };
    throw error;
  }
  throw new Error("it returned");
}

it.each(["echo-epoll", "echo-poll", "echo-select", "echo-selectors", "upper-select"])(
  "%s exits if poll_oneoff returns ENOTSUP",
  async (program) => {
    expect(await run(program, Errno.NOTSUP)).toEqual({ status: 1, said: "cannot wait: errno 58\n", waits: 1 });
  },
);
