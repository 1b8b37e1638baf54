/** Guests with their own program: AssemblyScript text compiled for the test, or a module byte by byte. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { compiledTexts } from "../assembly.ts";

let directory: string | undefined;

/** For after the tests of a file. */
export function removeFiles(): void {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  directory = undefined;
}

/** Writes `content` as a file, and removes it after the tests. Returns its path. */
export function file(name: string, content: string | Uint8Array): string {
  directory ??= mkdtempSync(path.join(tmpdir(), "pollux-guest-"));
  const target = path.join(directory, name);
  writeFileSync(target, content);
  return target;
}

/** Compiles the program, with function names kept, and returns the path of the module. */
export async function program(name: string, source: string): Promise<string> {
  const options = { runtime: "stub", use: ["abort="], debug: true, optimizeLevel: 0 };
  return file(name, await compiledTexts({ "guest.ts": source }, options));
}

/** A section: its number, and its bytes. */
export const section = (id: number, ...bytes: number[]) => [id, bytes.length, ...bytes];
/** A name: its length, and its bytes. */
export const text = (string: string) => [string.length, ...Buffer.from(string)];
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
export const FUNCTION_TYPE = section(1, 1, 0x60, 0, 0);
export const wasm = (name: string, ...sections: number[][]) =>
  file(name, Uint8Array.from([...HEADER, ...sections.flat()]));
