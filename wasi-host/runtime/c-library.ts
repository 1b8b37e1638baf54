/** Whether the C library can be called, through the optional package koffi. */
import { installed } from "./installed.ts";

/** The platforms with known structures and constants. */
export const C_PLATFORMS = ["linux-x64", "linux-arm64"];

export const platform = () => `${process.platform}-${process.arch}`;

/** Whether this process may load koffi: Node, Bun, and Deno with `--allow-ffi`. */
export function callsC(): boolean {
  return C_PLATFORMS.includes(platform()) && mayCallC();
}

/** Whether only a permission is missing. */
export function needsPermission(): boolean {
  return C_PLATFORMS.includes(platform()) && !mayCallC();
}

/** Deno asks its user for a permission that is neither given nor denied. A default must not. */
function mayCallC(): boolean {
  const { Deno } = globalThis as {
    readonly Deno?: { readonly permissions: { querySync(permission: { name: "ffi" }): { readonly state: string } } };
  };
  return Deno === undefined || Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}

type Koffi = typeof import("koffi").default;

/**
 * Loads the package. Throws an error whose `code` is MODULE_NOT_FOUND if it is not installed.
 *
 * Its own start looks for the binary of this system, which takes 4 ms. The binary is tried first where koffi has it for
 * glibc; anything else is koffi's to find, or to report.
 */
export function loadKoffi(): Koffi {
  loaded ??= binary() ?? installed<Koffi>("koffi");
  return loaded;
}

let loaded: Koffi | undefined;

/** Undefined for another system, another arrangement of packages, or a version with another interface. */
function binary(): Koffi | undefined {
  if (!C_PLATFORMS.includes(platform())) return undefined;
  try {
    const koffi = installed<Koffi>(`@koromix/koffi-${platform()}/${platform().replace("-", "_")}/koffi.node`);
    return koffi.version.startsWith("3.") ? koffi : undefined;
  } catch {
    return undefined;
  }
}
