/** Promises to a program in any way to sleep, and to its embedder, whose event loop is free meanwhile. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { type RunOptions, run, type SocketAddress } from "../../../wasi-host/index.ts";
import { segmentsIn, socketsAt } from "../../linux/sockets.ts";
import { COMBINATIONS } from "./combinations.ts";
import { sleepingGuest, steppedGuest } from "./guest.ts";

let sleeping: WebAssembly.Module;
let stepped: WebAssembly.Module;
beforeAll(async () => {
  [sleeping, stepped] = await Promise.all([sleepingGuest(), steppedGuest()]);
});

const LISTEN = { listen: ["127.0.0.1:0"] };

/** A program with a letter for its action. */
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
    it("a clock wakes at its time, not before", async () => {
      expect(await start(program(), "t", options).ended).toBe(0);
    });

    it("exits with the status of proc_exit after a sleep", async () => {
      expect(await start(program(), "x", options).ended).toBe(7);
    });

    it("ends with a trap after a sleep", async () => {
      await expect(start(program(), "!", options).ended).rejects.toThrow(WebAssembly.RuntimeError);
    });

    it("gives sockets their ports, or EADDRINUSE, at bind", async () => {
      const granted = { bind: ["127.0.0.1:*"], connect: ["127.0.0.1:*"] };
      expect(await start(program(), "n", { ...options, ...granted }).ended).toBe(0);
    });

    it("leaves the event loop free while a program sleeps, and its signal ends it", async () => {
      const abort = new AbortController();
      const reason = new Error("enough");
      const { ended } = start(program(), "a", { ...options, ...LISTEN, signal: abort.signal });
      for (let turns = 0; turns < 5; turns++) await setTimeout(2);
      abort.abort(reason);
      await expect(ended).rejects.toBe(reason);
    });

    it("leaves the event loop free while a program is always busy", async () => {
      const abort = new AbortController();
      const { ended } = start(program(), "u", { ...options, signal: abort.signal });
      for (let turns = 0; turns < 5; turns++) await setTimeout(2);
      abort.abort();
      await expect(ended).rejects.toThrow("aborted");
    });

    it("rejects at once with the reason of an aborted signal", async () => {
      const reason = new Error("too late");
      await expect(start(program(), "a", { ...options, signal: AbortSignal.abort(reason) }).ended).rejects.toBe(reason);
    });

    it("lets many programs sleep at once, each for its own time", async () => {
      const many = Array.from({ length: way === "worker" ? 3 : 12 }, () => start(program(), "t", options).ended);
      expect(new Set(await Promise.all(many))).toEqual(new Set([0]));
    });

    if (way === "stepping") return; // The rest is about calls that sleep; a stepped program has none.

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

    it("connects from the port that a socket is bound to", async () => {
      const granted = { bind: ["127.0.0.1:*"], connect: ["127.0.0.1:*"] };
      expect(await start(sleeping, "s", { ...options, ...granted }).ended).toBe(0);
    });

    it("listens and connects at the path of a Unix socket", async () => {
      const directory = mkdtempSync(path.join(tmpdir(), "pollux-unix-"));
      const granted = { bind: [`unix:${directory}/*`], connect: [`unix:${directory}/*`] };
      const args = ["k", path.join(directory, "server.sock")];
      expect(await start(sleeping, "k", { ...options, ...granted, args }).ended).toBe(0);
      rmSync(directory, { recursive: true });
    });

    it("lets two programs progress in turns", async () => {
      const programs = [0, 1].map(() => start(sleeping, "e", { ...options, ...LISTEN }));
      const sockets = [];
      for (let turn = 0; turn < 4; turn++) sockets.push(await programs[turn % 2].connect());
      for (let turn = 0; turn < 20; turn++)
        expect(await echoed(sockets[turn % 4], `turn ${turn}`)).toBe(`turn ${turn}`);
      for (const socket of sockets) socket.end();
      for (const { ended } of programs) expect(await ended).toBe(0);
      for (const socket of sockets) socket.destroy();
    });

    it.each([
      ["one iovec", "f"],
      ["three iovecs", "g"],
    ])("sends 16 MiB in %s to a slow reader whole and in order with one blocking send", async (_, letter) => {
      const { ended, connect } = start(sleeping, letter, { ...options, ...LISTEN });
      const socket = await connect();
      await setTimeout(20);
      const parts: Buffer[] = [];
      for await (const part of socket) parts.push(part as Buffer);
      const words = new Uint32Array(new Uint8Array(Buffer.concat(parts)).buffer);
      expect(words.length).toBe(4 << 20);
      expect(words.findIndex((word, index) => word !== index * 4)).toBe(-1);
      expect(await ended).toBe(0);
    });

    it("sends an answer in two iovecs as one segment", async () => {
      const { ended, connect } = start(sleeping, "p", { ...options, ...LISTEN });
      const socket = await connect();
      const [fd] = socketsAt(socket.localPort!);
      for (let turn = 1; turn <= 5; turn++) {
        socket.write("?");
        for (let got = 0; got < 40; ) got += (await once(socket, "data"))[0].length;
        expect(segmentsIn(fd)).toBe(turn);
      }
      socket.end();
      expect(await ended).toBe(0);
      socket.destroy();
    });

    it("ends a recv at SO_RCVTIMEO, and receives later data", async () => {
      let out = "";
      let said: (text: string) => void = () => {};
      const inVain = new Promise((resolve) => (said = resolve));
      const { ended, connect } = start(sleeping, "r", {
        ...options,
        ...LISTEN,
        stdout: (bytes) => {
          out += Buffer.from(bytes);
          said(out);
        },
      });
      const socket = await connect();
      await Promise.race([inVain, ended]);
      socket.write(", then this");
      expect(await ended).toBe(0);
      expect(out).toBe("in vain, then this");
      socket.destroy();
    });

    it("sleeps in a recv with WAITALL until all parts have arrived", async () => {
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

    it("wakes a program that waits for stdin and a socket when stdin is ready", async () => {
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

    it("accepts text as stdin and a slow stream as stdout", async () => {
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

    it("accepts web streams", async () => {
      const input = new Blob(["a", "b".repeat(200_000), "c"]).stream() as AsyncIterable<Uint8Array> & ReadableStream;
      const { readable, writable } = new TransformStream<Uint8Array>();
      const out = text(readable);
      expect(await start(sleeping, "c", { ...options, stdin: input, stdout: writable }).ended).toBe(0);
      await writable.close();
      expect(await out).toBe(`a${"b".repeat(200_000)}c`);
    });

    it("ends the program with the error of a broken stream", async () => {
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
