/** What a component's imports are made of: the contract between the linker and a binding. */
import type { FuncType } from "./function-types.ts";
import type { HandleTable } from "./handles.ts";

/** A function over core values, as a core module imports it (CanonicalABI.md, "Flattening"). */
export type FlatFunction = (...values: (number | bigint)[]) => number | bigint | undefined;

/** What one `canon lower` gives to the function that it makes. */
export interface Lowering {
  /** Of the module that calls. A call of `realloc` may grow it: views from before are detached then. */
  readonly memory: WebAssembly.Memory | undefined;
  /** Allocates in that memory; 4 arguments: old address, old size, alignment, new size, in bytes. The address that it returns is checked already. */
  readonly realloc: ((old: number, oldSize: number, align: number, size: number) => number) | undefined;
  /** The handles of the component instance that calls. */
  readonly handles: HandleTable;
}

/** A function's type as a component imports it, and as the WIT of its interface has it: as text. */
export interface Mismatch {
  readonly found: string;
  readonly expected: string;
}

/** Interfaces and their functions, each named as in its WIT. */
export interface ComponentHost {
  /**
   * Compares the type by which a component imports a function with the WIT's; without it none is compared.
   *
   * @returns undefined where they are equal, or the function is not known
   */
  mismatch?(interfaceName: string, name: string, type: FuncType): Mismatch | undefined;
  /**
   * One function, for one `canon lower`.
   *
   * @param interfaceName without its version, such as "wasi:io/streams"
   * @param version such as "0.2.9"; empty where the component gives none
   * @param name such as "[method]input-stream.read"
   * @returns undefined where the host does not have it: the linker puts a function in its place that traps when it is called
   */
  lower(interfaceName: string, version: string, name: string, lowering: Lowering): FlatFunction | undefined;
  /**
   * What drops a handle of a resource.
   *
   * @returns undefined where the host does not have the resource
   */
  drop(interfaceName: string, resource: string, handles: HandleTable): FlatFunction | undefined;
  /** May a call have to wait? Where the guest suspends it is imported as `WebAssembly.Suspending` then. */
  waits(interfaceName: string, name: string): boolean;
}
