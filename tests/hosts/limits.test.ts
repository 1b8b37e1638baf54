/** Guests without measure: what holds them, and that others in the process go on meanwhile. */
import { readFileSync } from "node:fs";
import net from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/errno.ts";
import { limitMemory, type RunOptions, run, WasiHost } from "../../wasi-host/index.ts";
import { pollux } from "./command.ts";
import { program, section, wasm } from "./guest-program.ts";
import { Guest, NONBLOCK } from "./hand-driven-guest.ts";

/** What it does without end is said by the first letter of its first argument. */
const SOURCE = `
@external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "sock_open") declare function sock_open(family: i32, type: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_accept") declare function sock_accept(fd: i32, flags: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;
const CELLS = memory.data(64);
const POINTERS = memory.data(64);
const TEXT = memory.data(1024);

export function _start(): void {
  args_get(POINTERS, TEXT);
  let count = 0;
  switch (load<u8>(load<usize>(POINTERS + 4))) {
    case 115: while (true) count++; // spin
    case 97: { while (memory.grow(1) >= 0) {} proc_exit(memory.size()); break; } // allocate
    case 100: { while (sock_open(1, 2, CELLS) == 0) count++; proc_exit(count); break; } // descriptors
    case 110: { sock_accept(3, 0, CELLS); sock_accept(3, 0, CELLS); break; } // never read
  }
}
`;

let guest: string;
beforeAll(async () => {
  guest = await program("measureless.wasm", SOURCE);
}, 60_000);

describe("--timeout", () => {
  const ended = (seconds: string) =>
    `pollux: '${guest}' ran longer than ${seconds} s and was ended; --timeout sets the limit\n`;

  it("ends a guest that spins, with one line and timeout(1)'s status", async () => {
    expect(await pollux("run", "--timeout", "0.3", guest, "spin")).toMatchObject({ error: ended("0.3"), status: 124 });
  });

  it("ends a guest that sleeps in a host call, with the statistics where they were asked for", async () => {
    const args = ["--quiet", "--timeout", "0.3", "--listen", "127.0.0.1:0", guest, "never"];
    expect(await pollux("run", ...args)).toMatchObject({ error: ended("0.3"), status: 124 });
    // Long enough for the guest to come to its call on a machine that has much else to do.
    const { error, status } = await pollux("run", "--stats", ...args.with(2, "4"));
    expect([error.slice(0, ended("4").length), status]).toEqual([ended("4"), 124]);
    expect(error).toMatch(/ 1 +0 {2}sock_accept\n/);
  });

  it("leaves a guest alone that is done in time", async () => {
    const { error, status } = await pollux("run", "--timeout", "60", "--max-descriptors", "9", guest, "descriptors");
    expect([error, status]).toEqual(["", 5]);
  });

  it.each(["0", "-1", "x", "1e9", ""])("is refused where it is no time: '%s'", async (text) => {
    expect(await pollux("run", `--timeout=${text}`, guest)).toMatchObject({
      error: `pollux: bad --timeout '${text}': expected seconds, more than 0 and at most 2147483\n`,
      status: 2,
    });
  });
});

describe("--max-pages", () => {
  it("is how far memory grows: memory.grow answers -1 beyond", async () => {
    expect((await pollux("run", "--max-pages", "100", guest, "allocate")).status).toBe(100);
    expect((await pollux("run", "--max-pages", "7", guest, "allocate")).status).toBe(7);
  });

  it("refuses a module that asks for more at once", async () => {
    const large = wasm("large.wasm", section(5, 1, 0, 9));
    expect(await pollux("run", "--max-pages", "8", large)).toMatchObject({
      error: "pollux: the module asks for 9 pages of memory at once, over the limit of 8; raise the limit\n",
      status: 2,
    });
  });

  it("leaves a smaller limit of the module's own, and the rest of the module as it is", async () => {
    const own = readFileSync(wasm("own.wasm", section(5, 1, 1, 2, 3), section(7, 1, 1, 0x6d, 2, 0)));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(limitMemory(own, 200)));
    const memory = exports.m as WebAssembly.Memory;
    expect(memory.grow(1)).toBe(2);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it("leaves what is no module for the compiler to refuse", () => {
    const broken = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    for (let length = 0; length <= broken.length; length++) {
      const bytes = broken.subarray(0, length);
      expect(limitMemory(bytes, 10)).toEqual(new Uint8Array(bytes));
    }
    expect(() => limitMemory(readFileSync(wasm("odd.wasm", section(5, 1, 8, 1, 0))), 10)).toThrow("the flags 8");
  });
});

describe("bad limits are refused by name", () => {
  it.each([
    ["--max-pages", "65537", "from 0 to 65536"],
    ["--max-pages", "many", "from 0 to 65536"],
    ["--max-descriptors", "2", "from 3 to 1048576"],
    ["--max-descriptors", "1.5", "from 3 to 1048576"],
    ["--max-buffered", "143359", `from 143360 to ${Number.MAX_SAFE_INTEGER}`],
  ])("%s %s", async (option, text, range) => {
    expect(await pollux("run", option, text, guest)).toMatchObject({
      error: `pollux: bad ${option} '${text}': expected a whole number ${range}\n`,
      status: 2,
    });
  });
});

describe("bufferedBytes, of the net driver", () => {
  const forSockets = (count: number) => ({ limits: { bufferedBytes: count * 143_360 } });

  it("resets connections for which there is no room, and takes others when one has gone", async () => {
    using guest = await Guest.open({ driver: "net", listen: ["127.0.0.1:0"], stdin: "", ...forSockets(3) });
    const { client, stream } = await guest.connection();
    const second = await guest.connection();
    const { port } = guest.host.listening[0];
    const connect = () => {
      const socket = net.connect(port, "127.0.0.1").on("error", () => {});
      return { socket, closed: new Promise((resolve) => socket.once("close", resolve)) };
    };
    await connect().closed;
    await second.client.write("still served");
    expect(guest.receive(second.stream, 64)).toEqual({ errno: 0, text: "still served" });
    await client.end();
    guest.calls.fd_close(stream);
    guest.calls.fd_fdstat_set_flags(3, NONBLOCK);
    // Its room is free when both ends have been closed; who comes before that is reset.
    let accepted: number = Errno.AGAIN;
    while (accepted === Errno.AGAIN) {
      const { socket, closed } = connect();
      while (accepted === Errno.AGAIN && !socket.closed) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        accepted = guest.calls.sock_accept(3, 0, guest.result);
      }
      socket.destroy();
      await closed;
    }
    expect(accepted).toBe(0);
  });

  it("is EMFILE for a socket that the guest opens", async () => {
    using guest = await Guest.open({ driver: "net", bind: ["127.0.0.1:*"], stdin: "", ...forSockets(2) });
    const listens = (): number => {
      guest.calls.sock_open(1, 2, guest.result);
      const fd = guest.u32();
      const address = guest.place(Uint8Array.from([127, 0, 0, 1]));
      guest.calls.sock_bind(fd, guest.iovecs(address)[0], 0);
      return guest.calls.sock_listen(fd, 16);
    };
    expect([listens(), listens(), listens()]).toEqual([0, 0, Errno.MFILE]);
  });

  it.each([143_359, 1.5, -1])("is refused where it is no such limit: %s", async (bufferedBytes) => {
    await expect(WasiHost.open({ driver: "net", limits: { bufferedBytes } })).rejects.toThrow(
      `limits.bufferedBytes ${bufferedBytes}: expected a whole number from 143360 to `,
    );
  });
});

describe("limits, of a guest in a worker", () => {
  const bytes = () => readFileSync(guest);
  const start = (what: string, options: RunOptions = {}) =>
    run(bytes(), { args: ["guest", what], sleep: "worker", ...options });

  /** Another host of the process serves a client. */
  async function serves(): Promise<void> {
    using other = await Guest.open({ listen: ["127.0.0.1:0"] });
    const { client, stream } = await other.connection();
    await client.write("ping");
    expect(other.receive(stream, 16)).toEqual({ errno: 0, text: "ping" });
    other.calls.sock_send(stream, ...other.iovecs(other.place("pong")), 0, other.result);
    expect(await client.read(4)).toBe("pong");
    client.socket.destroy();
  }

  it.each(["spin", "never"])(
    "a guest that would go on for ever (%s) is ended; another host serves meanwhile",
    async (what) => {
      let running = () => {};
      const begun = new Promise<void>((resolve) => {
        running = resolve;
      });
      const ended = start(what, { listen: ["127.0.0.1:0"], limits: { timeout: 5000 }, onListening: running });
      const rejection = expect(ended).rejects.toThrow(
        "the program ran longer than 5000 ms and was ended: limits.timeout sets the limit",
      );
      await Promise.race([begun, rejection]); // it may be late before it has begun, where much else goes on
      await serves();
      await rejection;
      await serves();
    },
    60_000,
  );

  it("a guest that allocates gets so many pages and no more; one that opens descriptors, so many of these", async () => {
    const allocating = start("allocate", { limits: { pages: 50 } });
    const opening = start("descriptors", { limits: { descriptors: 20 } });
    await serves();
    expect(await allocating).toBe(50);
    expect(await opening).toBe(16);
  });

  it("a guest that never reads holds its peer back: what is under way stays bounded, and another host serves", async () => {
    let told = (_addresses: readonly { port: number }[]) => {};
    const listening = new Promise<readonly { port: number }[]>((resolve) => {
      told = resolve;
    });
    const ended = start("never", { listen: ["127.0.0.1:0"], onListening: (addresses) => told(addresses) });
    const [{ port }] = await listening;
    const peer = net.connect(port, "127.0.0.1").on("error", () => {});
    const chunk = Buffer.alloc(1 << 20);
    let taken = 0;
    while (await goes(peer, chunk)) expect((taken += 1)).toBeLessThan(64);
    await serves();
    // It sleeps in accept: a second connection wakes it, and it ends.
    const second = net.connect(port, "127.0.0.1").on("error", () => {});
    expect(await ended).toBe(0);
    peer.destroy();
    second.destroy();
  });

  it("are refused by name where they are none, or where they could not hold", async () => {
    for (const [limits, message] of [
      [{ descriptors: 2 }, "limits.descriptors 2: expected a whole number from 3 to 1048576"],
      [{ pages: 65_537 }, "limits.pages 65537: expected a whole number from 0 to 65536"],
      [{ timeout: 0 }, "limits.timeout 0: expected a whole number from 1 to 2147483647"],
      [{ timeout: 1.5 }, "limits.timeout 1.5: expected"],
    ] as const) {
      await expect(run(bytes(), { limits })).rejects.toThrow(message);
    }
    await expect(WasiHost.open({ limits: { descriptors: 2 } })).rejects.toThrow("limits.descriptors 2");
    const module = await WebAssembly.compile(bytes());
    await expect(run(module, { limits: { pages: 9 } })).rejects.toThrow(
      "limits.pages is for a program that is given as bytes",
    );
    await expect(run(bytes(), { sleep: "blocking", limits: { timeout: 9 } })).rejects.toThrow("use sleep: 'worker'");
  });
});

/** Does the kernel take the bytes, or does nothing move any more? */
function goes(socket: net.Socket, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const stuck = setTimeout(() => resolve(false), 500);
    socket.write(bytes, () => {
      clearTimeout(stuck);
      resolve(true);
    });
  });
}
