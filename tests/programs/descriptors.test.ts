/**
 * Without free descriptors, accepted clients are served, waiting ones are accepted after others leave, and the server
 * continues.
 */
import { describe, expect, it, vi } from "vitest";
import { Client, until } from "./client.ts";
import { crowd, DESCRIPTORS } from "./crowd.ts";
import { Offer } from "./offer.ts";
import { ALL, COMPONENTS, Server, sharedServer, WAITABLES } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

/** More bytes than the kernel keeps in both directions. */
const OFFERED = 32 << 20;

/** All have sent data; waiting ones are served one by one, as others make room. */
async function expectTurns(served: Client[], waiting: Client[]): Promise<void> {
  expect(served.length).toBeGreaterThan(0);
  await Promise.all(served.map((client) => client.roundTrip()));
  await Promise.all(waiting.map((client) => client.send("let me in")));
  for (let round = 0; round < 10; round++) await Promise.all(served.map((client) => client.roundTrip()));
  for (const client of waiting) expect(client.held).toBe(0);
  const inside = [...served];
  for (const [index, next] of waiting.entries()) {
    await (index % 2 === 0 ? inside.shift()!.part() : inside.shift()!.reset());
    expect((await next.receive(9)).toString()).toBe("let me in");
    inside.push(next);
  }
  await Promise.all(inside.map((client) => client.roundTrip()));
  await Promise.all(inside.map((client) => client.part()));
}

async function expectServes(server: Server, count: number): Promise<void> {
  const clients = await Client.connectMany(server.port, count);
  await Promise.all(clients.map((client) => client.roundTrip()));
  await Promise.all(clients.map((client) => client.part()));
  await until(() => server.connections === 0);
}

// The servers wait beside each other.
describe.concurrent.each([...ALL, ...COMPONENTS, ...WAITABLES])(
  "$name, without free descriptors in its process,",
  (kind) => {
    const shared = sharedServer(kind, { descriptors: DESCRIPTORS });

    it.sequential("serves accepted clients, and waiting ones after others leave", async () => {
      const server = shared();
      const { served, waiting } = await crowd(server);
      await expectTurns(served, waiting);
      await expectServes(server, served.length);
    });

    it.sequential("serves a client that begins to read only later", async () => {
      const server = shared();
      const { served, waiting } = await crowd(server);
      const [slow, ...others] = served;
      slow.socket.pause();
      const offer = new Offer(slow, OFFERED);
      await offer.stalled(others[0]);
      expect(offer.sent).toBeLessThan(OFFERED);
      slow.read();
      await offer.expectBack();
      await slow.part();
      await Promise.all([...others, ...waiting].map((client) => client.leave()));
      await expectServes(server, 5);
    });
  },
);

describe.concurrent.each(ALL.filter(({ source }) => source === "levels"))(
  "$name, with its host's table full,",
  (kind) => {
    it.sequential("serves accepted clients, and waiting ones after others leave", async () => {
      // Three of stdio, the listener, and four of clients.
      await using server = await Server.start(kind, { maxDescriptors: 8 });
      const clients: Client[] = [];
      for (let index = 0; index < 12; index++) clients.push(await Client.connect(server.port));
      await expectTurns(clients.slice(0, 4), clients.slice(4));
      await expectServes(server, 4);
    });
  },
);
