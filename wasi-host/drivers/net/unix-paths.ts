/** The names of Unix sockets in the file system: one that a killed process left behind is in the way of the next. */
import { once } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import net from "node:net";

/** To be called before listening at `path`. A socket at which somebody answers stays, and so does what is no socket. */
export async function removeStale(path: string): Promise<void> {
  if (!isSocket(path)) return;
  const socket = net.connect({ path });
  try {
    await once(socket, "connect");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED" && isSocket(path)) unlinkSync(path);
  } finally {
    socket.destroy();
  }
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
