/** C, by wasi-libc: poll(), select(), and a loop that only asks. */
import { once } from "node:events";
import net from "node:net";
import { expect, it } from "vitest";
import { bytesOf, exchange, guest } from "./guest.ts";

guest("c/poll-server", (start) => {
  it("echoes to 40 clients at once, and exits after the last", async () => {
    const server = start({ args: ["40"] });
    const port = await server.port();
    const sent = Array.from({ length: 40 }, (_, client) => bytesOf(client + 1, 1000 * client));
    const back = await Promise.all(sent.map((bytes) => exchange(port, bytes)));
    for (const [client, bytes] of back.entries()) expect(bytes.equals(sent[client]), `client ${client}`).toBe(true);
    expect(await server.out()).toBe(`40 clients, ${sent.reduce((sum, { length }) => sum + length, 0)} bytes\n`);
  });

  it("serves other clients while one does not read", async () => {
    const server = start({ args: ["2"] });
    const port = await server.port();
    const sent = bytesOf(1, 8 << 20);
    const slow = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    slow.pause();
    slow.end(sent);
    await once(slow, "connect");
    const quick = bytesOf(2, 100_000);
    expect((await exchange(port, quick)).equals(quick)).toBe(true);
    const parts: Buffer[] = [];
    for await (const part of slow) parts.push(part as Buffer);
    expect(Buffer.concat(parts).equals(sent)).toBe(true);
    expect(await server.out()).toBe(`2 clients, ${sent.length + quick.length} bytes\n`);
  });

  it("survives clients that reset", async () => {
    const server = start({ args: ["6"] });
    const port = await server.port();
    for (let client = 0; client < 5; client++) {
      const socket = net.connect(port, "127.0.0.1");
      socket.write("never read");
      await once(socket, "data");
      socket.resetAndDestroy();
    }
    expect(String(await exchange(port, Buffer.from("still here")))).toBe("still here");
    expect(await server.out()).toMatch(/^6 clients, /);
  });
});

guest("c/select-server", (start) => {
  it("sends 30 clients at once their data in upper case, and exits after the last", async () => {
    const server = start({ args: ["30"] });
    const port = await server.port();
    const said = Array.from({ length: 30 }, (_, client) => bytesOf(client + 1, 1500 * client).toString("base64"));
    const back = await Promise.all(said.map((text) => exchange(port, Buffer.from(text))));
    for (const [client, bytes] of back.entries()) expect(String(bytes)).toBe(said[client].toUpperCase());
    expect(await server.out()).toBe("30 clients\n");
  });
});

guest("c/accept-loop", (start) => {
  it("counts the bytes of each client, using only accept4, recv and clocks", async () => {
    const server = start({ args: ["10"] });
    const port = await server.port();
    const lengths = Array.from({ length: 10 }, (_, client) => client ** 5);
    const expected = lengths.map((length) => `${length} bytes\n`);
    // The first connection comes alone: afterwards everything is set up.
    const first = await exchange(port, bytesOf(1, lengths[0]));
    const others = await Promise.all(lengths.slice(1).map((length) => exchange(port, bytesOf(1, length))));
    expect([first, ...others].map(String)).toEqual(expected);
    expect(await server.out()).toBe("10 clients\n");
  });
});
