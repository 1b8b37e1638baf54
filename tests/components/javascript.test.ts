/** JavaScript by componentize-qjs, which calls WASI's interfaces itself: streams, pollables and clocks. */
import { expect, it } from "vitest";
import { Client } from "../programs/client.ts";
import { Messages } from "../programs/messages.ts";
import { component, POLLUX, WASMTIME } from "./host.ts";

const NETWORK = { network: true };

component("javascript/echo-clock", [...POLLUX, WASMTIME], (start) => {
  it("returns every client's bytes, and then the end", async () => {
    await using server = start(["60000", "20"], NETWORK);
    const clients = await Client.connectMany(await server.port(), 20);
    const random = new Messages();
    const converse = async (client: Client) => {
      for (let round = 0; round < 5; round++) {
        const message = random.next(100_000);
        await client.send(message);
        expect((await client.receive(message.length)).equals(message)).toBe(true);
      }
      await client.part();
    };
    await Promise.all(clients.map(converse));
    const { out, status } = await server.ended;
    expect([status, out.trimEnd().split("\n").slice(1)]).toEqual([0, [...Array(20).fill("gone"), "all served"]]);
  });

  it("lets a silent client go, and keeps an active one", async () => {
    await using server = start(["300", "2"], NETWORK);
    const port = await server.port();
    const speaking = await Client.connect(port);
    const silent = await Client.connect(port);
    let over = false;
    void silent.ended.then(() => (over = true));
    while (!over) await speaking.roundTrip();
    await silent.leave();
    await speaking.part();
    expect(await server.ended).toMatchObject({ status: 0, error: "" });
    expect(server.out).toMatch(/^silent for too long\ngone\nall served$/m);
  });

  it("stops reading from a client that does not read, serves others, and loses nothing", async () => {
    await using server = start(["60000", "2"], NETWORK);
    const port = await server.port();
    const client = await Client.connect(port, { reads: false });
    const neighbour = await Client.connect(port);
    const all = new Messages().exactly(4 << 20);
    client.end(all);
    for (let turn = 0; turn < 100; turn++) await neighbour.roundTrip();
    client.read();
    expect((await client.rest()).equals(all)).toBe(true);
    await neighbour.part();
    expect(await server.ended).toMatchObject({ status: 0, error: "" });
  });
});
