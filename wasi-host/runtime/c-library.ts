/** Whether the C library can be called, through the optional package koffi. */
import { installed } from "./installed.ts";

/** The platforms with known structures and constants. */
export const C_PLATFORMS = ["linux-x64", "linux-arm64"];

export const platform = () => `${process.platform}-${process.arch}`;

/** Whether this process may try to load koffi. Deno and Bun load it too, but it is made for Node. */
export function callsC(): boolean {
  return C_PLATFORMS.includes(platform()) && !process.versions.bun && !process.versions.deno;
}

/** Loads the package. Throws an error whose `code` is MODULE_NOT_FOUND if it is not installed. */
export function loadKoffi(): typeof import("koffi").default {
  return installed("koffi");
}
