/** IPv6 in components: a server that listens there, and a client that connects. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { RUNTIMES } from "../../runtimes/catalogue.ts";
import { endGroup } from "../programs/proc.ts";
import { ending } from "./ending.ts";

const LOOPBACK = "::1";
const COMPONENTS = RUNTIMES.filter(({ runs }) => runs === "component");

describe.each(COMPONENTS)("on $name", ({ command, missing }) => {
  it("a server listens on ::1, says where, and echoes", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const [program, ...args] = command("echo-epoll", [], 0).map((word) => word.replace("127.0.0.1:", "[::1]:"));
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
    try {
      let port = 0;
      for await (const line of createInterface({ input: child.stderr })) {
        port = Number(/^listening on \[::1\]:(\d+)$/.exec(line)?.[1] ?? 0);
        if (port !== 0) break;
      }
      expect(await echoed(port, Buffer.alloc(300_000, "0123456789"))).toBe(true);
    } finally {
      endGroup(child.pid!);
      await once(child, "exit");
    }
  });

  it("a client connects to ::1, and knows its own address", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const peers: string[] = [];
    const server = createServer((socket: Socket) => {
      peers.push(`[${socket.remoteAddress}]:${socket.remotePort}`);
      socket.on("error", () => {}).pipe(socket);
    }).listen(0, LOOPBACK);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const words = command("client", [], 0).flatMap((word) => {
      if (word === "--bind") return ["--connect"];
      return word === "127.0.0.1:*" ? [`[::1]:${port}`] : [word];
    });
    const { status, said } = await ending([...words.slice(0, words.indexOf("--listen")), LOOPBACK, String(port)]);
    server.close();
    expect([said.match(/^\[::1\]:\d+(?=: received)/gm)?.toSorted(), status]).toEqual([
      peers.flatMap((peer) => [peer, peer, peer]).toSorted(),
      0,
    ]);
  });
});

async function echoed(port: number, message: Buffer): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  socket.end(message);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part);
  return Buffer.concat(parts).equals(message);
}
