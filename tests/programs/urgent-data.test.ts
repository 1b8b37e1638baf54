/** Urgent data, which no echo server has asked for: the stream around it goes on. */
import { describe, expect, it, vi } from "vitest";
import { HAS_PYTHON, runPeer } from "./peers/python.ts";
import { ALL, Server } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

describe.each(ALL)("$name", (kind) => {
  it.skipIf(!HAS_PYTHON)("gives back what is sent before and behind urgent data, and the end behind it", async () => {
    await using server = await Server.start(kind);
    expect(await runPeer("urgent-client.py", server.port)).toBe("50 rounds\n");
  });
});
