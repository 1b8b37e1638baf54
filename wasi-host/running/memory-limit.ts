/**
 * A limit on linear memory, written into a module.
 *
 * A memory's maximum is in the module: WebAssembly has no other way to set it. So the maximum is changed before the
 * module is compiled, and the engine's memory.grow returns -1, as for a module's own maximum.
 *
 *     id 5, content     count: leb, { flags: u8, least: leb, most: leb if flags has bit 0 }...
 */
import { leb, Reader, sectionsOf, withSections } from "../abi/wasm-binary.ts";

const MEMORY_SECTION = 5;
const HAS_MOST = 1;
/** Bits: it has a maximum, is shared between threads, has 64-bit addresses. */
const KNOWN_FLAGS = 7;

/**
 * Limits the memories of a module.
 *
 * @param pages - maximum, in pages of 64 KiB
 * @returns the module with the limit; bytes that are not a module are returned unchanged, for the compiler to refuse.
 *   Imported memories keep their limits
 * @throws Error if the module starts with more
 */
export function limitMemory(module: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  const section = sectionsOf(module).find(({ id }) => id === MEMORY_SECTION);
  if (section === undefined) return new Uint8Array(module);
  const content = limited(new Reader(module, section.content), section.end, pages);
  return content === undefined ? new Uint8Array(module) : withSections(module, new Map([[section, content]]));
}

/** Returns the section's new content; undefined if it is truncated. */
function limited(reader: Reader, end: number, pages: number): number[] | undefined {
  const count = reader.leb();
  const content = leb(count);
  for (let index = 0; index < count; index++) {
    const flags = reader.byte();
    if (flags > KNOWN_FLAGS)
      throw new Error(`the module has a memory with unknown flags ${flags}, which cannot be limited`);
    const least = reader.leb();
    const most = (flags & HAS_MOST) === 0 ? Infinity : reader.leb();
    if (reader.at > end) return undefined;
    if (least > pages) {
      throw new Error(
        `the module needs ${least} pages of memory at the start, above the limit of ${pages}; raise the limit`,
      );
    }
    content.push(flags | HAS_MOST, ...leb(least), ...leb(Math.min(most, pages)));
  }
  return content;
}
