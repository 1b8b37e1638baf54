/** The examples on the loop in AssemblyScript, over real sockets, on both drivers: the proxy and the server with idle time-outs. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, vi } from "vitest";
import { RUNTIME } from "../script-runtime.ts";
import { Client, until } from "./client.ts";
import { CLI, path as pathOf, Server } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

const wasm = (name: string) => pathOf(`../../dist/examples/${name}.wasm`);

/** Lines without comments. */
const lengthOf = (file: string) =>
  readFileSync(pathOf(`../../examples/${file}`), "utf8")
    .split("\n")
    .filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length;

it("the proxy has at most 30 lines, the chat 60, the server with idle time-outs 50", () => {
  expect(lengthOf("loop/proxy.ts")).toBeLessThanOrEqual(30);
  expect(lengthOf("loop/chat.ts")).toBeLessThanOrEqual(60);
  expect(lengthOf("loop/idle.ts")).toBeLessThanOrEqual(50);
});

it("docs/programs.md shows the proxy as it is", () => {
  const source = readFileSync(pathOf("../../examples/loop/proxy.ts"), "utf8");
  const code = source.slice(source.indexOf("import ")).trimEnd();
  expect(readFileSync("docs/programs.md", "utf8")).toContain(`\`\`\`ts example\n${code}\n\`\`\``);
});

/** A server of Node behind the proxy. */
async function behind(onConnection: (socket: net.Socket) => void) {
  const server = net.createServer({ allowHalfOpen: true }, onConnection).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void (await once(server.close(), "close")) };
}

const proxy = (driver: string, port: number) =>
  Server.start(
    {
      name: "proxy",
      source: "edges",
      command: (address) => [
        ...[CLI, "run", "--driver", driver, "--listen", address, "--connect", `127.0.0.1:${port}`],
        ...[wasm("loop/proxy"), "127.0.0.1", String(port)],
      ],
    },
    { quiet: false },
  );

describe.each(["posix", "net"])("on the %s driver, the proxy", (driver) => {
  it("passes on both sides' data and ends", async () => {
    await using server = await behind((socket) => socket.pipe(socket));
    await using under = await proxy(driver, server.port);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const bytes = randomBytes(1_000_000);
        const socket = net.connect({ port: under.port, host: "127.0.0.1", allowHalfOpen: true });
        socket.end(bytes);
        expect(Buffer.compare(Buffer.concat(await socket.toArray()), bytes)).toBe(0);
      }),
    );
    await until(() => under.connections === 0);
  });

  it("holds back a sender whose receiver does not read, and loses nothing", async () => {
    let peer: net.Socket | undefined;
    await using server = await behind((socket) => {
      peer = socket.pause();
    });
    await using under = await proxy(driver, server.port);
    const bytes = randomBytes(30_000_000);
    const socket = net.connect({ port: under.port, host: "127.0.0.1" });
    socket.end(bytes);
    await until(() => peer !== undefined);
    await until(() => socket.bytesWritten > 0 && peer!.bytesRead >= 0 && socket.writableLength > 0);
    const got = Buffer.concat(await peer!.toArray());
    expect(Buffer.compare(got, bytes)).toBe(0);
    socket.destroy();
    peer!.destroy();
    await until(() => under.connections === 0);
  });

  it("closes the client if nothing listens at the target, and goes on", async () => {
    const { port } = await behind(() => undefined).then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server;
    });
    await using under = await proxy(driver, port);
    for (let index = 0; index < 3; index++) {
      const client = await Client.connect(under.port);
      expect((await client.rest()).length).toBe(0);
      await client.leave();
    }
    await until(() => under.connections === 0);
  });
});

const idle = (driver: string, timeout: number) =>
  Server.start(
    {
      name: "idle-timeout",
      source: "edges",
      command: (address) => [
        ...[CLI, "run", "--driver", driver, "--listen", address, wasm("loop/idle"), String(timeout)],
      ],
    },
    { quiet: false },
  );

describe.each(["posix", "net"])("on the %s driver, the server with idle time-outs", (driver) => {
  it("echoes, and closes an idle client", async () => {
    await using under = await idle(driver, 300);
    const [busy, silent] = await Client.connectMany(under.port, 2);
    let said: string | undefined;
    void silent.rest().then((bytes) => (said = bytes.toString()));
    while (said === undefined) await busy.roundTrip();
    expect(said).toBe("idle\n");
    await silent.leave();
    expect((await busy.rest()).toString()).toBe("idle\n");
    await busy.leave();
    await until(() => under.connections === 0);
  });

  it("bounds the queue of a client that does not read", async () => {
    await using under = await idle(driver, 60_000);
    const client = await Client.connect(under.port, { reads: false });
    const bytes = randomBytes(20_000_000);
    client.socket.write(bytes);
    await until(() => client.socket.writableLength > 0);
    client.read();
    expect(Buffer.compare(await client.receive(bytes.length), bytes)).toBe(0);
    await client.leave();
  });

  it("goes on when clients reset, with their data unread and their answers unsent", async () => {
    await using under = await idle(driver, 60_000);
    const clients = await Client.connectMany(under.port, 10);
    for (const client of clients) client.socket.write(randomBytes(1_000_000));
    await Promise.all(clients.map((client) => client.reset()));
    await until(() => under.connections === 0);
    const client = await Client.connect(under.port);
    await client.roundTrip();
    await client.leave();
  });

  it("listens on a Unix socket", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pollux-loop-"));
    const place = path.join(folder, "socket");
    const words = ["run", "--driver", driver, "--listen", `unix:${place}`, wasm("loop/idle"), "60000"];
    const [program, ...options] = RUNTIME;
    const child = spawn(program, [...options, CLI, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    try {
      const [line] = await once(createInterface({ input: child.stderr }), "line");
      expect(line).toBe(`listening on unix:${place}`);
      const bytes = randomBytes(1_000_000);
      const socket = net.connect({ path: place, allowHalfOpen: true });
      socket.end(bytes);
      expect(Buffer.compare(Buffer.concat(await socket.toArray()), bytes)).toBe(0);
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    }
  });
});
