/** The cost of accepting idle connections: the server's CPU time, and its memory for each. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchmarkError } from "./benchmark.ts";
import { cpuSeconds } from "./machine.ts";
import type { RunningServer } from "./servers.ts";

export interface Accepting {
  /** Of the server, for all connections. */
  cpuSeconds: number;
  /** Resident memory of the server without connections, and with all. */
  before: number;
  after: number;
  /** Resident memory, for each. */
  bytes: number;
}

/** So many connections are opened at once: fewer than a listener's backlog holds. */
const AT_ONCE = 200;
const ACCEPT_SECONDS = 20;
/** A server that has just said where it listens may have a file open that it closes soon: one descriptor less to count. */
const START_MS = 500;

/** Opens so many connections to a server that has had none, and closes them when it has accepted all. */
export async function measureAccepting(server: RunningServer, count: number): Promise<Accepting> {
  const { pid, port } = server;
  await sleep(START_MS);
  const [before, cpu, descriptors] = [residentBytes(pid), cpuSeconds(pid), descriptorsOf(pid)];
  const sockets: Socket[] = [];
  try {
    while (sockets.length < count) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => connect(port, "127.0.0.1"));
      sockets.push(...some);
      await Promise.all(some.map((socket) => once(socket, "connect")));
    }
    for (let left = ACCEPT_SECONDS * 10; descriptorsOf(pid) < descriptors + count; left--) {
      if (left === 0) throw new BenchmarkError(`${server.name} has not accepted ${count} connections: ${server.state}`);
      await sleep(100);
    }
    await sleep(200); // for the server's work on the last connections
    const after = residentBytes(pid);
    return { cpuSeconds: cpuSeconds(pid) - cpu, before, after, bytes: (after - before) / count };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

const descriptorsOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

const residentBytes = (pid: number) =>
  Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
