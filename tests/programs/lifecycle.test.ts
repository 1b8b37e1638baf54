/** How a server begins and ends. */
import { describe, expect, it, vi } from "vitest";
import { Client } from "./client.ts";
import { NET, Server, SHIPPED } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

describe.each([...SHIPPED, ...NET])("$name", (kind) => {
  it("exits with status 2 and one line that names the port, if it is in use", async () => {
    await using server = await Server.start(kind);
    const { status, out, error } = await new Server(kind, { port: server.port }).ended;
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(error).toMatch(new RegExp(`^pollux: .*127\\.0\\.0\\.1:${server.port}.*in use.*\n$`));
    await (await Client.connect(server.port)).roundTrip();
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends with ${signal} when that comes while it sleeps, and another can have its port at once`, async () => {
      const server = await Server.start(kind);
      const clients = await Client.connectMany(server.port, 10);
      await Promise.all(clients.map((client) => client.roundTrip()));
      const { port } = server;
      expect(await server.stop(signal)).toMatchObject({ status: null, signal });
      await using next = await Server.start(kind, { port });
      await Promise.all(clients.map((client) => client.rest()));
      expect(next.port).toBe(port);
      const client = await Client.connect(port);
      await client.roundTrip();
      await client.part();
    });
  }
});
