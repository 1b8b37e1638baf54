/** Source lines in the stack trace of a trap, by the source map that the module names in its section `sourceMappingURL`. */
import { readFileSync } from "node:fs";
import module from "node:module";
import path from "node:path";

const SECTION = "sourceMappingURL";
/** The end of a frame: `wasm://wasm/b7f2:wasm-function[11]:0x907)`. The number is the offset in the module. */
const OFFSET = /wasm:\/\/\S*:0x([0-9a-f]+)(?=\)?$)/;
/** Bytes. An entry further back belongs to another statement or function. */
const MOST_UNMAPPED = 16;

/**
 * Puts file, line and column in place of the offsets of a trace's frames.
 *
 * @param file - the module's, beside which a relative path of a map starts
 * @returns the frames unchanged if the module names no map, or the map cannot be read or is on the network
 */
export function withSourceLines(frames: readonly string[], program: WebAssembly.Module, file: string): string[] {
  const map = sourceMapOf(program, file);
  if (map === undefined) return [...frames];
  return frames.map((frame) =>
    frame.replace(OFFSET, (place, offset: string) => {
      return lineAt(map, Number.parseInt(offset, 16)) ?? place;
    }),
  );
}

/** Binaryen maps an `if` and not the call in it, so use the nearest instruction before the offset. */
function lineAt(map: module.SourceMap, offset: number): string | undefined {
  for (let at = offset; at > offset - MOST_UNMAPPED; at--) {
    const entry = map.findEntry(0, at);
    if (!("originalSource" in entry) || entry.originalSource === undefined) continue;
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }
  return undefined;
}

function sourceMapOf(program: WebAssembly.Module, file: string): module.SourceMap | undefined {
  const [section] = WebAssembly.Module.customSections(program, SECTION);
  if (section === undefined) return undefined;
  try {
    const bytes = new Uint8Array(section);
    const { length, at } = leb128(bytes);
    const url = new TextDecoder().decode(bytes.subarray(at, at + length));
    return new module.SourceMap(JSON.parse(readFileSync(path.resolve(path.dirname(file), url), "utf8")));
  } catch {
    // A trace without lines says more than a failure to find them.
    return undefined;
  }
}

/** The length before the section's text. */
function leb128(bytes: Uint8Array): { length: number; at: number } {
  let length = 0;
  let at = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    length |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return { length, at };
  }
}
