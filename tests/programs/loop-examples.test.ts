/** The examples of the loop as processes, over real sockets. chat.test.ts has the chat. */
import { readFileSync } from "node:fs";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { Client, until } from "./client.ts";
import { type Kind, path, Server } from "./server.ts";

/** The built example, with its arguments. */
const example = (name: string, ...args: string[]): Kind => ({
  name,
  source: "edges",
  command: (address) => [path(`../../dist/tests/examples/${name}.js`), address, ...args],
});

describe("the examples of the loop", () => {
  it.each([
    ["proxy", 15],
    ["chat", 30],
    ["idle", 25],
  ])("%s has at most %d lines without comments", (name, most) => {
    const lines = readFileSync(`examples/loop/${name}.mts`, "utf8").split("\n");
    expect(lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length).toBeLessThanOrEqual(most);
  });

  it.each(["proxy", "chat", "idle"])("docs/library.md shows %s unchanged, and the examples list it", (name) => {
    const source = readFileSync(`examples/loop/${name}.mts`, "utf8");
    const code = source.slice(source.indexOf("import ")).trimEnd();
    expect(readFileSync("docs/library.md", "utf8")).toContain(`\`\`\`ts example\n${code}\n\`\`\``);
    expect(readFileSync("examples/README.md", "utf8")).toContain(`| [loop/${name}.mts](loop/${name}.mts)`);
  });
});

describe("the proxy", () => {
  /** A server that answers in capitals, and ends when its peer does. */
  async function target(): Promise<net.Server> {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => socket.write(bytes.toString().toUpperCase()));
      socket.on("end", () => socket.end("."));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
  }
  const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port;

  it("carries both directions and their ends", async () => {
    const server = await target();
    await using proxy = await Server.start(example("proxy", `127.0.0.1:${portOf(server)}`));
    const client = await Client.connect(proxy.port);
    await client.send("hello");
    expect((await client.receive(5)).toString()).toBe("HELLO");
    client.end(Buffer.from("bye"));
    expect((await client.receive(4)).toString()).toBe("BYE.");
    await client.closed;
    await until(() => proxy.connections === 0);
    server.close();
  });

  it("carries megabytes for many clients at once", async () => {
    const server = await target();
    await using proxy = await Server.start(example("proxy", `127.0.0.1:${portOf(server)}`));
    const bytes = Buffer.alloc(1_000_000, "abc");
    const clients = await Client.connectMany(proxy.port, 10);
    await Promise.all(
      clients.map(async (client) => {
        client.end(bytes);
        expect((await client.receive(bytes.length + 1)).toString()).toBe(`${bytes.toString().toUpperCase()}.`);
      }),
    );
    await until(() => proxy.connections === 0);
    server.close();
  });

  it("drops a client whose target refuses, and clients that reset, and serves the next ones", async () => {
    const server = await target();
    const port = portOf(server);
    await using proxy = await Server.start(example("proxy", `127.0.0.1:${port}`));
    for (let count = 0; count < 5; count++) {
      const client = await Client.connect(proxy.port);
      await client.send("half");
      await client.reset();
    }
    await until(() => proxy.connections === 0);
    server.close();
    const refused = await Client.connect(proxy.port);
    await refused.ended;
    await refused.leave();
    await until(() => proxy.error.includes("ECONNREFUSED"));
    const again = await target();
    again.close();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const client = await Client.connect(proxy.port);
    client.end(Buffer.from("back"));
    expect((await client.receive(5)).toString()).toBe("BACK.");
    await client.closed;
    server.close();
  });
});

describe("the server with idle time-outs", () => {
  it("echoes, and says goodbye to a client that is idle", async () => {
    await using server = await Server.start(example("idle", "300"));
    const client = await Client.connect(server.port);
    await client.send("hello");
    expect((await client.receive(5)).toString()).toBe("hello");
    expect((await client.receive(14)).toString()).toBe("idle: goodbye\n");
    await client.ended;
    await client.part();
    await until(() => server.connections === 0);
  });

  it("drops a client that never reads", async () => {
    await using server = await Server.start(example("idle", "300"));
    const client = await Client.connect(server.port, { reads: false });
    client.socket.write(Buffer.alloc(32 << 20));
    await until(() => server.connections === 1);
    // After the deadline of the write, and the ten seconds for closing the stream.
    await until(() => server.connections === 0);
    client.socket.destroy();
  });

  it("drains on SIGTERM and ends", async () => {
    const server = await Server.start(example("idle", "30000"));
    const client = await Client.connect(server.port);
    await client.send("hello");
    expect((await client.receive(5)).toString()).toBe("hello");
    server.child.kill("SIGTERM");
    await client.ended;
    await client.leave();
    expect(await server.ended).toMatchObject({ status: 0, signal: null });
  });
});
