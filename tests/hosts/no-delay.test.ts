/** TCP_NODELAY is on for every TCP socket of the kernel that a driver opens, accepts or inherits. */
import { once } from "node:events";
import net from "node:net";
import { describe, expect, it } from "vitest";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  option,
  plainListener,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SOL_SOCKET,
  socketsAt,
  TCP_NODELAY,
} from "../linux/sockets.ts";
import { Guest } from "./hand-driven-guest.ts";
import { EVERYTHING, INET4, INET6, LOOPBACK, LOOPBACK6, SocketGuest } from "./socket-guest.ts";

const OUT = 16;
const noDelay = (fd: number) => option(fd, IPPROTO_TCP, TCP_NODELAY);
/** For connections whose local end is at `port`. The same number can be that of a socket of the other family, from another test. */
const noDelaysAt = (port: number, domain = AF_INET) =>
  socketsAt(port)
    .filter((fd) => option(fd, SOL_SOCKET, SO_DOMAIN) === domain && option(fd, SOL_SOCKET, SO_ACCEPTCONN) === 0)
    .map(noDelay);

/** A client's connection to the guest's first listener, accepted. */
async function accepted(guest: Guest, address: { host: string; port: number }): Promise<net.Socket> {
  const client = net.connect(address);
  await once(client, "connect");
  expect(guest.calls.sock_accept(3, 0, OUT)).toBe(0);
  return client;
}

describe.each(["posix", "net"])("TCP_NODELAY is on (%s driver)", (driver) => {
  it.each([
    ["IPv4", INET4, LOOPBACK, AF_INET],
    ["IPv6", INET6, LOOPBACK6, AF_INET6],
  ] as const)(
    "for a connection that the guest opens, and for one to the guest's listener: %s",
    async (_, family, ip, domain) => {
      using guest = await SocketGuest.open({ ...EVERYTHING, driver });
      const listener = guest.listener(family);
      const [client] = guest.connection(listener, [...ip]);
      expect(noDelaysAt(listener.port, domain)).toEqual([1]);
      expect(noDelaysAt(guest.name("sock_getlocaladdr", client).port, domain)).toEqual([1]);
    },
  );

  it.each([
    ["127.0.0.1:0", AF_INET],
    ["[::1]:0", AF_INET6],
  ])("for a connection to a listener of the host: %s", async (address, domain) => {
    using guest = await Guest.open({ driver, listen: [address] });
    const client = await accepted(guest, guest.host.listening[0]);
    expect(noDelaysAt(guest.host.listening[0].port, domain)).toEqual([1]);
    client.destroy();
  });

  it("for a connection to a listener that was inherited without the option", async () => {
    const [fd, port] = plainListener();
    expect(noDelay(fd)).toBe(0);
    using guest = await Guest.open({ driver, listenFds: [fd] });
    const client = await accepted(guest, { host: "127.0.0.1", port });
    expect(noDelaysAt(port)).toEqual([1]);
    client.destroy();
  });
});
