/** How clients come and go: politely, rudely, in crowds. The server outlives them, and keeps nothing of them. */
import { describe, it, vi } from "vitest";
import { Client, until } from "./client.ts";
import { Messages, SEED } from "./messages.ts";
import { EVERYWHERE, type Server, sharedServer } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

/** Around the servers' reads: 1 KiB with poll, 64 KiB with epoll, 16 times that in a turn by edge. */
const SIZES = [1, 1023, 1024, 1025, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 131_072, 1_048_576];
const ROUNDS = 5;
const AT_ONCE = 100;

/** All clients have gone; the server notices and continues to serve. */
async function expectNothingLeft(server: Server): Promise<void> {
  await until(() => server.connections === 0);
  const client = await Client.connect(server.port);
  await client.roundTrip();
  await client.part();
}

function expectSame(received: Buffer, sent: Uint8Array): void {
  if (!received.equals(sent)) {
    throw new Error(`${received.length} of ${sent.length} bytes came back, or changed (POLLUX_SEED=${SEED})`);
  }
}

describe.each(EVERYWHERE)("$name", (kind) => {
  const shared = sharedServer(kind);

  it("echoes data followed by the end of stream, then ends, for many clients at once", async () => {
    const server = shared();
    const random = new Messages();
    const sendAndEnd = async (index: number) => {
      const message = random.exactly(index % 4 === 0 ? SIZES[(index / 4) % SIZES.length] : 1 + (index % 64));
      // Every second client has sent everything before the server can accept it.
      const client = index % 2 === 0 ? new Client(server.port) : await Client.connect(server.port);
      client.socket.end(message);
      expectSame(await client.rest(), message);
      await client.closed;
      if (client.socket.errored) throw client.socket.errored;
    };
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => sendAndEnd(round * AT_ONCE + index)));
    }
    await expectNothingLeft(server);
  });

  it("echoes everything to a client that half-closes, before the end", async () => {
    const server = shared();
    const message = new Messages().exactly(3_000_000);
    const neighbour = await Client.connect(server.port);
    const client = await Client.connect(server.port, { reads: false });
    client.socket.end(message);
    await neighbour.roundTrip();
    client.read();
    expectSame(await client.rest(), message);
    await neighbour.part();
    await expectNothingLeft(server);
  });

  it("outlives clients that reset: at once, after a message, in the middle of one, with much data waiting", async () => {
    const server = shared();
    const random = new Messages();
    const neighbour = await Client.connect(server.port);
    const rude = [
      async (_client: Client) => {},
      (client: Client) => client.roundTrip(),
      (client: Client) => client.send(random.exactly(1000)),
      async (client: Client) => {
        client.socket.write(random.exactly(4_000_000));
        await neighbour.roundTrip();
      },
    ];
    for (let round = 0; round < 10; round++) {
      for (const behave of rude) {
        const client = await Client.connect(server.port, { reads: behave === rude[1] });
        await behave(client);
        await client.reset();
      }
    }
    const crowd = await Client.connectMany(server.port, 100);
    await Promise.all(crowd.map((client, index) => rude[index % 3](client).then(() => client.reset())));
    await neighbour.part();
    await expectNothingLeft(server);
  });

  it("serves others beside silent clients, and these when they send", async () => {
    const server = shared();
    const silent = await Client.connectMany(server.port, 100);
    const others = await Client.connectMany(server.port, 10);
    for (let round = 0; round < 10; round++) await Promise.all(others.map((client) => client.roundTrip()));
    await Promise.all(silent.slice(50).map((client) => client.roundTrip()));
    await Promise.all([...silent, ...others].map((client) => client.part()));
    await expectNothingLeft(server);
  });

  it("outlives clients that connect and leave at once", async () => {
    const server = shared();
    const visit = async (index: number) => {
      const client = await Client.connect(server.port);
      await (index % 2 === 0 ? client.leave() : client.reset());
    };
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 200 }, (_, index) => visit(index)));
    await expectNothingLeft(server);
  });

  it("serves 1,000 connections at a time", async () => {
    const server = shared();
    const clients = await Client.connectMany(server.port, 1000);
    await Promise.all(clients.map((client, index) => client.roundTrip(`first of ${index}`)));
    for (const client of clients.slice(0, 100)) await client.roundTrip("alone");
    await Promise.all(clients.map((client, index) => client.roundTrip(`second of ${index}`)));
    await Promise.all(clients.map((client) => client.part()));
    await expectNothingLeft(server);
  });
});
