/** The longest path of a Unix socket: the size of `sun_path` in Linux's struct sockaddr_un, less the NUL. */
import { Errno } from "../abi/errno.ts";
import { SystemError } from "../errors/system-error.ts";

const MAX_PATH = 107;

/** The path's bytes. Throws ENAMETOOLONG with the limit. */
export function pathBytes(path: string): Uint8Array {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length <= MAX_PATH) return bytes;
  const limit = `the path of a Unix socket has ${MAX_PATH} bytes at most, and this one ${bytes.length}`;
  throw new SystemError(Errno.NAMETOOLONG, "address", `unix:${path}: ${limit}`);
}
