/** Bases by name. */
import { ArgumentError } from "../errors/argument-error.ts";
import type { Base, GrantedDirectory } from "./contract/base.ts";
import { BASES, type BaseName } from "./contract/base-names.ts";
import { withReadOnly } from "./read-only.ts";

/**
 * `granted`: the guest's and the host's name of each granted directory. `name`: or an open base, with its own
 * directories. Rejects with an Error that names the value, for an unknown base or a missing directory. Without any
 * directory no base is needed.
 */
export async function openBase(
  granted: Readonly<Record<string, string | GrantedDirectory>>,
  name: BaseName | Base = BASES[0],
): Promise<Base | undefined> {
  if (typeof name === "object") return name;
  if (!BASES.includes(name))
    throw new ArgumentError(`unknown base '${name}': expected ${BASES.slice(0, -1).join(", ")} or ${BASES.at(-1)}`);
  if (Object.keys(granted).length === 0) return undefined;
  const all = Object.entries(granted).map(
    ([guest, one]) => [guest, typeof one === "string" ? { path: one } : one] as const,
  );
  const directories = Object.fromEntries(all.map(([guest, { path }]) => [guest, path]));
  const { statSync } = await import("node:fs");
  for (const path of Object.values(directories)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new ArgumentError(`no such directory: '${path}'`);
    if (!stats.isDirectory()) {
      throw new ArgumentError(`'${path}' is a file, and only directories can be granted; grant its directory`);
    }
  }
  const base = await openNamed(name, directories);
  return withReadOnly(base, new Set(base.preopens.filter((_, index) => all[index][1].readOnly)));
}

async function openNamed(name: BaseName, directories: Readonly<Record<string, string>>): Promise<Base> {
  if (name === "node-wasi") return new (await import("./node-wasi.ts")).NodeWasiBase(directories);
  if (name === "wasmer-wasi") return (await import("./wasmer-wasi.ts")).WasmerWasiBase.open(directories);
  return new (await import("./own/index.ts")).MinimalBase(directories);
}
