/** More clients than a server has descriptors for. */
import { setTimeout } from "node:timers/promises";
import { Client, until } from "./client.ts";
import { openDescriptors } from "./proc.ts";
import type { Server } from "./server.ts";

/** `ulimit -n`: Node's own descriptors, some two dozen, and room for a few clients. */
export const DESCRIPTORS = 64;
const MORE = 30;
/** The number of equal looks, 50 ms apart: a server tries to accept again every 100 ms. */
const SAME = 10;

/** Connects as many as fit, and some more: the kernel connects all, but only accepted ones are served. */
export async function crowd(server: Server): Promise<{ served: Client[]; waiting: Client[] }> {
  const room = DESCRIPTORS - openDescriptors(server.pid, DESCRIPTORS);
  const clients: Client[] = [];
  for (let index = 0; index < room + MORE; index++) clients.push(await Client.connect(server.port));
  const connections = await settled(server);
  return { served: clients.slice(0, connections), waiting: clients.slice(connections) };
}

/**
 * The number of connections of a full server, once it is stable. The posix driver frees a descriptor at the server's
 * first sleep, which may follow the full table under load: then one more client is served.
 */
async function settled(server: Server): Promise<number> {
  let connections = 0;
  for (let same = 0; same < SAME; same++) {
    await until(() => openDescriptors(server.pid, DESCRIPTORS) === DESCRIPTORS);
    if (server.connections !== connections) same = 0;
    connections = server.connections;
    await setTimeout(50);
  }
  return connections;
}
