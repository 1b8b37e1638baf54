/** Faults of peers and programs on a loop: nothing leaks, and the loop goes on. */
import { readdirSync } from "node:fs";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { connect, serve, TcpListener, type TcpStream } from "../../../src/loop/index.ts";
import { openLoop } from "./loop-rig.ts";

const descriptors = () => readdirSync("/proc/self/fd").length;

describe("a loop", () => {
  it("accepts and drops 20,000 connections, and leaks no descriptor", async () => {
    using loop = await openLoop({ driver: "posix" });
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    let dropped = 0;
    listener.handle((stream) => {
      dropped++;
      stream.abort();
    });
    const { address } = listener;
    const before = descriptors();
    const client = async () => {
      for (let count = 0; count < 100; count++) {
        const stream = await connect(address, { loop });
        await stream.read().catch((error) => expect(error.code).toBe("ECONNRESET"));
        stream.abort();
      }
    };
    await Promise.all(Array.from({ length: 200 }, client));
    expect(dropped).toBe(20_000);
    listener.close();
    await loop.run();
    expect(descriptors()).toBeLessThanOrEqual(before);
    expect(loop.errors).toEqual([]);
  }, 120_000);

  it("keeps 2,000 idle streams and 10,000 far timers asleep", async () => {
    using loop = await openLoop({ driver: "posix" });
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    const held: TcpStream[] = [];
    listener.handle((stream) => {
      held.push(stream);
      stream.handle({});
    });
    for (let count = 0; count < 1000; count++) held.push(await connect(listener.address, { loop }));
    for (let count = 0; count < 10_000; count++) loop.callLater(3_600_000 + count, () => {});
    while (held.length < 2000) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    let waits = 0;
    loop.onPrepare(() => waits++);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(waits).toBe(0);
    expect(held).toHaveLength(2000);
  });
});

describe.each(["posix", "net"])("a server over %s", (driver) => {
  it("holds no more for a peer that never reads than the mark and one chunk", async () => {
    using loop = await openLoop({ driver });
    const deaf = net.createServer((socket) => socket.on("error", () => {}).pause());
    await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
    const { port } = deaf.address() as net.AddressInfo;
    let most = 0;
    const server = await serve(
      async (client) => {
        await using upstream = await connect({ host: "127.0.0.1", port }, { loop, highWaterMark: 20_000 });
        const piping = client.pipe(upstream).catch(() => {});
        for (let idle = 0, before = -1; idle < 20; idle = most > 0 && most === before ? idle + 1 : 0) {
          before = most;
          await loop.sleep(2);
          most = Math.max(most, upstream.bufferedAmount);
        }
        upstream.abort();
        await piping;
      },
      { loop },
    );
    const peer = net.connect(Number(server.address.split(":")[1]), "127.0.0.1").on("error", () => {});
    peer.write(Buffer.alloc(32 << 20));
    peer.resume();
    await new Promise((resolve) => peer.once("close", resolve));
    await server.close();
    deaf.close();
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(20_000 + 65_536);
    expect(loop.errors).toEqual([]);
  });

  it("goes on when peers end in the middle of what it reads and writes", async () => {
    using loop = await openLoop({ driver });
    await using server = await serve(
      async (stream) => {
        for await (const chunk of stream) await stream.write(chunk);
      },
      { loop },
    );
    const port = Number(server.address.split(":")[1]);
    const ways = [
      (peer: net.Socket) => peer.resetAndDestroy(),
      (peer: net.Socket) => peer.destroy(),
      (peer: net.Socket) => peer.end(),
    ];
    const visits = Array.from({ length: 30 }, async (_, index) => {
      const peer = net.connect(port, "127.0.0.1").on("error", () => {});
      peer.write(Buffer.alloc(300_000));
      await new Promise((resolve) => peer.once("data", resolve));
      ways[index % 3](peer.resume());
      if (!peer.closed) await new Promise((resolve) => peer.once("close", resolve));
    });
    await Promise.all(visits);
    while (server.connections.size > 0) await loop.sleep(1);
    const stream = await connect(server.address, { loop });
    await stream.write("still there");
    expect(Buffer.from((await stream.read())!).toString()).toBe("still there");
    stream.abort();
    expect(loop.errors).toEqual([]);
  });
});
