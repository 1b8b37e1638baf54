/** axum on hyper and tokio, driven by Node's HTTP client. */
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, it } from "vitest";
import { bytesOf } from "../guests/guest.ts";
import { realProgram } from "./real-program.ts";

/** Connects, asks, and resets the connection when the answer has begun, behind another question. */
async function reset(port: number): Promise<void> {
  const socket = net.connect(port, "127.0.0.1");
  const question = "GET /hello HTTP/1.1\r\nHost: here\r\n\r\n";
  socket.write(question);
  await once(socket, "data");
  socket.write(question);
  socket.resetAndDestroy();
  await once(socket, "close");
}

realProgram("rust/axum-server", [], (start) => {
  it("answers many connections at once, with large bodies and timers, and outlives resets", async () => {
    const server = start();
    const port = await server.port();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 30 });
    const ask = async (path: string, body?: Buffer) => {
      const method = body === undefined ? "GET" : "POST";
      const request = http.request({ agent, port, host: "127.0.0.1", path, method }).end(body);
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      return { status: response.statusCode, body: await buffer(response) };
    };
    const answer = (text: string) => ({ status: 200, body: Buffer.from(text) });

    const hellos = await Promise.all(Array.from({ length: 600 }, () => ask("/hello")));
    for (const hello of hellos) expect(hello).toEqual(answer("hello, world\n"));

    const bodies = [0, 1, 4096, 65_537, 2 << 20].map((length, index) => bytesOf(index + 1, length));
    const echoes = await Promise.all(bodies.map((body) => ask("/echo", body)));
    for (const [index, { status, body }] of echoes.entries()) {
      expect([status, body.equals(bodies[index])], `body ${index}`).toEqual([200, true]);
    }

    const sleeps = [0, 1, 30, 7, 15];
    const wakes = await Promise.all(sleeps.map((milliseconds) => ask(`/after/${milliseconds}`)));
    for (const [index, wake] of wakes.entries()) expect(wake).toEqual(answer(`after ${sleeps[index]} ms\n`));

    // Where one reset fails a whole poll_oneoff (EIO under wasmtime 46), tokio panics.
    await Promise.all(Array.from({ length: 40 }, () => reset(port)));
    expect(await ask("/hello")).toEqual(answer("hello, world\n"));

    await expect(ask("/end")).rejects.toThrow(); // it ends at once, without an answer
    agent.destroy();
    await server.out();
  });
});
