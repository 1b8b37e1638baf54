/**
 * Calls of the C library through bun:ffi, where the runtime is Bun: a call takes 0.11 µs less than through koffi.
 *
 * They take and return numbers only. koffi makes the others, and those on another thread.
 */
import { installed } from "../../runtime/installed.ts";

type Call = (...numbers: number[]) => number;

interface BunFfi {
  linkSymbols(
    functions: Readonly<Record<string, { readonly ptr: number; readonly args: []; readonly returns: "void" }>>,
  ): { readonly symbols: Readonly<Record<string, () => void>> };
  dlopen(
    library: string,
    functions: Readonly<Record<string, { readonly args: readonly string[]; readonly returns: string }>>,
  ): { readonly symbols: Readonly<Record<string, Call>> };
}

/** The "fast" types are numbers up to 2^53, and bigints beyond. */
const PARAMETERS: Readonly<Record<string, string>> = {
  int: "i32",
  "unsigned int": "u32",
  uint32_t: "u32",
  int64_t: "i64_fast",
  uint64_t: "u64_fast",
  size_t: "u64_fast",
  uintptr_t: "ptr",
};

/** Without addresses: some of them would be bigints. */
const RESULTS: Readonly<Record<string, string>> = { int: "i32", uint32_t: "u32", int64_t: "i64_fast" };

/** Declares calls of a library by their prototypes in C. Undefined on another runtime. */
export function bunCalls(library: string): ((prototype: string) => Call) | undefined {
  if (process.versions.bun === undefined) return undefined;
  const { dlopen } = installed<BunFfi>("bun:ffi");
  return (prototype) => {
    const [, result, name, parameters] = /^(\w+) (\w+)\((.*)\)$/.exec(prototype)!;
    const args = parameters === "" ? [] : parameters.split(", ").map((one) => one.slice(0, one.lastIndexOf(" ")));
    return dlopen(library, {
      [name]: { args: args.map((type) => typeOf(PARAMETERS, type)), returns: typeOf(RESULTS, result) },
    }).symbols[name];
  };
}

/** Makes a function of the machine code at an address, without parameters and result. Undefined on another runtime. */
export function bunFunctionAt(): ((address: number) => () => void) | undefined {
  if (process.versions.bun === undefined) return undefined;
  const { linkSymbols } = installed<BunFfi>("bun:ffi");
  return (address) => linkSymbols({ code: { ptr: address, args: [], returns: "void" } }).symbols.code;
}

function typeOf(types: Readonly<Record<string, string>>, type: string): string {
  const found = types[type];
  if (found === undefined) throw new TypeError(`bun:ffi makes no calls with ${type} here: let koffi make it`);
  return found;
}
