/**
 * Hints to V8 about the loops of bytecode interpreters.
 *
 * V8 compiles a function quickly first (Liftoff), and again with optimizations (TurboFan) when it has run for a while. A call
 * that has begun stays in the code that it began in. The loop of an interpreter is one call for the whole program that it
 * interprets: CPython's would never leave the first code. So it is optimized before its first call.
 *
 *     custom section "compilationHints", before the code     count: leb, hint: u8 for each function of the module
 *     hint     strategy: 2 bits, first compiler: 2 bits, last compiler: 2 bits
 *
 * https://github.com/WebAssembly/compilation-hints, in the form of V8 before 14
 */
import { type Bytes, concatenated, leb, Reader, type Section, sectionsOf } from "../abi/wasm-binary.ts";

const CUSTOM_SECTION = 0;
const CODE_SECTION = 10;
const LAZY = 1;
const OPTIMIZING = 2;
const HINT = LAZY | (OPTIMIZING << 2) | (OPTIMIZING << 4);
const NAME = new TextEncoder().encode("compilationHints");
/** Go's functions leave and return through tables of their own, and are called anew all the time. */
const GO = "go:buildid";

/** Bytes. A smaller function is not an interpreter of a whole language. */
const MIN_FUNCTION = 16_384;
const BR_TABLE = 0x0e;
/** Fewer instructions are not a language, and more labels not a table. */
const MIN_LABELS = 64;
const MAX_LABELS = 4_096;
/** Blocks around a table beside those of its labels. */
const MAX_NESTED = 64;

/** The module with hints; the same bytes if no function is an interpreter's loop. */
export function hintInterpreterLoops(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(module);
  const code = sections.find(({ id }) => id === CODE_SECTION);
  if (code === undefined || sections.some((section) => isGo(module, section))) return module;
  const hints = hintsFor(module, code);
  if (hints === undefined) return module;
  const content: Bytes[] = [leb(NAME.length), NAME, leb(hints.length), hints];
  const size = content.reduce((total, part) => total + part.length, 0);
  return concatenated([
    module.subarray(0, code.start),
    [CUSTOM_SECTION, ...leb(size)],
    ...content,
    module.subarray(code.start),
  ]);
}

function isGo(module: Uint8Array, { id, content }: Section): boolean {
  return id === CUSTOM_SECTION && new Reader(module, content).name() === GO;
}

/** Undefined without an interpreter's loop, or in a truncated section. */
function hintsFor(module: Uint8Array, { content, end }: Section): Uint8Array | undefined {
  const reader = new Reader(module, content);
  const count = reader.leb();
  if (count > end - content) return undefined;
  const hints = new Uint8Array(count);
  let found = false;
  for (let index = 0; index < count; index++) {
    const size = reader.leb();
    const start = reader.at;
    reader.at += size;
    if (reader.at > end) return undefined;
    if (size < MIN_FUNCTION || !hasLargeTable(module, start, reader.at)) continue;
    hints[index] = HINT;
    found = true;
  }
  return found ? hints : undefined;
}

/**
 * Whether the code has a br_table with many labels. The instructions are not decoded: bytes that look like one by
 * chance cost only time to optimize the function. Each byte is read once.
 */
function hasLargeTable(module: Uint8Array, start: number, end: number): boolean {
  const upToEnd = module.subarray(0, end);
  const reader = new Reader(upToEnd, start);
  for (;;) {
    const at = upToEnd.indexOf(BR_TABLE, reader.at);
    if (at < 0) return false;
    reader.at = at + 1;
    if (isTable(reader, end)) return true;
  }
}

function isTable(reader: Reader, end: number): boolean {
  const labels = reader.leb();
  if (labels < MIN_LABELS || labels > MAX_LABELS) return false;
  const different = new Set<number>();
  // The last label is the one for all other values.
  for (let index = 0; index <= labels; index++) {
    const label = reader.leb();
    if (reader.at > end || label > labels + MAX_NESTED) return false;
    different.add(label);
  }
  return different.size >= MIN_LABELS;
}
