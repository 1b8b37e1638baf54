/**
 * The contract of drivers: a bound stream socket that listens or connects. The posix driver gives the kernel's answers.
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { ERR, HUP, IN, OUT } from "../../wasi-host/abi/readiness.ts";
import type { SocketAddress } from "../../wasi-host/addresses/socket-address.ts";
import { DRIVERS, itWith, outcome, Rig } from "./driver-rig.ts";

const WRNORM = 0x100;
const LOOPBACK = { host: "127.0.0.1", port: 0 };

describe.each(DRIVERS)("a bound socket on the %s driver", (driver, open) => {
  let rig: Rig;
  const path = join(tmpdir(), `pollux-bound-${process.pid}`);
  beforeEach(async () => {
    rig = new Rig(await open());
  });
  afterEach(() => {
    rig.driver.dispose();
    rmSync(path, { force: true });
  });

  const bound = (address: SocketAddress = LOOPBACK): [number, SocketAddress] => {
    const handle = rig.driver.bound!.open(address);
    return [handle, rig.driver.localAddress(handle)!];
  };

  /** Whether clients of a bound socket wait until it listens: where nothing binds without listening. */
  const holds = driver === "net" || driver === "web";

  /** The error of a connection there; "" if it is established and stays. */
  const refusal = (address: SocketAddress): string => {
    const client = rig.driver.connect(address);
    rig.until(client, OUT);
    if ((rig.poll(client, IN | HUP, 3e8) & 1) === 0) return "";
    const error = rig.driver.takeError(client);
    return error === 0 ? rig.recv(client) : String(outcome(-error));
  };

  it.each(["127.0.0.1", "::1"])("has its port at once and carries no bytes: %s", (host) => {
    const [handle, address] = bound({ host, port: 0 });
    expect(address.host).toBe(host);
    expect(address.port).toBeGreaterThan(1023);
    expect(rig.ready(handle)).toBe(OUT | HUP | WRNORM);
    expect(rig.driver.peerAddress(handle)).toBeUndefined();
    expect(rig.driver.takeError(handle)).toBe(0);
    expect(rig.recv(handle)).toBe("ENOTCONN");
    expect(rig.send(handle, "x")).toBe("EPIPE");
    expect(outcome(rig.driver.accept(handle))).toBe("EINVAL");
    expect(outcome(rig.driver.shutdown(handle, 3))).toBe("ENOTCONN");
    expect(rig.driver.close(handle)).toBe(0);
  });

  it("listens on its port and serves", () => {
    const [handle, address] = bound();
    expect(rig.driver.bound!.listen(handle, 16)).toBe(0);
    expect(rig.driver.localAddress(handle)).toEqual(address);
    expect(rig.ready(handle)).toBe(0);
    const client = rig.driver.connect(address);
    rig.until(client, OUT);
    rig.until(handle, IN);
    const server = rig.driver.accept(handle);
    expect(rig.driver.localAddress(server)).toEqual(address);
    rig.send(client, "hello");
    rig.until(server, IN);
    expect(rig.recv(server)).toBe("hello");
    expect(rig.driver.bound!.listen(handle, 16)).toBe(0);
    expect(outcome(rig.driver.bound!.connect(handle, address))).toBe("EISCONN");
    expect(outcome(rig.driver.bound!.listen(client, 16))).toBe("EINVAL");
  });

  it("accepts no connection before it listens; one that comes is refused, or waits until then", () => {
    const [handle, address] = bound();
    const early = refusal(address);
    expect(early).toBe(holds ? "" : "ECONNREFUSED");
    expect(outcome(rig.driver.accept(handle))).toBe("EINVAL");
    expect(rig.driver.bound!.listen(handle, 16)).toBe(0);
    const client = rig.driver.connect(address);
    rig.until(client, OUT);
    rig.until(handle, IN);
    expect(rig.driver.accept(handle)).toBeGreaterThanOrEqual(0);
    if (early !== "") return expect(outcome(rig.driver.accept(handle))).toBe("EAGAIN");
    rig.until(handle, IN);
    expect(rig.driver.accept(handle)).toBeGreaterThanOrEqual(0);
  });

  if (holds) {
    it("serves clients that came before it listens, in their order", () => {
      const [handle, address] = bound();
      const clients = ["one", "two", "three"].map((text) => {
        const client = rig.driver.connect(address);
        rig.until(client, OUT);
        rig.send(client, text);
        return client;
      });
      rig.driver.close(clients[1]);
      expect(rig.driver.bound!.listen(handle, 16)).toBe(0);
      const texts = clients.map(() => {
        rig.until(handle, IN);
        const server = rig.driver.accept(handle);
        rig.until(server, IN);
        return rig.recv(server);
      });
      expect(texts).toEqual(["one", "two", "three"]);
      expect(outcome(rig.driver.accept(handle))).toBe("EAGAIN");
    });

    it.each(["closes", "connects"])("resets clients that came, if it %s", (way) => {
      const [handle, address] = bound();
      const client = rig.driver.connect(address);
      rig.until(client, OUT);
      if (way === "closes") rig.driver.close(handle);
      else expect(outcome(rig.driver.bound!.connect(handle, rig.driver.localAddress(rig.listen()[0])!))).toBe(0);
      rig.until(client, IN);
      expect(rig.recv(client)).toBe(driver === "web" ? "" : "ECONNRESET");
    });
  }

  it("reports at once that a listener has the address, and gets it after that closed", () => {
    const [listener, address] = rig.listen();
    expect(() => rig.driver.bound!.open(address)).toThrow(
      expect.objectContaining({ code: "EADDRINUSE", syscall: "bind" }),
    );
    rig.driver.close(listener);
    const [first] = bound(address);
    expect(rig.driver.bound!.listen(first, 1)).toBe(0);
    expect(() => rig.driver.bound!.open(address)).toThrow(
      expect.objectContaining({ code: "EADDRINUSE", syscall: "bind" }),
    );
    rig.driver.close(first);
    rig.driver.close(bound(address)[0]);
    expect(rig.driver.listen(address)).toBeGreaterThanOrEqual(0);
  });

  itWith(driver, "own addresses")("says that this machine has no such address", () => {
    expect(() => rig.driver.bound!.open({ host: "192.0.2.1", port: 0 })).toThrow(
      expect.objectContaining({ code: "EADDRNOTAVAIL", syscall: "bind" }),
    );
  });

  itWith(driver, "source addresses").each([
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.1", "127.0.0.2"],
    ["127.0.0.1", "0.0.0.0"],
    ["::1", "::1"],
  ])("connects to %s from the address and port that it has: %s", (host, own) => {
    const [listener, to] = rig.listen(host);
    const [handle, address] = bound({ host: own, port: 0 });
    expect(rig.driver.bound!.connect(handle, to)).toBe(0);
    rig.until(handle, OUT);
    rig.until(listener, IN);
    const server = rig.driver.accept(listener);
    const from = { host: own === "0.0.0.0" ? host : own, port: address.port };
    expect(rig.driver.localAddress(handle)).toEqual(from);
    expect(rig.driver.peerAddress(server)).toEqual(from);
    expect(rig.driver.peerAddress(handle)).toEqual(to);
    rig.send(handle, "hello");
    rig.until(server, IN);
    expect(rig.recv(server)).toBe("hello");
  });

  itWith(driver, "source addresses")("keeps its port when a connection is refused, and connects from it later", () => {
    const [gone, nobody] = rig.listen();
    rig.driver.close(gone);
    // A given port, because Linux may choose its own choice again.
    const [once, address] = bound();
    rig.driver.close(once);
    const [handle] = bound(address);
    expect(rig.driver.bound!.connect(handle, nobody)).toBe(0);
    expect(rig.until(handle, OUT) & ERR).toBe(ERR);
    expect(rig.driver.takeError(handle)).toBe(Errno.CONNREFUSED);
    expect(rig.driver.localAddress(handle)).toEqual(address);
    const [listener, to] = rig.listen();
    expect(rig.driver.bound!.connect(handle, to)).toBe(0);
    rig.until(handle, OUT);
    rig.until(listener, IN);
    expect(rig.driver.takeError(handle)).toBe(0);
    expect(rig.driver.peerAddress(rig.driver.accept(listener))).toEqual(address);
  });

  itWith(driver, "source addresses")("is refused a second connection between the same two ends", () => {
    const [listener, to] = rig.listen();
    const [one, address] = bound();
    expect(rig.driver.bound!.connect(one, to)).toBe(0);
    rig.until(one, OUT);
    rig.until(listener, IN);
    rig.driver.accept(listener);
    const [other] = bound(address);
    const error = rig.driver.bound!.connect(other, to);
    // poll reports a late answer.
    if (error === 0) rig.until(other, ERR);
    expect(outcome(error || -rig.driver.takeError(other))).toMatch(/^EADDR(NOTAVAIL|INUSE)$/);
  });

  it("can be closed and disposed in any state", () => {
    const [handle, address] = bound();
    rig.driver.close(handle);
    expect(outcome(rig.driver.bound!.listen(handle, 1))).toBe("EBADF");
    expect(outcome(rig.driver.bound!.connect(handle, address))).toBe("EBADF");
    bound();
    const [listens] = bound();
    rig.driver.bound!.listen(listens, 1);
  });

  it("needs an address and a socket: a pipe cannot be bound", () => {
    expect(() => rig.driver.bound!.open({ host: "example.org", port: 80 })).toThrow(
      expect.objectContaining({ name: "SystemError", code: "EINVAL" }),
    );
    const [pipe] = rig.driver.pipe();
    expect(outcome(rig.driver.bound!.listen(pipe, 1))).toBe("ENOTSOCK");
    expect(outcome(rig.driver.bound!.connect(pipe, { host: "127.0.0.1", port: 80 }))).toBe("ENOTSOCK");
  });

  itWith(driver, "Unix sockets by path")("by a path listens at it", () => {
    const [handle, address] = bound({ host: path, port: -1 });
    expect(address).toEqual({ host: path, port: -1 });
    expect(rig.driver.bound!.listen(handle, 4)).toBe(0);
    const client = rig.driver.connect(address);
    rig.until(handle, IN);
    const server = rig.driver.accept(handle);
    rig.send(client, "hello");
    rig.until(server, IN);
    expect(rig.recv(server)).toBe("hello");
  });
});
