/** An idle server sleeps, in any state of its clients. */
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { Client, until } from "./client.ts";
import { crowd, DESCRIPTORS } from "./crowd.ts";
import { cpuTicks, endHasCome } from "./proc.ts";
import { EVERYWHERE, Server, sharedServer } from "./server.ts";

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

/** The server is busy, and has one client left. */
async function busy(server: Server): Promise<Client> {
  const clients = await Client.connectMany(server.port, 20);
  for (let round = 0; round < 20; round++) await Promise.all(clients.map((client) => client.roundTrip()));
  const [neighbour, ...others] = clients;
  await Promise.all(others.map((client) => client.part()));
  return neighbour;
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

// The servers wait beside each other, and each for one state of its clients after the other.
describe.concurrent.each(EVERYWHERE)("$name sleeps", (kind) => {
  // Not quiet: it tells how much it has read.
  const shared = sharedServer(kind, { quiet: false });

  it.sequential("when all clients have left", async () => {
    const server = shared();
    const neighbour = await busy(server);
    await neighbour.part();
    await expectIdle(server);
  });

  it.sequential("when a client sends nothing", async () => {
    const server = shared();
    const neighbour = await busy(server);
    await expectIdle(server);
    await neighbour.part();
  });

  it.sequential("when a client does not read", async () => {
    const server = shared();
    const neighbour = await busy(server);
    const client = await Client.connect(server.port, { reads: false });
    await fill(client, server, neighbour);
    await expectIdle(server);
    await neighbour.part();
    await client.leave();
  });

  it.sequential("when a client has half-closed and does not read", async () => {
    const server = shared();
    const neighbour = await busy(server);
    const client = await Client.connect(server.port, { reads: false });
    await fill(client, server, neighbour);
    client.socket.end();
    await until(() => endHasCome(client.localPort, server.port));
    await expectIdle(server);
    client.read();
    expect((await client.rest()).length).toBe(client.socket.bytesWritten);
    await neighbour.part();
  });

  it.sequential("without free descriptors while clients wait", async () => {
    await using server = await Server.start(kind, { descriptors: DESCRIPTORS });
    const { served, waiting } = await crowd(server);
    await expectIdle(server);
    await Promise.all([...served, ...waiting].map((client) => client.leave()));
  });
});
