/** More clients than a server has descriptors for. */
import { setTimeout } from "node:timers/promises";
import { Client, until } from "./client.ts";
import { openDescriptors } from "./proc.ts";
import type { Server } from "./server.ts";

/** `ulimit -n`: Node's own descriptors, some two dozen, and room for a few clients. */
export const DESCRIPTORS = 64;
const MORE = 30;
/** How many looks, 50 ms apart, have to find the same: a server tries to accept again every 100 ms. */
const SAME = 10;

/**
 * Connects as many as there is room for, and some more: all are connected, for the kernel does that, but only those that
 * are accepted are served.
 */
export async function crowd(server: Server): Promise<{ served: Client[]; waiting: Client[] }> {
  const room = DESCRIPTORS - openDescriptors(server.pid, DESCRIPTORS);
  const clients: Client[] = [];
  for (let index = 0; index < room + MORE; index++) clients.push(await Client.connect(server.port));
  const connections = await settled(server);
  return { served: clients.slice(0, connections), waiting: clients.slice(connections) };
}

/**
 * How many connections a full server has, once that stays the same. The posix driver gives one descriptor back when the
 * server sleeps for the first time, and under load this can be after the table was full: one more client is served then.
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
