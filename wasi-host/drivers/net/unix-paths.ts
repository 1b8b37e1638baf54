/** The names of Unix sockets in the file system: a name left by a killed process blocks the next one. */
import { once } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import net from "node:net";
import path from "node:path";

/** Absolute. */
const own = new Set<string>();

/** Between these two calls, a socket of this thread listens at the path. */
export function holdPath(name: string): void {
  own.add(path.resolve(name));
}

export function releasePath(name: string): void {
  own.delete(path.resolve(name));
}

/**
 * Call it before listening at the path. A socket with a listener stays, and so does any other file. The test is a
 * connection, which the listener accepts, so this thread's own listeners are not tested.
 */
export async function removeStale(name: string): Promise<void> {
  if (own.has(path.resolve(name)) || !isSocket(name)) return;
  const socket = net.connect({ path: name });
  try {
    await once(socket, "connect");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED" && isSocket(name)) unlinkSync(name);
  } finally {
    socket.destroy();
  }
}

function isSocket(name: string): boolean {
  return lstatSync(name, { throwIfNoEntry: false })?.isSocket() ?? false;
}
