/**
 * The caller of a flat function: the memory of its module, its allocator, and its handles.
 *
 * Pointers and lengths come from the guest and are not trusted: each is checked before anything is written. An invalid
 * one is a trap (canonical ABI). A call of the guest's `realloc` may grow its memory: views are renewed after each.
 */
import type { HandleTable } from "../../components/handles.ts";
import type { Lowering } from "../../components/host.ts";
import { GuestMemory } from "../../memory/guest-memory.ts";
import { type Layout, LIST, RESULT_BYTE, type ResultLayout } from "./layout.ts";
import { trap } from "./trap.ts";

/** One for each memory, so that a driver recognizes it. */
const memories = new WeakMap<WebAssembly.Memory, GuestMemory>();

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The cases of result. */
export const SUCCEEDED = 0;
export const FAILED = 1;

/** The address of an empty list: not null, and aligned for every type. */
const NOWHERE = 8;

export class Caller {
  readonly memory: GuestMemory;
  readonly handles: HandleTable;
  readonly #realloc: Lowering["realloc"];

  constructor({ memory, realloc, handles }: Lowering) {
    this.memory = memory === undefined ? new GuestMemory() : viewed(memory);
    this.handles = handles;
    this.#realloc = realloc;
  }

  /** The checked place of a result, as an unsigned address. Views are fresh afterwards. */
  place(pointer: number, { size, align }: Layout): number {
    const { memory } = this;
    memory.refresh();
    const at = pointer >>> 0;
    if ((at & (align - 1)) !== 0) trap(`the result's address ${at} is not aligned to ${align}`);
    if (!memory.holds(at, size)) trap(`the result's address ${at} is beyond memory`);
    return at;
  }

  /** The checked address of the guest's list. `count` is unsigned. Views are fresh afterwards. */
  list(pointer: number, count: number, { size, align }: Layout): number {
    const { memory } = this;
    memory.refresh();
    const at = pointer >>> 0;
    if ((at & (align - 1)) !== 0) trap(`the list's address ${at} is not aligned to ${align}`);
    if (!memory.holds(at, count * size)) trap(`a list of ${count} at ${at} is beyond memory`);
    return at;
  }

  /** The checked address of the guest's bytes. */
  bytes(pointer: number, length: number): number {
    const { memory } = this;
    memory.refresh();
    const at = pointer >>> 0;
    if (!memory.holds(at, length)) trap(`a list of ${length} at ${at} is beyond memory`);
    return at;
  }

  /** A string of the guest. */
  text(pointer: number, length: number): string {
    const size = length >>> 0;
    const at = this.bytes(pointer, size);
    try {
      return utf8.decode(this.memory.bytes.slice(at, at + size));
    } catch {
      return trap(`the string at ${at} is not UTF-8`);
    }
  }

  /** Allocates a list in the guest's memory, above 0. Views are fresh afterwards. */
  allocate(align: number, size: number): number {
    if (size === 0) return NOWHERE;
    return this.resize(0, 0, align, size);
  }

  /** The guest's `realloc`. */
  resize(old: number, oldSize: number, align: number, size: number): number {
    const realloc = this.#realloc;
    if (realloc === undefined) return trap("the import was lowered without realloc, and has a list to return");
    const at = realloc(old, oldSize, align, size) >>> 0;
    const { memory } = this;
    memory.refresh();
    if ((at & (align - 1)) !== 0) trap(`realloc returned ${at}, which is not aligned to ${align}`);
    if (!memory.holds(at, size)) trap(`realloc returned ${at} for ${size} bytes, which is beyond memory`);
    return at;
  }

  /** Writes the error of a result whose error is an enum. */
  fail(at: number, { payload }: ResultLayout, code: number): undefined {
    this.memory.bytes[at] = FAILED;
    this.memory.bytes[at + payload] = code;
  }

  /** Writes a result<_, enum>; a `code` below 0 is no error. */
  finish(at: number, code: number): undefined {
    if (code >= 0) return this.fail(at, RESULT_BYTE, code);
    this.memory.bytes[at] = SUCCEEDED;
  }

  /** Writes a list, whose elements are at `first`, to `at`. */
  putList(at: number, first: number, count: number): void {
    const { words } = this.memory;
    words[at >>> 2] = first;
    words[(at >>> 2) + 1] = count;
  }

  /** Writes a string to `at`. */
  putText(at: number, text: string): void {
    this.putBytes(at, encoder.encode(text));
  }

  /** Writes a list of bytes to `at`. */
  putBytes(at: number, bytes: Uint8Array): void {
    const first = this.allocate(1, bytes.length);
    this.memory.bytes.set(bytes, first);
    this.putList(at, first, bytes.length);
  }

  /** Writes a list of strings, or of tuples of strings, to `at`. */
  putTexts(at: number, texts: readonly string[], stringsEach = 1): void {
    const first = this.allocate(LIST.align, texts.length * LIST.size);
    for (const [index, text] of texts.entries()) this.putText(first + index * LIST.size, text);
    this.putList(at, first, texts.length / stringsEach);
  }
}

function viewed(memory: WebAssembly.Memory): GuestMemory {
  let found = memories.get(memory);
  if (found === undefined) {
    found = new GuestMemory();
    found.attach(memory);
    memories.set(memory, found);
  }
  return found;
}
