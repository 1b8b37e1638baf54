/** Go: net/http, goroutines that read standard input and sockets at once, timers, and sockets that it opens by itself. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer, text } from "node:stream/consumers";
import { beforeAll, expect, it } from "vitest";
import { bytesOf, type Guest, guest } from "./guest.ts";
import { outboundTests } from "./outbound.ts";

/** One request; resolves to its answer. */
async function ask(agent: http.Agent, port: number, path: string, body?: Buffer) {
  const request = http.request({ agent, port, host: "127.0.0.1", path, method: body === undefined ? "GET" : "POST" });
  request.end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

guest("go/http", (start) => {
  // One server for all tests: each start of a module of Go takes a third of a second of CPU time.
  let server: Guest;
  let port: number;
  beforeAll(async () => {
    server = start();
    port = await server.port();
  });

  it("answers 400 requests over 20 keep-alive connections", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    const answers = await Promise.all(Array.from({ length: 400 }, () => ask(agent, port, "/hello")));
    for (const { status, body } of answers) expect([status, String(body)]).toEqual([200, "hello, world\n"]);
    agent.destroy();
  });

  it("receives and sends bodies of up to 2 MiB unchanged", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    const bodies = [0, 1, 4096, 65_537, 2 << 20].map((length, index) => bytesOf(index + 1, length));
    const answers = await Promise.all(bodies.map((body) => ask(agent, port, "/echo", body)));
    for (const [index, { headers, body }] of answers.entries()) {
      expect(headers["x-sha256"]).toBe(createHash("sha256").update(bodies[index]).digest("hex"));
      expect(body.equals(bodies[index]), `body ${index}`).toBe(true);
    }
    agent.destroy();
  });

  it("sends each part as it is written, to several clients at once", async () => {
    const agent = new http.Agent();
    const names = ["a", "b", "c", "d"];
    const answers = await Promise.all(names.map((name) => ask(agent, port, `/parts?name=${name}`)));
    for (const [index, { headers, body }] of answers.entries()) {
      expect(headers["transfer-encoding"]).toBe("chunked");
      expect(String(body)).toBe([1, 2, 3].map((part) => `part ${part} of ${names[index]}\n`).join(""));
    }
    agent.destroy();
  });

  it("answers pipelined requests on one connection", async () => {
    const socket = net.connect(port, "127.0.0.1");
    const request = (header: string) => `GET /hello HTTP/1.1\r\nHost: here\r\n${header}\r\n`;
    socket.write(request("").repeat(50));
    socket.write(request("Connection: close\r\n"));
    expect((await text(socket)).match(/^hello, world$/gm)).toHaveLength(51);
  });

  it("ends after a last request, while connections are kept alive", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    await Promise.all(Array.from({ length: 20 }, () => ask(agent, port, "/hello")));
    expect(String((await ask(agent, port, "/end")).body)).toBe("good bye\n");
    expect(await server.out()).toBe("served\n");
    agent.destroy();
  });
});

guest("go/hello", (start) => {
  it("answers on a listener that it made non-blocking itself", async () => {
    const server = start();
    const port = await server.port();
    for (let turn = 0; turn < 3; turn++)
      expect(await (await fetch(`http://127.0.0.1:${port}/hello`)).text()).toBe("hello, world\n");
    server.run.child.kill();
    expect((await server.run.ended).signal).toBe("SIGTERM");
  });
});

guest("go/relay", (start) => {
  it("reads standard input and sockets at once", async () => {
    const server = start();
    const port = await server.port();
    const clients = [];
    for (let number = 1; number <= 3; number++) {
      const socket = net.connect(port, "127.0.0.1");
      clients.push({ socket, heard: text(socket) });
      await server.run.printed(new RegExp(`^client ${number}$`, "m"));
    }
    const { stdin } = server.run.child;
    for (let turn = 0; turn < 5; turn++) {
      for (const [number, { socket }] of clients.entries()) {
        socket.write(`turn ${turn} of client ${number}\n`);
        await server.run.printed(new RegExp(`^< turn ${turn} of client ${number}$`, "m"));
      }
      const all = clients.map(({ socket }) => once(socket, "data"));
      stdin!.write(`turn ${turn}\n`);
      await Promise.all(all);
    }
    clients[2].socket.end();
    await server.run.printed(/^gone, 2 left$/m);
    stdin!.write("the last\n");
    stdin!.end();
    expect(await server.out()).toMatch(/\nend of input, 2 clients\n$/);
    const turns = [0, 1, 2, 3, 4].map((turn) => `> turn ${turn}\n`).join("");
    expect(await Promise.all(clients.map(({ heard }) => heard))).toEqual([
      `${turns}> the last\n`,
      `${turns}> the last\n`,
      turns,
    ]);
  });
});

guest("go/timers", (start) => {
  it("fires each timer on time beside a socket with a deadline", async () => {
    const program = start();
    const socket = net.connect(await program.port(), "127.0.0.1");
    expect(await text(socket)).toBe("deadline\n");
    expect((await program.out()).trimEnd().split("\n").toSorted()).toEqual([
      "40 ticks",
      "after",
      "context deadline exceeded",
      "deadline",
      "sleep",
    ]);
  });
});

guest("go/sockets", (start) => {
  it("listens, is refused a port in use, connects, and exchanges datagrams", async () => {
    const granted = ["--bind", "127.0.0.1:*", "--connect", "127.0.0.1:*"];
    expect((await start({ options: granted }).out()).split("\n")).toEqual([
      "chosen: true",
      "taken: true",
      "from a port: true",
      "echoed: hello",
      "received: a datagram true",
      "",
    ]);
  });
});

guest("go/connect", (start) =>
  outboundTests(start, {
    refused: /^dial .*: (getaddrinfo|connect): Permission denied\n$/,
    // Go has no text for WasmEdge's EAI_NONAME and EAI_AGAIN.
    unknownName: /^dial .*: getaddrinfo: errno (84|78)\n$/,
    ipv6: true,
  }),
);

guest("go/unix", (start) => {
  it("listens on and connects to a Unix socket, and is refused a used path and one that is not granted", async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "pollux-unix-"));
    const name = path.join(directory, "server.sock");
    const options = ["--bind", `unix:${name}`, "--connect", `unix:${name}`];
    expect((await start({ options, args: [name] }).out()).split("\n")).toEqual([
      "listens there: unix true",
      "taken: true",
      "connected there: true",
      "echoed: hello",
      "not granted: true",
      "",
    ]);
    rmSync(directory, { recursive: true });
  });
});
