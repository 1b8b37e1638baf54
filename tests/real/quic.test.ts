/** quic-go, both ends as guests, over datagrams. */
import { expect, it } from "vitest";
import { realProgram } from "./real-program.ts";

const SIZES = ["0", "1", "1200", "70000", "1000000", "300", "50000"];

realProgram("go/quic", [], (start) => {
  const quiet = ["--env", "QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING=true"];

  it("carries concurrent streams between a server and a client, both guests", async () => {
    const server = start({
      args: ["server"],
      listen: [],
      options: [...quiet, "--bind", "127.0.0.1:*", "--connect", "127.0.0.1:*"],
    });
    const port = await server.port();
    const [certificate] = await server.run.printed(/^-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\n/m);
    const client = start({
      args: ["client", String(port), ...SIZES],
      listen: [],
      options: [...quiet, "--connect", `127.0.0.1:${port}`],
    });
    client.run.child.stdin!.end(certificate);
    expect(await client.out()).toBe(`${SIZES.length} streams, TLS 1.3\n`);
    expect(await server.out()).toMatch(/\nclosed: good bye\n$/);
    expect([client.run.error, server.run.error]).toEqual(["", ""]);
  });
});
