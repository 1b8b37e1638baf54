/** Resolves the path of a Unix socket and its links, to compare it with the granted path. */
import { lstatSync, realpathSync } from "node:fs";
import path from "node:path";

/**
 * The socket need not exist; its directory must. Throws an Error with a `code` if the directory, or the target of a
 * link at the end, does not exist.
 */
export function unixPlace(name: string): string {
  if (lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()) return realpathSync(name);
  return path.join(realpathSync(path.dirname(name)), path.basename(name));
}
