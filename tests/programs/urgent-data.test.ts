/** Urgent data, which no echo server has requested: the stream around it goes on. */
import { describe, expect, it, vi } from "vitest";
import { HAS_PYTHON, runPeer } from "./peers/python.ts";
import { ALL, COMPONENTS, Server } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

describe.each([...ALL, ...COMPONENTS])("$name", (kind) => {
  it.skipIf(!HAS_PYTHON)("echoes the data before and after urgent data, then the end", async () => {
    await using server = await Server.start(kind);
    expect(await runPeer("urgent-client.py", server.port)).toBe("50 rounds\n");
  });
});
