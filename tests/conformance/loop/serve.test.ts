/** Servers of the loop. */
import { getEventListeners } from "node:events";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { connect, serve, type TcpStream } from "../../../src/loop/index.ts";
import { DRIVERS, openLoop } from "./loop-rig.ts";

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());

describe.each(DRIVERS)("a server over %s", (driver) => {
  it("serves connections, and closes each when its handler is done", async () => {
    using loop = await openLoop({ driver });
    const server = await serve(async (stream) => void (await stream.write(`you sent ${text(await stream.read())}`)), {
      loop,
    });
    for (const word of ["one", "two"]) {
      const client = await connect(server.address, { loop });
      await client.write(word);
      expect(text(await client.read())).toBe(`you sent ${word}`);
      expect(await client.read()).toBeUndefined();
      client.abort();
    }
    await server.close();
    await server.finished;
    await loop.run();
    expect(loop.errors).toEqual([]);
  });

  it("gives what a handler throws to onError, aborts that connection, and serves the others", async () => {
    using loop = await openLoop({ driver });
    const thrown: unknown[] = [];
    const server = await serve(
      async (stream) => {
        const word = text(await stream.read());
        if (word === "bad") throw new Error("no such word");
        await stream.pipe(stream);
      },
      { loop, onError: (error, stream) => thrown.push(error, stream.isOpen) },
    );
    const [bad, good] = [await connect(server.address, { loop }), await connect(server.address, { loop })];
    await bad.write("bad");
    expect(await bad.read()).toBeUndefined();
    expect(thrown).toEqual([new Error("no such word"), false]);
    await good.write("good");
    await good.write("day");
    await good.closeWrite();
    for await (const _ of good);
    await server.close();
    const other = await serve(() => Promise.reject(new Error("at once")), { loop });
    const client = await connect(other.address, { loop });
    expect(await client.read()).toBeUndefined();
    expect(loop.errors).toEqual([new Error("at once")]);
    await other.close();
  });

  it("waits at close for its handlers, at most until the deadline", async () => {
    using loop = await openLoop({ driver });
    const server = await serve(async (stream) => void (await stream.read()), { loop });
    const client = await connect(server.address, { loop });
    while (server.connections.size === 0) await loop.sleep(1);
    const closing = server.close({ timeout: 10 });
    await expect(connect(server.address, { loop })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await closing;
    expect(server.connections.size).toBe(0);
    expect(await client.read().catch((error) => error.code)).toBeOneOf([undefined, "ECONNRESET"]);
    client.abort();
    await loop.run();
    expect(loop.errors).toEqual([]);
  });

  it("does not report that a handler's own stream was closed", async () => {
    using loop = await openLoop({ driver });
    const open: TcpStream[] = [];
    const server = await serve(
      async (stream) => {
        open.push(stream);
        for await (const _ of stream);
      },
      { loop },
    );
    const clients = [await connect(server.address, { loop }), await connect(server.address, { loop })];
    while (open.length < 2) await loop.sleep(1);
    open[0].abort();
    await open[1].close();
    await server.close();
    for (const client of clients) client.abort();
    expect(loop.errors).toEqual([]);
  });

  it("closes by a signal and checks its arguments", async () => {
    using loop = await openLoop({ driver });
    const controller = new AbortController();
    const server = await serve(() => {}, { loop, signal: controller.signal });
    controller.abort();
    await server.finished;
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await expect(serve(5 as never, { loop })).rejects.toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
    await expect(serve(() => {}, { loop, port: 5 } as never)).rejects.toMatchObject({
      code: "ERR_INVALID_ARG_VALUE",
      message: expect.stringContaining("port"),
    });
    await expect(serve(() => {}, { loop, address: "nonsense" })).rejects.toMatchObject({
      code: "ERR_INVALID_ARG_VALUE",
      message: expect.stringContaining("nonsense"),
    });
    await loop.run();
  });
});

describe.each(["posix", "net"])("a server over %s, with real peers", (driver) => {
  it("survives resets, and reports none of them", async () => {
    using loop = await openLoop({ driver });
    let served = 0;
    const server = await serve(
      async (stream: TcpStream) => {
        served++;
        await stream.pipe(stream);
      },
      { loop },
    );
    const port = Number(server.address.split(":")[1]);
    for (let count = 0; count < 20; count++) {
      const peer = net.connect(port, "127.0.0.1").on("error", () => {});
      peer.write("half a li");
      await new Promise((resolve) => peer.once("data", resolve));
      peer.resetAndDestroy();
    }
    while (server.connections.size > 0) await loop.sleep(1);
    await server.close();
    expect([served, loop.errors]).toEqual([20, []]);
  });
});
