/** The net driver on the guest's own thread: nothing there may sleep, and everything is awaited. */
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Driver, SocketAddress } from "../../wasi-host/drivers/driver.ts";
import { openNet } from "../../wasi-host/drivers/net/index.ts";
import { pollfds, revents, setPollfd } from "../../wasi-host/drivers/pollfd.ts";
import { Errno } from "../../wasi-host/errno.ts";
import { WasiHost } from "../../wasi-host/index.ts";

const [IN, OUT, HUP, RDHUP] = [1, 4, 0x10, 0x2000];
const LOOPBACK = { host: "127.0.0.1", port: 0 };
const never = new AbortController().signal;
/** More than rings, chunks and the kernel hold together. */
const TOTAL = 16 << 20;

describe("the net driver on the guest's own thread", () => {
  let driver: Driver;
  beforeEach(async () => {
    driver = await openNet(false);
  });
  afterEach(() => driver.dispose());

  /** Resolves to what is ready, of `events` and what comes unasked. */
  async function until(handle: number, events: number): Promise<number> {
    const fds = pollfds(1);
    setPollfd(fds, 0, handle, events);
    await driver.pollAsync(fds, 1, Infinity, undefined, never);
    return revents(fds, 0);
  }

  async function listen(address: SocketAddress = LOOPBACK): Promise<[number, SocketAddress]> {
    const listener = driver.listen(address);
    await driver.opened!(listener, address);
    return [listener, driver.localAddress(listener)!];
  }

  async function connected(): Promise<[number, number]> {
    const [listener, address] = await listen();
    const client = driver.connect(address);
    await until(listener, IN);
    const server = driver.accept(listener);
    await until(client, OUT);
    return [client, server];
  }

  async function sendAll(handle: number): Promise<void> {
    const bytes = new Uint8Array(100_000);
    for (let sent = 0; sent < TOTAL; ) {
      const length = Math.min(bytes.length, TOTAL - sent);
      for (let index = 0; index < length; index += 97) bytes[index] = (sent + index) % 251;
      let at = 0;
      while (at < length) {
        const count = driver.send(handle, bytes, at, length - at);
        if (count >= 0) at += count;
        else await until(handle, OUT);
      }
      sent += length;
    }
    expect(driver.shutdown(handle, 2)).toBe(0);
  }

  /** What is wrong with what came; "" for nothing. */
  async function receiveAll(handle: number, most: number): Promise<string> {
    const bytes = new Uint8Array(most);
    let received = 0;
    for (;;) {
      const count = driver.recv(handle, bytes, 0, most, 0);
      if (count === -Errno.AGAIN) await until(handle, IN);
      else if (count <= 0) return received === TOTAL ? "" : `${received} bytes, then ${count}`;
      for (let index = 0; index < count; index++) {
        const place = (received + index) % 100_000;
        if (place % 97 === 0 && bytes[index] !== (received + index) % 251) return `byte ${received + index}`;
      }
      received = received + Math.max(count, 0);
    }
  }

  it("has a listener's address when it is opened, and tells then that the port is in use", async () => {
    const [, address] = await listen();
    expect(address).toMatchObject({ host: "127.0.0.1" });
    const second = driver.listen(address);
    expect(driver.localAddress(second)).toBeUndefined();
    await expect(driver.opened!(second, address)).rejects.toMatchObject({ code: "EADDRINUSE", syscall: "bind" });
    expect(driver.close(second)).toBe(-Errno.BADF);
  });

  it("carries 16 MiB both ways at once, whole and in order, however the ends read", async () => {
    const [client, server] = await connected();
    const results = [receiveAll(server, 3001), receiveAll(client, 200_000)];
    await Promise.all([sendAll(client), sendAll(server)]);
    expect(await Promise.all(results)).toEqual(["", ""]);
    expect(await until(client, RDHUP)).toBe(RDHUP | HUP);
  });

  it("takes no more than it has room for from a peer that is not read", async () => {
    const [client, server] = await connected();
    let taken = 0;
    const sending = (async () => {
      const bytes = new Uint8Array(65_536);
      while (taken < TOTAL) {
        const count = driver.send(client, bytes, 0, bytes.length);
        if (count > 0) taken += count;
        else if ((await until(client, OUT)) & HUP) return;
      }
    })();
    // A connection beside it is served all the while.
    const [one, other] = await connected();
    const byte = new Uint8Array(1);
    for (let turn = 0, last = -1; turn < 200; turn = taken === last ? turn + 1 : 0) {
      last = taken;
      driver.send(one, byte, 0, 1);
      await until(other, IN);
      expect(driver.recv(other, byte, 0, 1, 0)).toBe(1);
    }
    expect(taken).toBeLessThan(TOTAL);
    expect(driver.available(server)).toBeLessThanOrEqual(1 << 17);
    driver.close(server);
    await sending;
    expect(driver.recv(client, byte, 0, 1, 0)).toBe(-Errno.CONNRESET);
  });

  it("sends what was sent before a close, and nothing of it is lost", async () => {
    const [client, server] = await connected();
    const bytes = new Uint8Array(60_000).fill(7);
    let sent = 0;
    // Until the system has no room, and then the ring.
    for (let full = 0; full < 20; ) {
      const count = driver.send(client, bytes, 0, bytes.length);
      if (count > 0) sent += count;
      full = count > 0 ? 0 : full + 1;
      await setImmediate();
    }
    driver.close(client);
    const read = new Uint8Array(100_000);
    let received = 0;
    for (let count = 1; count !== 0; received += count) {
      await until(server, IN);
      count = driver.recv(server, read, 0, read.length, 0);
      expect(read.subarray(0, count).every((byte) => byte === 7)).toBe(true);
    }
    expect(received).toBe(sent);
  });

  it("refuses to put the thread to sleep, and says what would do", () => {
    const [one] = driver.socketPair();
    const fds = pollfds(1);
    setPollfd(fds, 0, one, IN);
    expect(driver.poll(fds, 1, 0)).toBe(0);
    expect(() => driver.poll(fds, 1, 1e6)).toThrow("use sleep: 'suspending' or 'stepping'");
  });

  it("is what a host takes whose guest leaves the loop free; a listen that is refused rejects", async () => {
    using host = await WasiHost.open({ driver: "net", sleep: "stepping", listen: ["127.0.0.1:0", "[::1]:0"] });
    const [{ port }] = host.listening;
    expect(port).toBeGreaterThan(1023);
    const again = WasiHost.open({ driver: "net", sleep: "stepping", listen: [`127.0.0.1:${port}`] });
    await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
