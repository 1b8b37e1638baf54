/** More clients than a server has descriptors for. */
import { Client, until } from "./client.ts";
import { openDescriptors } from "./proc.ts";
import type { Server } from "./server.ts";

/** `ulimit -n`: Node's own descriptors, some two dozen, and room for a few clients. */
export const DESCRIPTORS = 64;
const MORE = 30;

/**
 * Connects as many as there is room for, and some more: all are connected, for the kernel does that, but only those that
 * are accepted are served.
 */
export async function crowd(server: Server): Promise<{ served: Client[]; waiting: Client[] }> {
  const room = DESCRIPTORS - openDescriptors(server.pid, DESCRIPTORS);
  const clients: Client[] = [];
  for (let index = 0; index < room + MORE; index++) clients.push(await Client.connect(server.port));
  await until(() => openDescriptors(server.pid, DESCRIPTORS) === DESCRIPTORS);
  const { connections } = server;
  return { served: clients.slice(0, connections), waiting: clients.slice(connections) };
}
