/** The process's standard input as a stream of Node's own, which can be waited for beside sockets. */
import { constants, fstatSync, openSync } from "node:fs";
import net from "node:net";
import tty from "node:tty";

const STDIN = 0;

/** A file is always ready, and so is /dev/null: there is nothing to wait for. */
export function canWaitForStandardInput(): boolean {
  if (tty.isatty(STDIN)) return true;
  try {
    const stat = fstatSync(STDIN);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

export function openStandardInput(): net.Socket {
  if (tty.isatty(STDIN)) return new tty.ReadStream(STDIN);
  return new net.Socket({ fd: ownDescriptor(), readable: true, writable: false });
}

/**
 * libuv sets what it reads non-blocking, and that belongs to the open file, which the shell and others share. Linux opens a
 * pipe anew; elsewhere, and of a socket, it is the shared one (which libuv never closes).
 */
function ownDescriptor(): number {
  try {
    return openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return STDIN;
  }
}
