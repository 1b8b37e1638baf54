/** The bundled echo servers: every byte comes back, and they print their actions. */
import { beforeAll, describe, expect, it } from "vitest";
import { Client } from "./client.ts";
import { Messages, SEED } from "./messages.ts";
import { HAS_PYTHON, runPeer } from "./peers/python.ts";
import { EVERYWHERE, Server, SHIPPED } from "./server.ts";

const CONNECTIONS = 500;
const MESSAGES = 20;
const LARGEST = 65_536;

beforeAll(() => console.log(`POLLUX_SEED=${SEED}`));

/** Every second client continues without waiting for its answers. */
async function converse(client: Client, messages: Uint8Array[], waits: boolean): Promise<void> {
  const sender = async () => {
    for (const message of messages) await client.send(message);
  };
  const sending = waits ? undefined : sender();
  for (const [number, message] of messages.entries()) {
    if (waits) await client.send(message);
    const received = await client.receive(message.length);
    if (!received.equals(message)) throw new Error(`message ${number} came back changed (POLLUX_SEED=${SEED})`);
  }
  await sending;
}

describe.each(EVERYWHERE)("$name", (kind) => {
  it(`gives ${CONNECTIONS} connections at once every byte of ${MESSAGES} messages of 1 byte to 64 KiB back`, async () => {
    await using server = await Server.start(kind);
    const random = new Messages();
    const clients = await Client.connectMany(server.port, CONNECTIONS);
    const conversations = clients.map((client, index) => {
      const messages = Array.from({ length: MESSAGES }, () => random.next(LARGEST));
      return converse(client, messages, index % 2 === 0);
    });
    await Promise.all(conversations);
    await Promise.all(clients.map((client) => client.part()));
  });
});

describe.each(SHIPPED)("$name", (kind) => {
  it.skipIf(!HAS_PYTHON)("returns every message of the original Python client on both connections", async () => {
    await using server = await Server.start(kind);
    const printed = await runPeer("original-client.py", server.port);
    const lines = printed.trimEnd().split("\n");
    const of = (what: string) => lines.filter((line) => line.includes(what)).map((line) => line.replace(what, ""));
    expect(of(" received ")).toEqual(of(" sending "));
    expect(of(" received ")).toHaveLength(6);
    expect(lines).toHaveLength(12);
  });

  it("prints connections, received data and ends", async () => {
    await using server = await Server.start(kind, { quiet: false });
    const first = await Client.connect(server.port);
    await first.roundTrip("hello");
    const second = await Client.connect(server.port);
    await second.roundTrip("tab\tand \xe9");
    await first.roundTrip("x".repeat(100));
    await first.part();
    await server.printed(/went\n/);
    const [one, other] = [...server.out.matchAll(/^client (\d+) came$/gm)].map(([, fd]) => fd);
    expect(server.out.split("\n").sort()).toEqual(
      [
        "",
        `client ${one} came`,
        `client ${other} came`,
        `client ${one}: received 5 bytes: hello`,
        `client ${other}: received 10 bytes: tab.and ..`,
        `client ${one}: received 100 bytes: ${"x".repeat(64)}...`,
        `client ${one} went`,
      ].sort(),
    );
  });

  it("prints only its address with --quiet", async () => {
    const server = await Server.start(kind);
    const client = await Client.connect(server.port);
    await client.roundTrip();
    await client.part();
    const { out, error } = await server.stop();
    expect([out, error]).toEqual(["", `listening on 127.0.0.1:${server.port}\n`]);
  });
});
