/** The contract of drivers: listening, connecting, accepting, and names. */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { DRIVERS, itWith, outcome, Rig } from "./driver-rig.ts";

describe.each(DRIVERS)("a connection on the %s driver", (driver, open) => {
  let rig: Rig;
  const path = join(tmpdir(), `pollux-driver-${process.pid}`);
  beforeEach(async () => {
    rig = new Rig(await open());
  });
  afterEach(() => {
    rig.driver.dispose();
    rmSync(path, { force: true });
  });

  it.each(["127.0.0.1", "::1"])("reaches a listener on %s and has both addresses", (host) => {
    const [listener, address] = rig.listen(host);
    expect(address.host).toBe(host);
    expect(address.port).toBeGreaterThan(1023);
    const client = rig.driver.connect(address);
    expect(rig.until(client, 4)).toBe(0x104);
    expect(rig.until(listener, 1)).toBe(0x41);
    const server = rig.driver.accept(listener);
    expect(rig.driver.peerAddress(client)).toEqual(address);
    expect(rig.driver.localAddress(server)).toEqual(address);
    expect(rig.driver.peerAddress(server)).toEqual(rig.driver.localAddress(client));
    expect(rig.driver.localAddress(client)!.host).toBe(host);
    expect(rig.driver.peerAddress(listener)).toBeUndefined();
  });

  itWith(driver, "Unix sockets by path")(
    "over a Unix socket has the listener's path on one side, and no name on the other",
    () => {
      const listener = rig.driver.listen({ host: path, port: -1 });
      expect(rig.driver.localAddress(listener)).toEqual({ host: path, port: -1 });
      const client = rig.driver.connect({ host: path, port: -1 });
      rig.until(listener, 1);
      const server = rig.driver.accept(listener);
      expect(rig.driver.peerAddress(client)).toEqual({ host: path, port: -1 });
      expect(rig.driver.localAddress(server)).toEqual({ host: path, port: -1 });
      expect(rig.driver.peerAddress(server)).toMatchObject({ port: -1 });
      rig.send(client, "hello");
      rig.until(server, 1);
      expect(rig.recv(server)).toBe("hello");
    },
  );

  itWith(driver, "Unix sockets by path")("between a pair of Unix sockets has empty names", () => {
    const [one] = rig.driver.socketPair();
    const listener = rig.driver.listen({ host: path, port: -1 });
    expect(rig.driver.localAddress(listener)).toEqual({ host: path, port: -1 });
    expect(rig.driver.localAddress(one)).toEqual({ host: "", port: -1 });
    expect(rig.driver.peerAddress(one)).toEqual({ host: "", port: -1 });
  });

  it("has no address over a pipe, and no peer address after its end", () => {
    for (const end of rig.driver.pipe()) {
      expect(rig.driver.localAddress(end)).toBeUndefined();
      expect(rig.driver.peerAddress(end)).toBeUndefined();
    }
    const [client, server] = rig.tcp();
    rig.driver.close(server);
    rig.driver.shutdown(client, 2);
    rig.until(client, 0x10);
    expect(rig.driver.peerAddress(client)).toBeUndefined();
    expect(rig.driver.localAddress(client)).toMatchObject({ host: "127.0.0.1" });
  });

  it("reaches a listener on all addresses", () => {
    const [listener, { port }] = rig.listen("0.0.0.0");
    rig.driver.connect({ host: "127.0.0.1", port });
    rig.until(listener, 1);
    const server = rig.driver.accept(listener);
    expect(rig.driver.localAddress(server)).toEqual({ host: "127.0.0.1", port });
  });

  it("waits to be accepted in order of arrival", () => {
    const [listener, address] = rig.listen();
    expect(outcome(rig.driver.accept(listener))).toBe("EAGAIN");
    const clients = [1, 2, 3].map(() => {
      const client = rig.driver.connect(address);
      rig.until(client, 4);
      return client;
    });
    for (const client of clients) {
      expect(rig.until(listener, 1)).toBe(0x41);
      const server = rig.driver.accept(listener);
      expect(rig.driver.peerAddress(server)).toEqual(rig.driver.localAddress(client));
    }
    expect(rig.ready(listener)).toBe(0);
    expect(outcome(rig.driver.accept(listener))).toBe("EAGAIN");
  });

  it("can end before it is accepted, and still delivers its data", () => {
    const [listener, address] = rig.listen();
    const client = rig.driver.connect(address);
    rig.until(client, 4);
    rig.send(client, "in passing");
    rig.driver.close(client);
    rig.until(listener, 1);
    const server = rig.driver.accept(listener);
    rig.until(server, 0x2000);
    expect(rig.recv(server)).toBe("in passing");
    expect(rig.recv(server)).toBe("");
  });

  it("is refused without a listener: OUT, ERR and HUP, and the reason once", () => {
    const [listener, address] = rig.listen();
    rig.driver.close(listener);
    const client = rig.driver.connect(address);
    expect(rig.until(client, 0x10)).toBe(0x215d);
    expect(rig.driver.takeError(client)).toBe(Errno.CONNREFUSED);
    expect(rig.driver.takeError(client)).toBe(0);
    expect(rig.ready(client)).toBe(0x2155);
    expect(rig.recv(client)).toBe("");
    expect(rig.send(client, "x")).toBe("EPIPE");
  });

  itWith(driver, "Unix sockets by path")("is refused over a Unix socket at once, with a SystemError", () => {
    const refused = () => rig.driver.connect({ host: path, port: -1 });
    expect(refused).toThrow(expect.objectContaining({ name: "SystemError", code: "ENOENT", syscall: "connect" }));
    rig.driver.close(rig.driver.listen({ host: path, port: -1 }));
    expect(refused).toThrow(expect.objectContaining({ name: "SystemError", code: "ENOENT", syscall: "connect" }));
  });

  // libuv accepts every connection at once, so none waits in the system's backlog on the net driver.
  (driver === "net" ? it.fails : itWith(driver, "Unix sockets by path"))(
    "is refused over a Unix socket while too many wait to be accepted",
    () => {
      const refused = () => rig.driver.connect({ host: path, port: -1 });
      rig.driver.listen({ host: path, port: -1 }, 0);
      rig.driver.connect({ host: path, port: -1 });
      expect(refused).toThrow(expect.objectContaining({ code: "EAGAIN", syscall: "connect" }));
    },
  );

  itWith(driver, "resets")("that nobody accepted is reset when the listener closes", () => {
    const [listener, address] = rig.listen();
    const client = rig.driver.connect(address);
    rig.until(client, 4);
    rig.until(listener, 1);
    rig.driver.close(listener);
    expect(rig.until(client, 0x10) & 0x18).toBe(0x18);
    expect(rig.recv(client)).toBe("ECONNRESET");
  });

  it("goes to the next listener of an address after the previous one closed", () => {
    const [first, address] = rig.listen();
    expect(() => rig.driver.listen(address)).toThrow(expect.objectContaining({ code: "EADDRINUSE", syscall: "bind" }));
    rig.driver.close(first);
    const second = rig.driver.listen(address);
    rig.driver.connect(address);
    rig.until(second, 1);
    expect(rig.driver.accept(second)).toBeGreaterThanOrEqual(0);
  });

  it("needs an address: a host name is refused", () => {
    for (const call of ["listen", "connect"] as const) {
      expect(() => rig.driver[call]({ host: "example.org", port: 80 })).toThrow(
        expect.objectContaining({ name: "SystemError", code: "EINVAL" }),
      );
    }
  });

  it("can only be accepted from a listener, which carries no bytes", () => {
    const [one] = rig.driver.socketPair();
    const [client] = rig.tcp();
    for (const stream of [one, client]) expect(outcome(rig.driver.accept(stream))).toBe("EINVAL");
    expect(outcome(rig.driver.accept(rig.driver.pipe()[0]))).toBe("ENOTSOCK");
    const [listener] = rig.listen();
    expect(rig.recv(listener)).toBe("ENOTCONN");
    expect(rig.send(listener, "x")).toBe("EPIPE");
    expect(rig.driver.available(listener)).toBe(0);
    expect(rig.driver.takeError(listener)).toBe(0);
  });
});
