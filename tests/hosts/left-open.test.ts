/** Descriptors of a guest in a worker belong to the process, and none stays open after the guest. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import net from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { type RunOptions, run } from "../../wasi-host/index.ts";
import { codePages } from "../linux/code-pages.ts";
import { measurelessGuest } from "./measureless-guest.ts";

const DESCRIPTORS = "/proc/self/fd";
const GUESTS = 3;
const LISTEN = ["127.0.0.1:0"];
const OVER = new Error("over");

let measureless: Uint8Array;

const descriptors = () => readdirSync(DESCRIPTORS).length;

/** The number of sockets among the process's open descriptors. */
function sockets(): number {
  return readdirSync(DESCRIPTORS).filter((name) => {
    try {
      return readlinkSync(`${DESCRIPTORS}/${name}`).startsWith("socket:");
    } catch {
      return false; // the descriptor that read the folder
    }
  }).length;
}

/** Starts one; `listening` resolves to its port, `outcome` to its status or to the reason of its end. */
function start(driver: string, what: string, options: RunOptions = {}) {
  let listens = (_port: number) => {};
  const listening = new Promise<number>((resolve) => {
    listens = resolve;
  });
  const outcome = run(measureless, {
    driver,
    args: ["guest", what],
    sleep: "worker",
    listen: LISTEN,
    onListening: ([{ port }]) => listens(port),
    ...options,
  }).catch((error: Error) => error.message);
  // A guest whose time ends before it listens has not taken a port.
  void outcome.then(() => listens(0));
  return { listening, outcome };
}

/** Starts one, and ends it as soon as it listens. */
async function ended(driver: string, what: string) {
  const end = new AbortController();
  const guest = start(driver, what, { signal: end.signal });
  await guest.listening;
  end.abort(OVER);
  return guest;
}

const listened = (port: number) =>
  new Promise<void>((resolve, reject) => {
    const server = net.createServer().once("error", reject);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });

beforeAll(async () => {
  measureless = readFileSync(await measurelessGuest());
}, 60_000);

describe.skipIf(!existsSync(DESCRIPTORS)).each(["posix", "net"])(
  "a guest in a worker, over the %s driver",
  (driver) => {
    let before = 0;
    beforeAll(async () => {
      // Some descriptors are opened once in a process and stay open.
      await (await ended(driver, "never")).outcome;
      before = descriptors();
    }, 60_000);

    async function nothingIsLeftOf(
      guests: readonly ReturnType<typeof start>[],
      outcome: string | number,
    ): Promise<void> {
      const ports = guests.map(({ listening }) => listening);
      for (const guest of guests) expect(await guest.outcome).toEqual(outcome);
      // Descriptors of a thread's event loop are closed a little later.
      await expect.poll(descriptors).toBeLessThanOrEqual(before);
      for (const port of await Promise.all(ports)) await listened(port);
    }

    it("leaves nothing open when its time ends while it computes", async () => {
      const guests = Array.from({ length: GUESTS }, () => start(driver, "spin", { limits: { timeout: 2500 } }));
      await nothingIsLeftOf(
        guests,
        "the program ran longer than 2500 ms and was killed; limits.timeout sets the limit",
      );
    });

    it.each(["spin", "never"])("leaves nothing open when its signal ends it (%s)", async (what) => {
      const guests = [];
      for (let count = 0; count < GUESTS; count++) guests.push(await ended(driver, what));
      await nothingIsLeftOf(guests, OVER.message);
    });

    it("leaves nothing open when it exits", async () => {
      const guests = Array.from({ length: GUESTS }, () =>
        start(driver, "descriptors", { limits: { descriptors: 20 } }),
      );
      await nothingIsLeftOf(guests, 16);
    });

    it("has its connections closed when it is killed", async () => {
      const end = new AbortController();
      const guest = start(driver, "never", { signal: end.signal });
      const port = await guest.listening;
      const without = sockets();
      const client = net.connect(port, "127.0.0.1").on("error", () => {});
      const closed = new Promise((resolve) => client.once("close", resolve));
      client.resume();
      await expect.poll(sockets).toBe(without + 2);
      end.abort(OVER);
      await closed;
      await nothingIsLeftOf([guest], OVER.message);
    });
  },
);

describe.skipIf(!existsSync(DESCRIPTORS))("a guest in a worker, over the posix driver", () => {
  it("does not close descriptors that reused its old numbers", async () => {
    const end = new AbortController();
    const guest = start("posix", "close", { signal: end.signal });
    const port = await guest.listening;
    const free = () =>
      listened(port).then(
        () => true,
        () => false,
      );
    await expect.poll(free).toBe(true);
    // The lowest free number is assigned: one of these is the listener's.
    const files = Array.from({ length: 100 }, () => openSync("/dev/null", "r"));
    end.abort(OVER);
    expect(await guest.outcome).toBe(OVER.message);
    for (const file of files) closeSync(file);
  });

  it("leaves no machine code", async () => {
    expect(codePages()).toBe(0);
    const end = new AbortController();
    const { listening, outcome } = start("posix", "transfer", { signal: end.signal });
    const client = net.connect(await listening, "127.0.0.1").on("error", () => {});
    await expect.poll(codePages, { timeout: 10_000 }).toBe(1);
    end.abort(OVER);
    expect(await outcome).toBe(OVER.message);
    client.destroy();
    expect(codePages()).toBe(0);
  });
});

describe.skipIf(!existsSync(DESCRIPTORS))("a posix driver in its embedder's thread", () => {
  it("leaves nothing open when disposed during a sleep", async () => {
    const before = descriptors();
    for (let count = 0; count < GUESTS; count++) {
      const driver = await openDriver("posix");
      const [end] = driver.socketPair();
      const edges = driver.edges();
      const cancel = new AbortController();
      const sleep = driver.pollAsync(Int32Array.of(end, 1, 0, 0), 1, Infinity, edges, cancel.signal);
      driver.dispose();
      driver.dispose();
      cancel.abort();
      expect(await sleep).toBe(0);
    }
    await expect.poll(descriptors).toBeLessThanOrEqual(before);
  });
});
