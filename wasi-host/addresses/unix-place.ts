/** Resolves the path of a Unix socket and its links, to compare it with the granted path. */
import { lstatSync, realpathSync } from "node:fs";
import path from "node:path";

/**
 * The socket need not be there; its directory does. Throws an Error with a `code` where the directory, or what a link at the end
 * leads to, is not there.
 */
export function unixPlace(name: string): string {
  if (lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()) return realpathSync(name);
  return path.join(realpathSync(path.dirname(name)), path.basename(name));
}
