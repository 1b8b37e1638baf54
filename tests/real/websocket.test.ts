/** gorilla/websocket, driven by Node's own WebSocket. */
import { expect, it } from "vitest";
import { pinned } from "../../runtimes/pins.ts";
import { client, realProgram } from "./real-program.ts";

realProgram("go/websocket", [], (start) => {
  it("echoes texts and bytes on many sockets at once, and closes on request", async ({ skip }) => {
    // Node 20 has no WebSocket.
    const { program, missing } = pinned("node-22");
    if (missing !== undefined) skip(missing);
    const server = start();
    const port = await server.port();
    const { out, error, status } = await client(program, ["tests/real/websocket-client.mjs", String(port)]);
    expect([status, error, String(out)]).toEqual([0, "", "20 sockets, 160 messages, 20 closed by 4001, enough\n"]);
    await fetch(`http://127.0.0.1:${port}/end`).catch(() => {}); // it ends at once, without an answer
    await server.out();
  });
});
