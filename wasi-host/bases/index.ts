/** Bases by name. */
import { statSync } from "node:fs";
import type { Base } from "./base.ts";

/** The default first. */
export const BASES: readonly [BaseName, ...BaseName[]] = ["minimal", "node-wasi"];
export type BaseName = "minimal" | "node-wasi";

/**
 * `directories`: the guest's name of each granted directory, and the host's. `name`: or a base that is there already, with
 * its own directories. Rejects with an Error that names the value for an unknown base or a directory that does not exist;
 * without any directory no base is needed.
 */
export async function openBase(
  directories: Readonly<Record<string, string>>,
  name: BaseName | Base = BASES[0],
): Promise<Base | undefined> {
  if (typeof name === "object") return name;
  if (!BASES.includes(name)) throw new Error(`unknown base '${name}': expected ${BASES.join(" or ")}`);
  if (Object.keys(directories).length === 0) return undefined;
  for (const path of Object.values(directories)) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`no such directory: '${path}'; give one that exists`);
  }
  if (name === "node-wasi") return new (await import("./node-wasi.ts")).NodeWasiBase(directories);
  return new (await import("./minimal/index.ts")).MinimalBase(directories);
}
