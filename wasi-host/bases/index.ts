/** Bases by name. */
import type { Base } from "./base.ts";

/** The default first. */
export const BASES: readonly [BaseName, ...BaseName[]] = ["minimal", "node-wasi", "wasmer-wasi"];
export type BaseName = "minimal" | "node-wasi" | "wasmer-wasi";

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
  if (!BASES.includes(name))
    throw new Error(`unknown base '${name}': expected ${BASES.slice(0, -1).join(", ")} or ${BASES.at(-1)}`);
  if (Object.keys(directories).length === 0) return undefined;
  const { statSync } = await import("node:fs");
  for (const path of Object.values(directories)) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`no such directory: '${path}'; give one that exists`);
  }
  if (name === "node-wasi") return new (await import("./node-wasi.ts")).NodeWasiBase(directories);
  if (name === "wasmer-wasi") return (await import("./wasmer-wasi.ts")).WasmerWasiBase.open(directories);
  return new (await import("./minimal/index.ts")).MinimalBase(directories);
}
