import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OUT } from "../../../wasi-host/abi/readiness.ts";
import type { Driver } from "../../../wasi-host/drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../../wasi-host/drivers/contract/pollfd.ts";
import { Grants } from "../../../wasi-host/kernel/grants.ts";
import { DRIVERS } from "./drivers.ts";
import { type Connection, FlatGuest, ipv4, ipv6 } from "./flat-guest.ts";

const text = (bytes: unknown) => (bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes);
const ANY = { host: "127.0.0.1", port: 0 };

describe.each(DRIVERS)("a listener that was opened for a component, over %s", (name, openDriver) => {
  let driver: Driver;
  let guest: FlatGuest;
  let handle: number;
  let port: number;
  beforeEach(async () => {
    driver = await openDriver();
    handle = driver.listen(ANY);
    await driver.deferredListening?.opened(handle, ANY);
    port = driver.localAddress(handle)!.port;
    const grants = { connect: new Grants("connect", "everything"), bind: new Grants("bind") };
    guest = new FlatGuest(driver, { grants, listeners: [{ handle, wanted: ANY }] });
  });
  afterEach(() => guest[Symbol.dispose]());

  /** A client of this test, which has sent a word. */
  function client(word: string): void {
    const peer = driver.connect({ host: "127.0.0.1", port });
    const fds = pollfds(1);
    setPollfd(fds, 0, peer, OUT);
    while ((revents(fds, 0) & OUT) === 0) driver.poll(fds, 1, 1e9);
    driver.send(peer, new TextEncoder().encode(word), 0, word.length);
  }

  it.each(["its port", "port 0, if it was opened with that"])("is what a bind to %s gets, with no grant", (which) => {
    const listener = guest.listener(ipv4(which === "its port" ? port : 0));
    expect(guest.port(listener)).toBe(port);
    client("hello");
    const { input } = guest.accept(listener) as Connection;
    expect(text(guest.read(input, 9, "blocking-read"))).toBe("hello");
  });

  it("has accepted connections before the component exists", () => {
    client("early");
    const { input } = guest.accept(guest.listener(ipv4(port))) as Connection;
    expect(text(guest.read(input, 9, "blocking-read"))).toBe("early");
  });

  it("is for one bind: the next one needs a grant", () => {
    const listener = guest.listener(ipv4(port));
    expect(guest.bind(guest.tcp(), ipv4(0))).toBe("access-denied");
    guest.drop("sockets/tcp/tcp-socket", listener);
    expect(guest.bind(guest.tcp(), ipv4(port))).toBe("access-denied");
  });

  it("is not for another address, port or family", () => {
    expect(guest.bind(guest.tcp(), ipv4(port, 127, 0, 0, 2))).toBe("access-denied");
    expect(guest.bind(guest.tcp(), ipv4(port === 1 ? 2 : 1))).toBe("access-denied");
    expect(guest.bind(guest.tcp(1), ipv6(port))).toBe("access-denied");
    expect(guest.port(guest.listener(ipv4(port)))).toBe(port);
  });

  it("is ready between start-bind and finish-bind, and keeps options that were set before", () => {
    const socket = guest.tcp();
    guest.socketCall("tcp-socket.set-hop-limit", socket, 42);
    expect(guest.start("tcp-socket.start-bind", socket, ipv4(port))).toBe("ok");
    expect(guest.start("tcp-socket.start-bind", socket, ipv4(port))).toBe("concurrency-conflict");
    guest.call("io/poll#[method]pollable.block", guest.socketPollable("tcp-socket.subscribe", socket));
    guest.socketCall("tcp-socket.finish-bind", socket);
    expect(guest.outcome()).toBe("ok");
    guest.socketCall("tcp-socket.hop-limit", socket);
    expect(guest.u8(1)).toBe(name === "posix" ? 42 : 64);
  });

  it("cannot connect, and still listens", () => {
    const socket = guest.tcp();
    guest.bind(socket, ipv4(port));
    expect(guest.start("tcp-socket.start-connect", socket, ipv4(port))).toBe("invalid-state");
    guest.socketCall("tcp-socket.start-listen", socket);
    expect(guest.outcome()).toBe("ok");
    expect(guest.settle("tcp-socket.finish-listen", socket)).toBe("ok");
    client("");
    expect(guest.accept(socket)).toMatchObject({ socket: expect.any(Number) });
  });

  it("is closed with the component, also if no bind took it", () => {
    guest.host.dispose();
    expect(driver.close(handle)).toBeLessThan(0);
  });
});
