/** What the kernel says about a process and its connections: proc(5). And the end of one, with all that it has started. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kibibytes) / 1024;
}

/** CPU time used so far by all of its threads, in ticks of 10 ms. */
export function cpuTicks(pid: number): number {
  // The command's name, in parentheses, may have anything in it; utime and stime are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** How many descriptors it has open under `limit`: it may have inherited some that are above. */
export function openDescriptors(pid: number, limit: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((name) => Number(name) < limit).length;
}

/** How many of its descriptors are sockets. */
export function openSockets(pid: number): number {
  const isSocket = (name: string) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`).startsWith("socket:");
    } catch {
      return false; // closed since the folder was read
    }
  };
  return readdirSync(`/proc/${pid}/fd`).filter(isSocket).length;
}

/** Has the end of the client's stream come to the server? In /proc/net/tcp: CLOSE_WAIT; LAST_ACK if it has ended too. */
export function endHasCome(clientPort: number, serverPort: number): boolean {
  const address = (port: number) => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const ends = ` ${address(serverPort)} ${address(clientPort)} `;
  const connections = readFileSync("/proc/net/tcp", "utf8");
  return connections.includes(`${ends}08 `) || connections.includes(`${ends}09 `);
}

/** Ends a process that leads a group, and whoever else is in that. */
export function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // all of it has ended by itself
  }
}
