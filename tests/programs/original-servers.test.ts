/** The original select and callback servers in both languages. The originals' faults are corrected. */
import { describe, expect, it, vi } from "vitest";
import { Client, until } from "./client.ts";
import { crowd, DESCRIPTORS } from "./crowd.ts";
import { Messages } from "./messages.ts";
import { Offer } from "./offer.ts";
import { ECHOES, SELECT_ECHOES, SELECT_UPPERS, UPPERS } from "./original-programs.ts";
import { HAS_PYTHON, runPeer } from "./peers/python.ts";
import { cpuTicks } from "./proc.ts";
import { Server, sharedServer } from "./server.ts";

vi.setConfig({ testTimeout: 60_000 });

/** More bytes than the kernel keeps in both directions. */
const OFFERED = 32 << 20;
const FD_SETSIZE = 1024;

const upperCase = (bytes: Uint8Array) =>
  Buffer.from(bytes.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)));
const ALL = [
  ...ECHOES.map((kind) => ({ kind, change: (bytes: Uint8Array) => bytes })),
  ...UPPERS.map((kind) => ({ kind, change: upperCase })),
];

async function expectNothingLeft(server: Server): Promise<void> {
  await until(() => server.connections === 0);
  const client = await Client.connect(server.port);
  await client.roundTrip("1234");
  await client.part();
}

describe.each(ALL)("$kind.name", ({ kind, change }) => {
  const shared = sharedServer(kind);

  it("answers 100 clients at once, each with its own bytes", async () => {
    const server = shared();
    const random = new Messages();
    const clients = await Client.connectMany(server.port, 100);
    const converse = async (client: Client) => {
      for (let round = 0; round < 10; round++) {
        const message = random.next(10_000);
        await client.send(message);
        expect((await client.receive(message.length)).equals(change(message))).toBe(true);
      }
    };
    await Promise.all(clients.map(converse));
    await Promise.all(clients.map((client) => client.part()));
    await expectNothingLeft(server);
  });

  it("sends a client that half-closes all answers before the end", async () => {
    const server = shared();
    const message = new Messages().exactly(3_000_000);
    const client = await Client.connect(server.port, { reads: false });
    const neighbour = await Client.connect(server.port);
    client.socket.end(message);
    await neighbour.roundTrip("1234");
    client.read();
    expect((await client.rest()).equals(change(message))).toBe(true);
    await neighbour.part();
    await expectNothingLeft(server);
  });

  it("outlives clients that leave, reset, or leave with answers waiting", async () => {
    const server = shared();
    const random = new Messages();
    const neighbour = await Client.connect(server.port);
    const ways = [
      (client: Client) => client.leave(),
      (client: Client) => client.reset(),
      (client: Client) => client.send(random.exactly(1000)).then(() => client.reset()),
      (client: Client) => client.send(random.exactly(1000)).then(() => client.leave()),
      (client: Client) => {
        client.socket.write(random.exactly(4_000_000));
        return neighbour.roundTrip("1234").then(() => client.reset());
      },
    ];
    for (let round = 0; round < 5; round++) {
      for (const way of ways) await way(await Client.connect(server.port, { reads: false }));
    }
    const clients = await Client.connectMany(server.port, 100);
    await Promise.all(clients.map((client, index) => ways[index % 4](client)));
    await neighbour.part();
    await expectNothingLeft(server);
  });

  it("without free descriptors, serves its clients, and waiting ones after others leave", async () => {
    await using server = await Server.start(kind, { descriptors: DESCRIPTORS });
    const { served, waiting } = await crowd(server);
    expect(served.length).toBeGreaterThan(0);
    await Promise.all(waiting.map((client) => client.send("1234")));
    for (let round = 0; round < 10; round++) await Promise.all(served.map((client) => client.roundTrip("1234")));
    for (const client of waiting) expect(client.held).toBe(0);
    const inside = [...served];
    for (const next of waiting) {
      await inside.shift()!.part();
      expect((await next.receive(4)).toString()).toBe("1234");
      inside.push(next);
    }
    await Promise.all(inside.map((client) => client.part()));
    await expectNothingLeft(server);
  });

  if (ECHOES.includes(kind)) {
    it("stops reading from a client that does not read, serves others, and loses nothing", async () => {
      const server = shared();
      const neighbour = await Client.connect(server.port);
      const client = await Client.connect(server.port, { reads: false });
      const offer = new Offer(client, OFFERED);
      await offer.stalled(neighbour);
      expect(offer.sent).toBeLessThan(OFFERED);
      client.read();
      await offer.expectBack();
      await client.part();
      await neighbour.part();
    });

    it.skipIf(!HAS_PYTHON)("echoes the data before and after urgent data", async () => {
      const server = shared();
      expect(await runPeer("urgent-client.py", server.port)).toBe("50 rounds\n");
    });

    it("sleeps with a silent client after another left with waiting answers", async () => {
      const server = shared();
      const silent = await Client.connect(server.port);
      for (let round = 0; round < 50; round++) await silent.roundTrip();
      const rude = await Client.connect(server.port, { reads: false });
      rude.socket.write(new Messages().exactly(4_000_000));
      await silent.roundTrip();
      await rude.reset();
      await until(() => server.connections === 1);
      const idle = async () => {
        const before = cpuTicks(server.pid);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return cpuTicks(server.pid) - before;
      };
      // A spinning loop uses 100 ticks a second, and still many on a busy machine.
      await vi.waitFor(async () => expect(await idle()).toBeLessThanOrEqual(5), { timeout: 20_000, interval: 1 });
      await silent.part();
    });
  }

  if (UPPERS.includes(kind)) {
    it("changes only ASCII letters", async () => {
      const server = shared();
      const client = await Client.connect(server.port);
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      await client.send(every);
      expect((await client.receive(256)).equals(upperCase(every))).toBe(true);
      await client.part();
    });
  }
});

describe.each(SELECT_ECHOES)("$name", (kind) => {
  it(`serves as many clients as select's sets hold, and others after some have left`, async () => {
    await using server = await Server.start(kind);
    const clients = await Client.connectMany(server.port, FD_SETSIZE - 64);
    await Promise.all(clients.map((client) => client.roundTrip()));
    const more = await Client.connectMany(server.port, 128);
    for (const client of more) client.socket.write("ping");
    for (let round = 0; round < 3; round++) await Promise.all(clients.map((client) => client.roundTrip()));
    // Clients with numbers below FD_SETSIZE are answered; one more, from which the server learns its limit, is refused.
    await until(() => more.filter((client) => client.held > 0).length >= 40);
    await Promise.all(clients.map((client) => client.part()));
    await until(() =>
      more.every((client) => client.held > 0 || client.socket.readableEnded || client.socket.destroyed),
    );
    expect(more.filter((client) => client.held === 0).length).toBeLessThanOrEqual(1);
    await Promise.all(more.map((client) => client.leave()));
    await expectNothingLeft(server);
  });
});

describe.each(SELECT_UPPERS)("$name", (kind) => {
  it.skipIf(!HAS_PYTHON)("closes a client with an exceptional condition and serves the others", async () => {
    await using server = await Server.start(kind, { quiet: false });
    const neighbour = await Client.connect(server.port);
    expect(await runPeer("exceptional-client.py", server.port)).toMatch(/^BEFORE\n(end|reset)\n$/);
    expect(server.out).toMatch(/client \d+: exceptional condition\nclient \d+ went\n/);
    await neighbour.roundTrip("1234");
    await neighbour.part();
    await expectNothingLeft(server);
  });
});
