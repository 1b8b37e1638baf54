/** A program: a WebAssembly module, or the bytes of a module or component. */
import type { CompiledComponent } from "../components/linker.ts";
import { ArgumentError, shown } from "../errors/argument-error.ts";
import { compileLarge, readExtendedConstants } from "../platform/index.ts";
import { limitMemory } from "./memory-limit.ts";

const MAGIC = [0, 0x61, 0x73, 0x6d];
/** The version of a core module, and its layer. A component has the same magic number, and layer 1. */
const COMPONENT = [0x0d, 0, 1, 0];

/** Whether these are the bytes of a component (WASI 0.2 and later). V8's own message does not say so. */
export function isComponent(bytes: Uint8Array): boolean {
  return [...MAGIC, ...COMPONENT].every((byte, index) => bytes[index] === byte);
}

/** Throws an ArgumentError for a path, or any other value than a module or bytes. */
export function checkProgram(program: unknown): asserts program is WebAssembly.Module | Uint8Array {
  if (program instanceof Uint8Array || program instanceof WebAssembly.Module) return;
  const expected = "expected a WebAssembly.Module, or the bytes of a module or component as a Uint8Array";
  const remedy = typeof program === "string" ? "; read the file: run(await readFile(path), ...)" : "";
  throw new ArgumentError(`run(${shown(program)}): ${expected}${remedy}`, "ERR_INVALID_ARG_TYPE");
}

/** V8's message about arithmetic in a constant expression. */
const EXTENDED_CONSTANT = /constant expression/;

/** The bytes as a module. `pages`: the memory's maximum, in 64 KiB. */
export async function compileModule(bytes: Uint8Array, pages?: number): Promise<WebAssembly.Module> {
  const limited = pages === undefined ? unshared(bytes) : limitMemory(bytes, pages);
  try {
    return await compiled(limited);
  } catch (error) {
    if (!EXTENDED_CONSTANT.test((error as Error).message) || !readExtendedConstants()) throw error;
    return await compiled(limited);
  }
}

/** Bytes. Such a module is compiled before another thread begins. */
const SMALL = 65_536;

function compiled(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module | Promise<WebAssembly.Module> {
  if (bytes.length > SMALL) return compileLarge(bytes);
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    // The main thread of some browsers compiles at most 4 KiB.
    if (error instanceof RangeError) return compileLarge(bytes);
    throw error;
  }
}

/** The engine copies the bytes before it compiles them, and refuses memory that is shared between threads. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

/** A compiled program. */
export type Program = WebAssembly.Module | CompiledComponent;

/**
 * Compiles a module, or a component; each of its modules is limited. The linker is loaded only for a component: modules
 * start, and pages load, without it.
 */
export async function compile(bytes: Uint8Array, pages?: number): Promise<Program> {
  if (!isComponent(bytes)) return compileModule(bytes, pages);
  const { CompiledComponent } = await import("../components/linker.ts");
  return CompiledComponent.compile(bytes, (module) => compileModule(module, pages));
}

const PREVIEW1 = "wasi_snapshot_preview1";

/** Import names of other targets, with the build option for this one. */
const TARGETS: readonly [pattern: RegExp, remedy: string][] = [
  [/^env\.abort$/, "AssemblyScript: compile with --use abort="],
  [
    /^env\.(seed|trace|console\.\w+|Date\.\w+|performance\.\w+|process\.\w+|crypto\.\w+)$/,
    "AssemblyScript: WASI has no JavaScript globals; @assemblyscript/wasi-shim implements some of them",
  ],
  [/^wasi_unstable\./, "it is built for WASI's preview0; build it again with today's wasi-sdk, Rust or Go"],
  [/^wasi(x_\d+v1|\.thread-spawn)/, "pollux has neither WASIX nor threads; build it for wasm32-wasip1"],
  [/^wasi:/, "these are parts of a component; build it for WASI preview1 (wasm32-wasip1)"],
  [/^(go|gojs)\./, "Go: build it with GOOS=wasip1 in place of GOOS=js"],
  [
    /^(wbg|__wbindgen_placeholder__|__wbindgen_externref_xform__)\./,
    "Rust: wasm-bindgen is for JavaScript; build it for wasm32-wasip1",
  ],
  [
    /^env\.(emscripten_|_emscripten_|__syscall|__cxa_|invoke_)/,
    "Emscripten: link with -sSTANDALONE_WASM, or use wasi-sdk",
  ],
];

/**
 * Describes the first import that the host lacks, with a remedy; undefined if there is none.
 *
 * @param imports - the host's calls under `wasi_snapshot_preview1`
 */
function unknownImport(module: WebAssembly.Module, imports: object): string | undefined {
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (from === PREVIEW1 && Object.hasOwn(imports, name)) continue;
    const full = `${from}.${name}`;
    const memory = kind === "memory" ? "its memory has to be its own: link without --import-memory" : undefined;
    const remedy = memory ?? TARGETS.find(([pattern]) => pattern.test(full))?.[1] ?? "build it for WASI preview1";
    return `imports ${full}, which is not in ${PREVIEW1}; ${remedy}`;
  }
  return undefined;
}

/** Throws an ArgumentError for a module that `unknownImport` refuses. `name`: the module's in the message. */
export function checkImports(module: WebAssembly.Module, imports: object, name = "the module"): void {
  const unknown = unknownImport(module, imports);
  if (unknown !== undefined) throw new ArgumentError(`${name} ${unknown}`);
}
