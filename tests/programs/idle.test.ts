/** An idle server sleeps, in any state of its clients. */
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { Client, until } from "./client.ts";
import { crowd, DESCRIPTORS } from "./crowd.ts";
import { cpuTicks, endHasCome } from "./proc.ts";
import { EVERYWHERE, type Kind, Server, type ServerOptions } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

const SECOND = 1000;
/** Of 100 in a second. A spinning server uses most of them, and still many on a busy machine. */
const MAX_TICKS = 2;
/** Node's engine goes on compiling for a moment after work. */
const MAX_SECONDS = 5;
const CHUNK = Buffer.alloc(65_536);
/** The turns of others since the last read byte, after which no more is read. */
const TURNS = 100;

async function expectIdle(server: Server): Promise<void> {
  let ticks = Infinity;
  for (let second = 0; second < MAX_SECONDS && ticks > MAX_TICKS; second++) {
    const before = cpuTicks(server.pid);
    await setTimeout(SECOND);
    ticks = cpuTicks(server.pid) - before;
  }
  expect(ticks).toBeLessThanOrEqual(MAX_TICKS);
}

/** A server that has been busy, with one client left. */
async function busy(kind: Kind, options?: ServerOptions): Promise<{ server: Server; neighbour: Client }> {
  const server = await Server.start(kind, options);
  const clients = await Client.connectMany(server.port, 20);
  for (let round = 0; round < 20; round++) await Promise.all(clients.map((client) => client.roundTrip()));
  const [neighbour, ...others] = clients;
  await Promise.all(others.map((client) => client.part()));
  return { server, neighbour };
}

/**
 * Sends until the server stops reading, because its answers are not read. Its unread rest is so small that the end of
 * the stream fits after it, and reaches the server.
 */
async function fill(client: Client, server: Server, neighbour: Client): Promise<void> {
  const before = server.received - neighbour.socket.bytesWritten;
  const unread = () => before + client.socket.bytesWritten + neighbour.socket.bytesWritten - server.received;
  for (let turns = 0; turns < TURNS; turns++) {
    await neighbour.roundTrip();
    if (unread() > 0) continue;
    await client.send(CHUNK);
    turns = 0;
  }
}

describe.each(EVERYWHERE)("$name sleeps", (kind) => {
  it.concurrent("when all clients have left", async () => {
    const { server, neighbour } = await busy(kind);
    await using _ = server;
    await neighbour.part();
    await expectIdle(server);
  });

  it.concurrent("when a client sends nothing", async () => {
    const { server, neighbour } = await busy(kind);
    await using _ = server;
    await expectIdle(server);
    await neighbour.part();
  });

  it.concurrent("when a client does not read", async () => {
    const { server, neighbour } = await busy(kind, { quiet: false });
    await using _ = server;
    const client = await Client.connect(server.port, { reads: false });
    await fill(client, server, neighbour);
    await expectIdle(server);
    await neighbour.part();
    await client.leave();
  });

  it.concurrent("when a client has half-closed and does not read", async () => {
    const { server, neighbour } = await busy(kind, { quiet: false });
    await using _ = server;
    const client = await Client.connect(server.port, { reads: false });
    await fill(client, server, neighbour);
    client.socket.end();
    await until(() => endHasCome(client.localPort, server.port));
    await expectIdle(server);
    client.read();
    expect((await client.rest()).length).toBe(client.socket.bytesWritten);
    await neighbour.part();
  });

  it.concurrent("without free descriptors while clients wait", async () => {
    await using server = await Server.start(kind, { descriptors: DESCRIPTORS });
    const { served, waiting } = await crowd(server);
    await expectIdle(server);
    await Promise.all([...served, ...waiting].map((client) => client.leave()));
  });
});
