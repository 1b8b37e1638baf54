/**
 * ECMAScript modules that are imported at run time and never bundled.
 *
 * In the command this file is a chunk of its own: on Node 20, code that V8 has from its cache cannot import
 * (compiled-code.ts), and chunks as small as this one are not kept there.
 */
import { pathToFileURL } from "node:url";
import { pathOf } from "./installed.ts";

/** @param address a URL */
export function importModule<T>(address: string): Promise<T> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ address);
}

/** Imports a package by name. Rejects with an error whose `code` is MODULE_NOT_FOUND if it is not installed. */
export async function importInstalled<T>(name: string): Promise<T> {
  return importModule<T>(pathToFileURL(pathOf(name)).href);
}
