/** Streams and listeners of the loop: over each driver, with real sockets where the driver has them. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  connect,
  type Loop,
  StateError,
  type StreamHandler,
  TcpListener,
  type TcpStream,
} from "../../../src/loop/index.ts";
import { COMBINATIONS, DRIVERS, openLoop } from "./loop-rig.ts";

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());

/** Two ends over TCP. */
async function pair(loop: Loop, options: object = {}): Promise<[client: TcpStream, server: TcpStream]> {
  const listener = await TcpListener.listen("127.0.0.1:0", { loop, ...options });
  const [client, server] = await Promise.all([connect(listener.address, { loop, ...options }), listener.accept()]);
  listener.close();
  return [client, server];
}

/** Everything up to the end. */
async function readAll(stream: TcpStream): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes that differ everywhere. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8)) & 255;
  return bytes;
}

describe.each(DRIVERS)("a stream over %s", (driver) => {
  it("reads what is written, and undefined at the end", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    await client.write("hello ");
    await client.write(new TextEncoder().encode("world"));
    await client.closeWrite();
    expect((await readAll(server)).toString()).toBe("hello world");
    expect(await server.read()).toBeUndefined();
    await server.write("back");
    expect(text(await client.read())).toBe("back");
    await server.close();
    expect(await client.read()).toBeUndefined();
    expect([client.isOpen, server.isOpen]).toEqual([false, false]);
    await loop.run();
  });

  it("reads into a buffer", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    const buffer = new Uint8Array(4);
    const reading = server.readInto(buffer);
    await client.write("abcdef");
    expect([await reading, text(buffer)]).toEqual([4, "abcd"]);
    expect([await server.readInto(buffer), text(buffer)]).toEqual([2, "efcd"]);
    await client.close();
    expect(await server.readInto(buffer)).toBe(0);
    await expect(server.readInto(new Uint8Array(0))).rejects.toMatchObject({ code: "EINVAL" });
  });

  it("moves megabytes in both directions at once, unchanged", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    const bytes = pattern(3_000_000);
    const send = async (stream: TcpStream) => {
      await stream.write(bytes);
      await stream.closeWrite();
    };
    const hash = (given: Uint8Array) => createHash("sha256").update(given).digest("hex");
    const [, , one, other] = await Promise.all([send(client), send(server), readAll(client), readAll(server)]);
    expect([hash(one), hash(other)]).toEqual([hash(bytes), hash(bytes)]);
  });

  it("sends concurrent writes whole and in order", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    const parts = Array.from({ length: 40 }, (_, index) => String.fromCharCode(65 + index).repeat(20_000));
    const writes = parts.map((part) => client.write(part));
    void Promise.all(writes).then(() => client.closeWrite());
    expect((await readAll(server)).toString() === parts.join("")).toBe(true);
  });

  it("queues up to the mark and one call while the peer never reads, and goes on when it does", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop, { highWaterMark: 50_000 });
    const chunk = pattern(30_000);
    let taken = 0;
    let full = false;
    // Until the system's own buffers are full.
    while (!full) {
      while (client.tryWrite(chunk)) {
        taken++;
        expect(client.bufferedAmount).toBeLessThan(50_000 + chunk.length);
      }
      await client.drain({ timeout: 50 }).catch((error) => {
        expect(error.code).toBe("ETIMEDOUT");
        full = true;
      });
    }
    expect(client.bufferedAmount).toBeGreaterThanOrEqual(50_000);
    let received = 0;
    const reading = (async () => {
      for await (const each of server) received += each.length;
    })();
    await client.drain();
    expect(client.bufferedAmount).toBeLessThan(50_000);
    await client.closeWrite();
    await reading;
    expect(received).toBe(taken * chunk.length);
  });

  it("gives up a write that has not begun and sends one that has", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    const controller = new AbortController();
    const begun = client.write(pattern(8_000_000), { signal: controller.signal });
    const waiting = client.write("never sent", { timeout: 5 });
    await expect(waiting).rejects.toMatchObject({ code: "ETIMEDOUT" });
    controller.abort();
    await expect(begun).rejects.toMatchObject({ name: "AbortError" });
    void client.closeWrite();
    expect((await readAll(server)).equals(pattern(8_000_000))).toBe(true);
  });

  it("ends reads by deadline and signal, and reads on", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    await expect(server.read({ timeout: 2 })).rejects.toMatchObject({ code: "ETIMEDOUT", syscall: "read" });
    const controller = new AbortController();
    const reading = server.read({ signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    await expect(server.read({ signal: controller.signal })).rejects.toMatchObject({ name: "AbortError" });
    await client.write("late");
    expect(text(await server.read({ timeout: 1000 }))).toBe("late");
  });

  it("refuses a second read, and says so", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    const reading = server.read();
    await expect(server.read()).rejects.toMatchObject({ code: "ERR_INVALID_STATE" });
    expect(() => server.handle({})).toThrow(StateError);
    await client.write("x");
    expect(text(await reading)).toBe("x");
  });

  it("rejects what waits when it is closed or aborted, with a code", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    const reading = expect(server.read()).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await server.close();
    await reading;
    await expect(server.read()).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await expect(server.write("x")).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    const [deaf, never] = await pair(loop);
    const writing = expect(deaf.write(pattern(16_000_000))).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    deaf.abort();
    await writing;
    await deaf.close();
    for (const stream of [client, deaf, never]) stream.abort();
    await loop.run();
  });

  it("rejects everything when the loop is disposed", async () => {
    const loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    const waits = [server.read(), client.write(pattern(16_000_000)), listener.accept()].map((wait) =>
      expect(wait).rejects.toMatchObject({ code: "ERR_DISPOSED" }),
    );
    loop.dispose();
    await Promise.all(waits);
    await expect(client.read()).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await expect(connect("127.0.0.1:1", { loop })).rejects.toMatchObject({ code: "ERR_DISPOSED" });
  });

  it("closes when everything is sent, at the latest at a deadline", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    void client.write(pattern(2_000_000));
    const [closed, received] = await Promise.all([client.close().then(() => "closed"), readAll(server)]);
    expect([closed, received.length]).toEqual(["closed", 2_000_000]);
    const [deaf, never] = await pair(loop);
    const lost = expect(deaf.write(pattern(16_000_000))).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await expect(deaf.close({ timeout: 5 })).rejects.toMatchObject({ code: "ETIMEDOUT" });
    await lost;
    expect(deaf.isOpen).toBe(false);
    never.abort();
  });

  it("pipes to another stream, as fast as that one takes bytes, and half-closes it at the end", async () => {
    using loop = await openLoop({ driver });
    const [source, entry] = await pair(loop);
    const [exit, sink] = await pair(loop, { highWaterMark: 10_000 });
    const bytes = pattern(4_000_000);
    const piping = entry.pipe(exit);
    const writing = source.write(bytes).then(() => source.closeWrite());
    for (let turn = 0; turn < 20; turn++) {
      await loop.sleep(1);
      expect(exit.bufferedAmount).toBeLessThan(10_000 + 65_536);
    }
    const received = await readAll(sink);
    await Promise.all([piping, writing]);
    expect(received.equals(bytes)).toBe(true);
    await expect(entry.pipe({} as never)).rejects.toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
  });

  it("rejects a pipe when the target closes, or a signal says so", async () => {
    using loop = await openLoop({ driver });
    const [source, entry] = await pair(loop);
    const [exit, sink] = await pair(loop);
    const controller = new AbortController();
    const first = entry.pipe(exit, { signal: controller.signal });
    controller.abort();
    await expect(first).rejects.toMatchObject({ name: "AbortError" });
    const second = entry.pipe(exit);
    await source.write("one");
    expect(text(await sink.read())).toBe("one");
    exit.abort();
    await expect(second).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await source.write("two");
    expect(text(await entry.read())).toBe("two");
  });

  it("is a pair of Web streams", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    const piping = server.readable.pipeTo(server.writable);
    const writer = client.writable.getWriter();
    await writer.write(new TextEncoder().encode("through "));
    await writer.write(new TextEncoder().encode("the Web"));
    await writer.close();
    let received = "";
    for await (const chunk of client.readable) received += text(chunk);
    await piping;
    expect(received).toBe("through the Web");
    expect(client.readable).toBe(client.readable);
  });

  it("aborts when one of its Web streams is cancelled", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    await client.readable.cancel();
    expect(client.isOpen).toBe(false);
    await server.writable.abort();
    expect(server.isOpen).toBe(false);
  });

  it("connects by name, and names what does not connect", async () => {
    using loop = await openLoop({ driver });
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    const { port } = listener.localAddress!;
    const stream = await connect(`localhost:${port}`, { loop, noDelay: false, keepAlive: true });
    expect(stream.peerAddress).toEqual({ host: "127.0.0.1", port });
    expect(stream.localAddress!.host).toBe("127.0.0.1");
    stream.setNoDelay().setKeepAlive(false);
    (await listener.accept()).abort();
    listener.close();
    listener.close();
    expect(listener.address).toBe("");
    await expect(connect(`127.0.0.1:${port}`, { loop })).rejects.toMatchObject({
      code: "ECONNREFUSED",
      syscall: "connect",
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it("accepts in a loop until it is closed", async () => {
    using loop = await openLoop({ driver });
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(listener.address, { loop })));
    let accepted = 0;
    for await (const stream of listener) {
      stream.abort();
      if (++accepted === 5) listener.close();
    }
    expect(accepted).toBe(5);
    for (const client of clients) client.abort();
    await expect(listener.accept()).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await loop.run();
  });

  it("checks arguments and names the value", async () => {
    using loop = await openLoop({ driver });
    const wrong = (code: string, value: string) => ({ code, message: expect.stringContaining(value) });
    await expect(connect(80 as never, { loop })).rejects.toMatchObject(wrong("ERR_INVALID_ARG_TYPE", "80"));
    await expect(connect("nonsense", { loop })).rejects.toMatchObject(wrong("ERR_INVALID_ARG_VALUE", "nonsense"));
    await expect(connect("host:99999", { loop })).rejects.toMatchObject(wrong("ERR_INVALID_ARG_VALUE", "99999"));
    await expect(connect("127.0.0.1:1", { timout: 5 } as never)).rejects.toMatchObject(
      wrong("ERR_INVALID_ARG_VALUE", "'timeout'"),
    );
    await expect(connect("127.0.0.1:1", { loop, timeout: -5 })).rejects.toMatchObject(wrong("ERR_OUT_OF_RANGE", "-5"));
    await expect(connect("127.0.0.1:1", { signal: 5 as never })).rejects.toMatchObject(
      wrong("ERR_INVALID_ARG_TYPE", "signal 5"),
    );
    await expect(connect("127.0.0.1:1", { loop: {} as never })).rejects.toMatchObject(
      wrong("ERR_INVALID_ARG_TYPE", "expected a Loop"),
    );
    await expect(TcpListener.listen("127.0.0.1:0", { loop, highWaterMark: 0 })).rejects.toMatchObject(
      wrong("ERR_OUT_OF_RANGE", "0"),
    );
    await expect(TcpListener.listen("127.0.0.1:0", { loop, backlog: -1 })).rejects.toMatchObject(
      wrong("ERR_OUT_OF_RANGE", "-1"),
    );
    const [client, server] = await pair(loop);
    await expect(client.write(5 as never)).rejects.toMatchObject(wrong("ERR_INVALID_ARG_TYPE", "5"));
    expect(() => client.tryWrite(null as never)).toThrow(expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }));
    await client.closeWrite();
    await expect(client.write("x")).rejects.toMatchObject({ code: "ERR_INVALID_STATE" });
    server.abort();
  });

  it("reads two peers that always send in turns", async () => {
    using loop = await openLoop({ driver });
    const [[a, readA], [b, readB]] = [await pair(loop), await pair(loop)];
    const bytes = pattern(4_000_000);
    for (const stream of [a, b]) void stream.write(bytes).then(() => stream.closeWrite());
    const order: string[] = [];
    const consume = async (stream: TcpStream, name: string) => {
      for await (const _ of stream) order.push(name);
    };
    let ticks = 0;
    const timer = loop.callEvery(1, () => ticks++);
    await Promise.all([consume(readA, "a"), consume(readB, "b"), loop.sleep(3)]);
    timer.cancel();
    expect(new Set(order.slice(0, order.length / 2)).size).toBe(2);
    expect(ticks).toBeGreaterThan(0);
    for (const stream of [a, b, readA, readB]) stream.abort();
  });
});

describe.each(COMBINATIONS)("handlers over $driver, $wait", ({ driver, run }) => {
  it("echo, end and close", async () => {
    using loop = await openLoop({ driver });
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    const events: string[] = [];
    let echoed = "";
    const echo: StreamHandler = {
      data: (stream, chunk) => void stream.tryWrite(chunk),
      close: () => events.push("server closed"),
    };
    listener.handle((stream) => {
      listener.close();
      stream.handle(echo);
    });
    const client = await connect(listener.address, { loop });
    client.handle({
      data(stream, chunk) {
        echoed += text(chunk);
        if (echoed === "hello") void stream.closeWrite();
      },
      end: () => events.push("end"),
      close: () => events.push("client closed"),
    });
    client.tryWrite("hel");
    client.tryWrite("lo");
    await run(loop);
    expect(echoed).toBe("hello");
    expect(events.sort()).toEqual(["client closed", "end", "server closed"]);
    expect(loop.errors).toEqual([]);
  });

  it("hears of the drain, and nothing while it is paused", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop, { highWaterMark: 10_000 });
    const chunk = pattern(50_000);
    let [taken, received, drains] = [0, 0, 0];
    server.pause();
    server.handle({
      data: (_stream, bytes) => {
        received += bytes.length;
        if (received === taken * chunk.length) server.abort();
      },
    });
    client.handle({ drain: () => drains++ });
    let refused = 0;
    const fill = loop.callEvery(1, () => {
      if (client.tryWrite(chunk)) taken++;
      else if (++refused === 10) {
        fill.cancel();
        expect(received).toBe(0);
        server.resume();
      }
    });
    await run(loop);
    expect(received).toBe(taken * chunk.length);
    expect(drains).toBeGreaterThan(0);
    client.abort();
    expect(loop.errors).toEqual([]);
  });

  it("that throw do not end the loop or the stream", async () => {
    using loop = await openLoop({ driver });
    const [client, server] = await pair(loop);
    let received = "";
    server.handle({
      data(_stream, chunk) {
        received += text(chunk);
        throw new Error(received);
      },
      end() {
        server.abort();
      },
    });
    client.tryWrite("one");
    loop.callLater(5, () => client.abort());
    await run(loop);
    expect(received).toBe("one");
    expect(loop.errors).toEqual([new Error("one")]);
  });
});

describe.each(["posix", "net"])("with real peers, a stream over %s", (driver) => {
  it("reports a reset, rejects what waits, and closes", async () => {
    using loop = await openLoop({ driver });
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    const peer = net.connect(listener.localAddress!.port, "127.0.0.1").on("error", () => {});
    const stream = await listener.accept();
    // Deno's sends no reset before that.
    if (peer.connecting) await once(peer, "connect");
    const reading = expect(stream.read()).rejects.toMatchObject({ code: "ECONNRESET", syscall: "recv" });
    peer.resetAndDestroy();
    await reading;
    expect([stream.isOpen, stream.error]).toMatchObject([false, { code: "ECONNRESET" }]);
    await expect(stream.read()).rejects.toMatchObject({ code: "ECONNRESET" });
    listener.close();
    await loop.run();
  });

  it("goes on writing to a peer that has half-closed", async () => {
    using loop = await openLoop({ driver });
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    const peer = net.connect({ port: listener.localAddress!.port, host: "127.0.0.1", allowHalfOpen: true });
    let heard = "";
    peer.on("data", (bytes) => {
      heard += bytes;
    });
    peer.end("question");
    const stream = await listener.accept();
    expect(text(await stream.read())).toBe("question");
    expect(await stream.read()).toBeUndefined();
    await stream.write("an");
    await stream.write("swer");
    await stream.close();
    await new Promise((resolve) => peer.once("close", resolve));
    expect(heard).toBe("answer");
    listener.close();
  });

  it("is a Unix socket by its path", async () => {
    using loop = await openLoop({ driver });
    const folder = mkdtempSync(path.join(tmpdir(), "pollux-loop-"));
    try {
      const place = `unix:${path.join(folder, "socket")}`;
      const listener = await TcpListener.listen(place, { loop });
      expect(listener.address).toBe(place);
      const [client, server] = await Promise.all([connect(place, { loop }), listener.accept()]);
      await client.write("by path");
      expect(text(await server.read())).toBe("by path");
      listener.close();
      await expect(connect(`unix:${folder}/none`, { loop })).rejects.toMatchObject({ code: "ENOENT" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("gives a connection up at its deadline, and by a signal", async () => {
    using loop = await openLoop({ driver });
    // TEST-NET-1: nothing answers there, or the network reports it unreachable at once.
    const nowhere = "192.0.2.1:9";
    await expect(connect(nowhere, { loop, timeout: 20 })).rejects.toMatchObject({
      code: expect.stringMatching(/ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|EPERM|EACCES/),
    });
    const connecting = connect(nowhere, { loop, signal: AbortSignal.abort() });
    await expect(connecting).rejects.toMatchObject({ name: "AbortError" });
    await loop.run();
  });

  it("waits with accept until descriptors are free", async () => {
    using loop = await openLoop({ driver, maxDescriptors: 8 });
    const listener = await TcpListener.listen("127.0.0.1:0", { loop });
    const peers = Array.from({ length: 10 }, () => net.connect(listener.localAddress!.port, "127.0.0.1"));
    const open: TcpStream[] = [];
    let more = true;
    while (more) {
      await listener.accept({ timeout: 200 }).then(
        (stream) => open.push(stream),
        (error) => {
          expect(error.code).toBe("ETIMEDOUT");
          more = false;
        },
      );
    }
    expect(open.length).toBeLessThan(8);
    const next = listener.accept();
    open[0].abort();
    open[1].abort();
    open.push(await next);
    for (const peer of peers) peer.destroy();
    for (const stream of open) stream.abort();
    listener.close();
  });
});
