/** What a program is promised however it sleeps; and its embedder, whose event loop is free meanwhile. */
import { once } from "node:events";
import net from "node:net";
import { PassThrough, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { type RunOptions, run, type SocketAddress } from "../../../wasi-host/index.ts";
import { COMBINATIONS } from "./combinations.ts";
import { sleepingGuest, steppedGuest } from "./guest.ts";

let sleeping: WebAssembly.Module;
let stepped: WebAssembly.Module;
beforeAll(async () => {
  [sleeping, stepped] = await Promise.all([sleepingGuest(), steppedGuest()]);
});

const LISTEN = { listen: ["127.0.0.1:0"] };

/** A program that was told by a letter what to do. */
function start(module: WebAssembly.Module, letter: string, options: RunOptions) {
  let announce: (addresses: readonly SocketAddress[]) => void = () => {};
  const address = new Promise<SocketAddress>((resolve) => (announce = ([first]) => resolve(first)));
  const ended = run(module, { args: [letter], ...options, onListening: announce });
  ended.catch(() => {});
  const connect = async () => {
    const { host, port } = await Promise.race([address, ended.then(() => Promise.reject(new Error("ended early")))]);
    const socket = net.connect({ host, port, allowHalfOpen: true });
    await once(socket, "connect");
    return socket;
  };
  return { ended, connect };
}

async function echoed(socket: net.Socket, message: string): Promise<string> {
  let answer = "";
  socket.setEncoding("utf8");
  socket.write(message);
  while (answer.length < message.length) answer += (await once(socket, "data"))[0];
  return answer;
}

for (const { way, driver } of COMBINATIONS) {
  const options = { sleep: way, driver } as const;
  const program = () => (way === "stepping" ? stepped : sleeping);

  describe(`${way}, driver ${driver}`, () => {
    it("a clock wakes when its time has come, and not before", async () => {
      expect(await start(program(), "t", options).ended).toBe(0);
    });

    it("ends with the status of proc_exit behind a sleep", async () => {
      expect(await start(program(), "x", options).ended).toBe(7);
    });

    it("ends with the trap behind a sleep", async () => {
      await expect(start(program(), "!", options).ended).rejects.toThrow(WebAssembly.RuntimeError);
    });

    it("leaves the event loop free while a program sleeps, and is ended by its signal", async () => {
      const abort = new AbortController();
      const reason = new Error("enough");
      const { ended } = start(program(), "a", { ...options, ...LISTEN, signal: abort.signal });
      for (let turns = 0; turns < 5; turns++) await setTimeout(2);
      abort.abort(reason);
      await expect(ended).rejects.toBe(reason);
    });

    it("leaves it free while a program always has something to do, too", async () => {
      const abort = new AbortController();
      const { ended } = start(program(), "u", { ...options, signal: abort.signal });
      for (let turns = 0; turns < 5; turns++) await setTimeout(2);
      abort.abort();
      await expect(ended).rejects.toThrow("aborted");
    });

    it("is refused with the reason of a signal that was aborted before", async () => {
      const reason = new Error("too late");
      await expect(start(program(), "a", { ...options, signal: AbortSignal.abort(reason) }).ended).rejects.toBe(reason);
    });

    it("many programs sleep at once, each for its own time", async () => {
      const many = Array.from({ length: way === "worker" ? 3 : 12 }, () => start(program(), "t", options).ended);
      expect(new Set(await Promise.all(many))).toEqual(new Set([0]));
    });

    if (way === "stepping") return; // The rest is about calls that sleep, and a stepped program has none.

    it("serves several descriptors and a clock in one poll_oneoff", async () => {
      const { ended, connect } = start(sleeping, "e", { ...options, ...LISTEN });
      const [one, other] = [await connect(), await connect()];
      expect(await echoed(one, "hello")).toBe("hello");
      expect(await echoed(other, "x".repeat(1000))).toBe("x".repeat(1000));
      expect(await echoed(one, "again")).toBe("again");
      one.end();
      other.end();
      expect(await ended).toBe(0);
      one.destroy();
      other.destroy();
    });

    it("two programs make progress by turns", async () => {
      const programs = [0, 1].map(() => start(sleeping, "e", { ...options, ...LISTEN }));
      const sockets = [];
      for (let turn = 0; turn < 4; turn++) sockets.push(await programs[turn % 2].connect());
      for (let turn = 0; turn < 20; turn++)
        expect(await echoed(sockets[turn % 4], `turn ${turn}`)).toBe(`turn ${turn}`);
      for (const socket of sockets) socket.end();
      for (const { ended } of programs) expect(await ended).toBe(0);
      for (const socket of sockets) socket.destroy();
    });

    it("a blocking send of 16 MiB to a slow reader goes out whole and in order", async () => {
      const { ended, connect } = start(sleeping, "f", { ...options, ...LISTEN });
      const socket = await connect();
      await setTimeout(20);
      const parts: Buffer[] = [];
      for await (const part of socket) parts.push(part as Buffer);
      const words = new Uint32Array(new Uint8Array(Buffer.concat(parts)).buffer);
      expect(words.length).toBe(4 << 20);
      expect(words.findIndex((word, index) => word !== index * 4)).toBe(-1);
      expect(await ended).toBe(0);
    });

    it("recv with WAITALL sleeps until all parts have come", async () => {
      let out = "";
      const { ended, connect } = start(sleeping, "w", {
        ...options,
        ...LISTEN,
        stdout: (bytes) => (out += Buffer.from(bytes)),
      });
      const socket = await connect();
      for (const part of ["abc", "def", "ghi"]) {
        await new Promise((resolve) => socket.write(part, resolve));
        await setTimeout(5);
      }
      expect(await ended).toBe(0);
      expect(out).toBe("abcdefghi");
      socket.destroy();
    });

    it("stdin wakes a program that waits for a socket too", async () => {
      const stdin = new PassThrough();
      let out = "";
      const { ended, connect } = start(sleeping, "b", {
        ...options,
        ...LISTEN,
        stdin,
        stdout: (bytes) => (out += Buffer.from(bytes)),
      });
      const socket = await connect();
      await once(socket, "end");
      stdin.write("x");
      expect(await ended).toBe(0);
      expect(out).toBe("socket stdin ");
      socket.destroy();
    });

    it("stdin may be text, and stdout a stream that takes its time", async () => {
      const input = "line\n".repeat(100_000);
      const parts: Buffer[] = [];
      const slow = new Writable({
        highWaterMark: 1,
        write: (part, _encoding, done) => {
          parts.push(part);
          setImmediate(done);
        },
      });
      expect(await start(sleeping, "c", { ...options, stdin: input, stdout: slow }).ended).toBe(0);
      expect(Buffer.concat(parts).toString()).toBe(input);
    });

    it("the web's streams serve as well", async () => {
      const input = new Blob(["a", "b".repeat(200_000), "c"]).stream() as AsyncIterable<Uint8Array> & ReadableStream;
      const { readable, writable } = new TransformStream<Uint8Array>();
      const out = text(readable);
      expect(await start(sleeping, "c", { ...options, stdin: input, stdout: writable }).ended).toBe(0);
      await writable.close();
      expect(await out).toBe(`a${"b".repeat(200_000)}c`);
    });

    it("a stream that breaks ends the program, with its error", async () => {
      const error = new Error("the disk is full");
      const broken = new Writable({ write: (_part, _encoding, done) => done(error) });
      const source = (async function* () {
        yield Buffer.from("x");
        await setTimeout(60_000, undefined, { ref: false });
      })();
      await expect(start(sleeping, "c", { ...options, stdin: source, stdout: broken }).ended).rejects.toBe(error);
    });
  });
}
