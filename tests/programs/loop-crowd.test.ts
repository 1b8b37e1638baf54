/** 20,000 connections to a server on the loop in AssemblyScript: accepted, served, dropped, and nothing is left. */
import { once } from "node:events";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { until } from "./client.ts";
import { openDescriptors } from "./proc.ts";
import { CLI, path, Server } from "./server.ts";

const AT_A_TIME = 200;
const EACH = 100;
/** 4 MiB: 200 bytes for each connection would not fit. */
const PAGES = 64;

/** A connection with one answer. Every other client resets it. */
async function exchange(port: number, resets: boolean): Promise<string> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write("1234");
  const [answer] = await once(socket, "data");
  if (resets) socket.resetAndDestroy();
  else {
    socket.end();
    await once(socket, "end");
  }
  if (!socket.closed) await once(socket, "close");
  return String(answer);
}

describe.each(["posix", "net"])("on the %s driver, the echo server on the loop", (driver) => {
  it("serves and drops 20,000 connections in 4 MiB, and leaves no descriptor", async () => {
    await using server = await Server.start({
      name: "echo",
      source: "edges",
      command: (address) => [
        ...[CLI, "run", "--driver", driver, "--max-pages", String(PAGES), "--listen", address],
        path("../../dist/examples/loop/echo.wasm"),
      ],
    });
    // What is opened once: by the first connection, not by each.
    expect(await exchange(server.port, false)).toBe("1234");
    await until(() => server.connections === 0);
    const before = openDescriptors(server.pid, Infinity);
    let served = 0;
    const client = async () => {
      for (let count = 0; count < EACH; count++) {
        expect(await exchange(server.port, count % 2 === 1)).toBe("1234");
        served++;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, client));
    expect(served).toBe(20_000);
    await until(() => server.connections === 0);
    expect(openDescriptors(server.pid, Infinity)).toBe(before);
    expect(await exchange(server.port, false)).toBe("1234");
    expect(server.error).toMatch(/^listening on .*\n$/);
  }, 120_000);
});
