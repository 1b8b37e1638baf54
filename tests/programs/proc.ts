/** The kernel's information about a process and its connections: proc(5). Ends a process and all its children. */
import { readdirSync, readFileSync } from "node:fs";
import koffi from "koffi";

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kibibytes) / 1024;
}

/** CPU time of all of its threads so far, in ticks of 10 ms. */
export function cpuTicks(pid: number): number {
  // The command's name, in parentheses, may contain anything; utime and stime are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** The number of its open descriptors below `limit`: it may have inherited higher ones. */
export function openDescriptors(pid: number, limit: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((name) => Number(name) < limit).length;
}

/**
 * The number of its stream sockets. Datagram sockets are left out: at its first wait the posix driver has one for a
 * moment, whose number then belongs to its epoll instance.
 */
export function streamSockets(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((name) => isStream(`/proc/${pid}/fd/${name}`)).length;
}

const getxattr = koffi
  .load("libc.so.6")
  .func("int64_t getxattr(const char *path, const char *name, void *value, size_t size)");
const protocol = Buffer.alloc(32);

/** xattr(7): a socket tells its protocol. False for another file, and for a closed descriptor. */
function isStream(path: string): boolean {
  const length = Number(getxattr(path, "system.sockprotoname", protocol, protocol.length));
  return length > 0 && !protocol.toString("latin1", 0, length).startsWith("UDP");
}

/**
 * Whether the end of the client's stream has reached the server. In /proc/net/tcp: CLOSE_WAIT; LAST_ACK if it has ended
 * too.
 */
export function endHasCome(clientPort: number, serverPort: number): boolean {
  const address = (port: number) => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const ends = ` ${address(serverPort)} ${address(clientPort)} `;
  const connections = readFileSync("/proc/net/tcp", "utf8");
  return connections.includes(`${ends}08 `) || connections.includes(`${ends}09 `);
}

/** Kills a process group. */
export function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // it has already ended
  }
}
