/** The file of a program. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { compile, isComponent, type Story } from "../../wasi-host/internal-node.ts";

/** Whether the file is a component, by its first bytes. */
export function isComponentFile(path: string): boolean {
  const start = new Uint8Array(8);
  try {
    const file = openSync(path, "r");
    readSync(file, start);
    closeSync(file);
  } catch {
    // Whatever reads the whole file reports the error.
    return false;
  }
  return isComponent(start);
}

/** Synchronous, because the command has nothing else to do, and node:fs/promises takes a millisecond to load. */
function readProgram(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Error(`no such file: '${path}'; give the path of a .wasm file`);
    throw new Error(`cannot read '${path}': ${code}; give the path of a .wasm file`);
  }
}

export async function compileFile(path: string, maxPages?: number, story?: Story): ReturnType<typeof compile> {
  const bytes = readProgram(path);
  return compile(story?.prepare(bytes) ?? bytes, maxPages).catch((error: Error) => {
    if (isComponent(bytes)) throw new Error(`'${path}': ${error.message}`);
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new Error(
      `'${path}' is not a WebAssembly module (${error.message}); give a .wasm file built for WASI preview1`,
    );
  });
}
