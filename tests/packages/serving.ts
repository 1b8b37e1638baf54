/** The client's side of the servers that these tests start. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";

/** Resolves to the port that a server says it listens on. Rejects with what it said where it ends without. */
export async function announced(server: ChildProcess, pattern = /listening on [^\s]*:(\d+)/): Promise<number> {
  let said = "";
  const port = new Promise<number>((resolve, reject) => {
    for (const stream of [server.stdout!, server.stderr!]) {
      stream.on("data", (bytes) => {
        said += bytes;
        const found = pattern.exec(said);
        if (found !== null) resolve(Number(found[1]));
      });
    }
    server.once("close", (status) => reject(new Error(`ended with ${status}: ${said}`)));
  });
  return port;
}

/** Sends random bytes to an echo server and ends its side at once; resolves when exactly those have come back, and the end. */
export async function exchange(port: number, size: number, host = "127.0.0.1"): Promise<void> {
  const sent = randomBytes(size);
  const socket = net.connect({ port, host, allowHalfOpen: true });
  await once(socket, "connect");
  const got: Buffer[] = [];
  socket.end(sent);
  for await (const bytes of socket) got.push(bytes as Buffer);
  const back = Buffer.concat(got);
  if (!back.equals(sent)) throw new Error(`${back.length} bytes came back, not the ${size} that were sent`);
}
