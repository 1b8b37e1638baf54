/** The net driver on the guest's own thread, which must not sleep: everything is awaited. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { HUP, IN, OUT, RDHUP } from "../../wasi-host/abi/readiness.ts";
import type { SocketAddress } from "../../wasi-host/addresses/socket-address.ts";
import type { Driver } from "../../wasi-host/drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";
import { openNet } from "../../wasi-host/drivers/net/index.ts";
import { WasiHost } from "../../wasi-host/index.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const never = new AbortController().signal;
/** More bytes than rings, chunks and the kernel hold together. */
const TOTAL = 16 << 20;

describe("the net driver on the guest's own thread", () => {
  let driver: Driver;
  beforeEach(async () => {
    driver = await openNet(false);
  });
  afterEach(() => driver.dispose());

  /** Resolves to the readiness among `events` and the bits that are always reported. */
  async function until(handle: number, events: number): Promise<number> {
    const fds = pollfds(1);
    setPollfd(fds, 0, handle, events);
    await driver.pollAsync(fds, 1, Infinity, undefined, never);
    return revents(fds, 0);
  }

  async function listen(address: SocketAddress = LOOPBACK): Promise<[number, SocketAddress]> {
    const listener = driver.listen(address);
    await driver.deferredListening!.opened(listener, address);
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

  /** The first difference in the received bytes; "" if there is none. */
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

  it("knows a listener's address, or that the port is in use, when it opens", async () => {
    const [, address] = await listen();
    expect(address).toMatchObject({ host: "127.0.0.1" });
    const second = driver.listen(address);
    expect(driver.localAddress(second)).toBeUndefined();
    await expect(driver.deferredListening!.opened(second, address)).rejects.toMatchObject({
      code: "EADDRINUSE",
      syscall: "bind",
    });
    expect(driver.close(second)).toBe(-Errno.BADF);
  });

  it("reports with poll when a socket is bound, or that the port is in use", async () => {
    const handle = driver.bound!.open(LOOPBACK);
    expect(await until(handle, OUT)).toBe(OUT | HUP);
    expect(driver.takeError(handle)).toBe(0);
    const address = driver.localAddress(handle)!;
    expect(address.port).toBeGreaterThan(1023);
    expect(driver.bound!.listen(handle, 4)).toBe(0);
    const second = driver.bound!.open(address);
    await until(second, OUT);
    expect(driver.takeError(second)).toBe(Errno.ADDRINUSE);
    expect(driver.close(second)).toBe(0);
    const client = driver.bound!.open(LOOPBACK);
    await until(client, OUT);
    const own = driver.localAddress(client);
    expect(driver.bound!.connect(client, address)).toBe(0);
    await until(handle, IN);
    expect(driver.peerAddress(driver.accept(handle))).toEqual(own);
  });

  it("listens and connects as soon as possible if the caller did not wait for the bind", async () => {
    const listener = driver.bound!.open(LOOPBACK);
    expect(driver.localAddress(listener)).toEqual(LOOPBACK);
    expect(driver.bound!.listen(listener, 4)).toBe(0);
    await driver.deferredListening!.opened(listener, LOOPBACK);
    const client = driver.bound!.open(LOOPBACK);
    expect(driver.bound!.connect(client, driver.localAddress(listener)!)).toBe(0);
    await until(listener, IN);
    await until(client, OUT);
    expect(driver.peerAddress(driver.accept(listener))).toEqual(driver.localAddress(client));
  });

  it("leaves no port open after a listener is closed before it opened", async () => {
    const path = join(tmpdir(), `pollux-closed-${process.pid}`);
    for (const address of [{ host: path, port: -1 }, LOOPBACK]) {
      driver.close(driver.listen(address));
      driver.close(driver.bound!.open(address));
    }
    const servers = () => process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe)ServerWrap$/.test(name));
    await vi.waitFor(() => expect(servers()).toEqual([]));
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    expect(servers()).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  it("carries 16 MiB both ways at once, whole and in order, for any reads", async () => {
    const [client, server] = await connected();
    const results = [receiveAll(server, 3001), receiveAll(client, 200_000)];
    await Promise.all([sendAll(client), sendAll(server)]);
    expect(await Promise.all(results)).toEqual(["", ""]);
    expect(await until(client, RDHUP)).toBe(RDHUP | HUP);
  });

  it("buffers a bounded amount from a peer that is not read", async () => {
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
    // Another connection is served meanwhile.
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

  it("sends all data from before a close", async () => {
    const [client, server] = await connected();
    const bytes = new Uint8Array(60_000).fill(7);
    let sent = 0;
    // Fill the system's buffer, and then the ring.
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

  it("wakes a sleeper once for all sockets that become ready in one turn of the event loop", async () => {
    const CONNECTIONS = 100;
    const clients: number[] = [];
    const fds = pollfds(CONNECTIONS);
    for (let index = 0; index < CONNECTIONS; index++) {
      const [client, server] = await connected();
      clients.push(client);
      setPollfd(fds, index, server, IN);
    }
    const byte = new Uint8Array(1);
    let received = 0;
    let wakeups = 0;
    const receiving = (async () => {
      for (; received < CONNECTIONS; wakeups++) {
        await driver.pollAsync(fds, CONNECTIONS, Infinity, undefined, never);
        for (let index = 0; index < CONNECTIONS; index++) {
          if ((revents(fds, index) & IN) !== 0) received += driver.recv(fds[index * 2], byte, 0, 1, 0);
        }
      }
    })();
    await setImmediate();
    for (const client of clients) driver.send(client, byte, 0, 1);
    await receiving;
    // One wakeup if all data is there at once; one for each socket would be a hundred.
    expect(wakeups).toBeLessThan(CONNECTIONS / 4);
  });

  it("refuses to block the thread and names the alternatives", () => {
    const [one] = driver.socketPair();
    const fds = pollfds(1);
    setPollfd(fds, 0, one, IN);
    expect(driver.poll(fds, 1, 0)).toBe(0);
    expect(() => driver.poll(fds, 1, 1e6)).toThrow("use sleep: 'suspending' or 'stepping'");
  });

  it("is used by a host whose guest keeps the loop free; a refused listen rejects", async () => {
    using host = await WasiHost.open({ driver: "net", sleep: "stepping", listen: ["127.0.0.1:0", "[::1]:0"] });
    const [{ port }] = host.listening;
    expect(port).toBeGreaterThan(1023);
    const again = WasiHost.open({ driver: "net", sleep: "stepping", listen: [`127.0.0.1:${port}`] });
    await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
