/** Guests without measure: their limits, while others in the process go on. */
import { readFileSync } from "node:fs";
import net from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { limitMemory, type RunOptions, run, WasiHost } from "../../wasi-host/index.ts";
import { DEEP, deepGuest, TOO_DEEP } from "./deep-guest.ts";
import { section, wasm } from "./guest-program.ts";
import { Guest, NONBLOCK } from "./hand-driven-guest.ts";
import { measurelessGuest } from "./measureless-guest.ts";

let measureless: string;
beforeAll(async () => {
  measureless = await measurelessGuest();
}, 60_000);

describe("limitMemory", () => {
  it("keeps a smaller limit of the module, and the rest of the module", async () => {
    const own = readFileSync(wasm("own.wasm", section(5, 1, 1, 2, 3), section(7, 1, 1, 0x6d, 2, 0)));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(limitMemory(own, 200)));
    const memory = exports.m as WebAssembly.Memory;
    expect(memory.grow(1)).toBe(2);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it("passes on bytes that are not a module, which the compiler refuses", () => {
    const broken = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    for (let length = 0; length <= broken.length; length++) {
      const bytes = broken.subarray(0, length);
      expect(limitMemory(bytes, 10)).toEqual(new Uint8Array(bytes));
    }
    expect(() => limitMemory(readFileSync(wasm("odd.wasm", section(5, 1, 8, 1, 0))), 10)).toThrow("unknown flags 8");
  });
});

describe("bufferedBytes, of the net driver", () => {
  const forSockets = (count: number) => ({ limits: { bufferedBytes: count * 139_584 } });

  it("resets connections without room, and accepts others after a close", async () => {
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
    // Its room is free when both ends are closed; a connection before that is reset.
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

  it("makes opening a socket EMFILE", async () => {
    using guest = await Guest.open({ driver: "net", bind: ["127.0.0.1:*"], stdin: "", ...forSockets(2) });
    const listens = (): number => {
      guest.calls.sock_open(1, 2, guest.result);
      const fd = guest.u32();
      const address = guest.place(Uint8Array.from([127, 0, 0, 1]));
      return guest.calls.sock_bind(fd, guest.iovecs(address)[0], 0) || guest.calls.sock_listen(fd, 16);
    };
    expect([listens(), listens(), listens()]).toEqual([0, 0, Errno.MFILE]);
  });

  it.each([139_583, 1.5, -1])("is refused if it is not a valid limit: %s", async (bufferedBytes) => {
    await expect(WasiHost.open({ driver: "net", limits: { bufferedBytes } })).rejects.toThrow(
      `limits.bufferedBytes ${bufferedBytes}: expected a whole number from 139584 to `,
    );
  });
});

describe("limits, of a guest in a worker", () => {
  const bytes = () => readFileSync(measureless);
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
    "kill a guest that never ends (%s) while another host serves",
    async (what) => {
      let running = () => {};
      const begun = new Promise<void>((resolve) => {
        running = resolve;
      });
      const ended = start(what, { listen: ["127.0.0.1:0"], limits: { timeout: 2500 }, onListening: running });
      const rejection = expect(ended).rejects.toThrow(
        "the program ran longer than 2500 ms and was killed; limits.timeout sets the limit",
      );
      await Promise.race([begun, rejection]); // it may already be late when it begins, on a busy machine
      await serves();
      await rejection;
      await serves();
    },
    60_000,
  );

  it("bound a guest's pages and descriptors", async () => {
    const allocating = start("allocate", { limits: { pages: 50 } });
    const opening = start("descriptors", { limits: { descriptors: 20 } });
    await serves();
    expect(await allocating).toBe(50);
    expect(await opening).toBe(17);
  });

  it("bound the buffered data of a guest that never reads, while another host serves", async () => {
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

  it("give a recursing guest 8 MiB of stack or limits.stack, and a trap beyond", async () => {
    const deep = readFileSync(await deepGuest());
    const descend = (levels: number, options: RunOptions = {}) =>
      run(deep, { args: ["guest", `p${levels}`], ...options });
    const overflow = "Maximum call stack size exceeded";
    expect(await descend(DEEP, { sleep: "worker" })).toBe(0);
    await expect(descend(TOO_DEEP, { sleep: "worker" })).rejects.toThrow(overflow);
    expect(await descend(TOO_DEEP, { limits: { stack: 64 << 20 } })).toBe(0);
    await expect(descend(DEEP, { limits: { stack: 1 << 20, timeout: 60_000 } })).rejects.toThrow(overflow);
    for (const sleep of ["blocking", "suspending", "stepping"] as const) {
      await expect(descend(1, { sleep, limits: { stack: 1 << 20 } })).rejects.toThrow(
        `limits.stack needs the program in its own thread: use sleep: 'worker', not '${sleep}'`,
      );
    }
  });

  it("are refused by name if they are invalid or cannot be enforced", async () => {
    for (const [limits, message] of [
      [{ descriptors: 2 }, "limits.descriptors 2: expected a whole number from 3 to 1048576"],
      [{ pages: 65_537 }, "limits.pages 65537: expected a whole number from 0 to 65536"],
      [{ timeout: 0 }, "limits.timeout 0: expected a whole number from 1 to 2147483647"],
      [{ timeout: 1.5 }, "limits.timeout 1.5: expected"],
      [{ stack: 65_535 }, "limits.stack 65535: expected a whole number from 65536 to 1073741824"],
    ] as const) {
      await expect(run(bytes(), { limits })).rejects.toThrow(message);
    }
    await expect(WasiHost.open({ limits: { descriptors: 2 } })).rejects.toThrow("limits.descriptors 2");
    const module = await WebAssembly.compile(bytes());
    await expect(run(module, { limits: { pages: 9 } })).rejects.toThrow(
      "limits.pages needs the program as bytes, not as a module",
    );
    await expect(run(bytes(), { sleep: "blocking", limits: { timeout: 9 } })).rejects.toThrow("use sleep: 'worker'");
  });
});

/** Whether the kernel takes the bytes, or nothing moves any more. */
function goes(socket: net.Socket, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const stuck = setTimeout(() => resolve(false), 500);
    socket.write(bytes, () => {
      clearTimeout(stuck);
      resolve(true);
    });
  });
}
