/** Clients that do not read their answers delay only themselves. */
import { describe, expect, it, vi } from "vitest";
import { Client } from "./client.ts";
import { Offer } from "./offer.ts";
import { residentMiB } from "./proc.ts";
import { EVERYWHERE, Server } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

const OFFERED = 64 << 20;
/** In MiB. The server keeps 64 KiB for a client; the rest is Node's own use, 3 MiB when this was written. */
const MAX_GROWTH = 8;

describe.each(EVERYWHERE)("$name", (kind) => {
  it("buffers little of the 64 MiB of a client that does not read, serves others, and loses nothing", async () => {
    await using server = await Server.start(kind);
    const neighbour = await Client.connect(server.port);
    for (let turn = 0; turn < 300; turn++) await neighbour.roundTrip();
    const before = residentMiB(server.pid);
    const most = MAX_GROWTH + (kind.garbage ?? 0);

    const client = await Client.connect(server.port, { reads: false });
    const offer = new Offer(client, OFFERED);
    await offer.stalled(neighbour);
    expect(offer.sent).toBeLessThan(OFFERED);
    expect(residentMiB(server.pid) - before).toBeLessThan(most);

    client.read();
    await offer.expectBack();
    await client.part();
    await neighbour.part();
    expect(residentMiB(server.pid) - before).toBeLessThan(most);
  });
});
