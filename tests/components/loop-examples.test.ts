/** The examples on the loop as components of WASI 0.2 and 0.3: they open their listeners themselves. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { pinned } from "../../runtimes/pins.ts";

vi.setConfig({ testTimeout: 20_000 });

const { program: wasmtime, missing } = pinned("wasmtime-49");
const POLLUX = [process.execPath, "dist/cli.cjs", "run", "--bind", "127.0.0.1:*", "--connect", "127.0.0.1:*"];
const WASMTIME = [wasmtime, "run", "-S", "inherit-network"];
const HOSTS = [
  { name: "pollux, WASI 0.2", command: POLLUX, kind: "component" },
  { name: "wasmtime 49, WASI 0.2", command: WASMTIME, kind: "component", missing },
  { name: "wasmtime 49, WASI 0.3", command: WASMTIME, kind: "p3.component", missing },
].map((host) => ({ missing: undefined, ...host }));

async function listening(server: net.Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

/** A port that was just free. The system gives the next ones to others first. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listening(server);
  await once(server.close(), "close");
  return port;
}

/** A client of a server that may not listen yet. */
async function connected(port: number): Promise<net.Socket> {
  for (;;) {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const made = await once(socket, "connect").catch(() => undefined);
    if (made !== undefined) return socket.on("error", () => {});
    await setTimeout(20);
  }
}

async function received(socket: net.Socket, length: number): Promise<string> {
  let text = "";
  while (text.length < length) text += String((await once(socket, "data"))[0]);
  return text;
}

describe.each(HOSTS)("on $name", ({ command, kind, missing }) => {
  /** Runs the example until `use` is done with its port. */
  async function serving(example: string, words: string[], use: (port: number) => Promise<void>): Promise<void> {
    const port = await freePort();
    const [program, ...options] = [...command, `dist/tests/examples/${example}.${kind}.wasm`, ...words];
    const child = spawn(program, [...options, "--listen", `127.0.0.1:${port}`], { stdio: "inherit" });
    try {
      await use(port);
      expect(child.exitCode).toBe(null);
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }

  it("the proxy passes on what both sides send, and each side's end", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    const target = await listening(server);
    await serving("proxy", ["127.0.0.1", String(target)], async (port) => {
      const bytes = Buffer.alloc(1_000_000, "0123456789");
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          const client = await connected(port);
          client.end(bytes);
          expect(Buffer.concat(await client.toArray()).equals(bytes)).toBe(true);
        }),
      );
    });
    server.close();
  });

  it("the chat sends a member's lines to all others", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    await serving("chat", [], async (port) => {
      const speaker = await connected(port);
      const others = await Promise.all([connected(port), connected(port)]);
      // Accepted when they are heard.
      const heard = others.map((other) => once(other, "data"));
      const speaking = setInterval(() => speaker.write("hello\n"), 20);
      const texts = await Promise.all(heard);
      clearInterval(speaking);
      for (const [text] of texts) expect(String(text)).toMatch(/^(hello\n)+$/);
      for (const socket of [speaker, ...others]) socket.destroy();
    });
  });

  it("the server with idle time-outs echoes, and closes an idle client", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    await serving("idle", ["300"], async (port) => {
      const client = await connected(port);
      client.write("hello");
      expect(await received(client, 5)).toBe("hello");
      expect(await received(client, 5)).toBe("idle\n");
      if (!client.readableEnded) await once(client, "end");
      client.destroy();
    });
  });
});
