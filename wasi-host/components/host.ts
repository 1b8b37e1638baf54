/** The contract between the linker and a binding, which implements a component's imports. */
import type { FuncType } from "./function-types.ts";
import type { HandleTable } from "./handles.ts";

/** A function over core values, as core modules import it (CanonicalABI.md, "Flattening"). */
export type FlatFunction = (...values: (number | bigint)[]) => number | bigint | undefined;

/** The options of a `canon lower`, for its function. */
export interface Lowering {
  /** The memory of the calling module. `realloc` may grow it, which detaches earlier views. */
  readonly memory: WebAssembly.Memory | undefined;
  /**
   * Allocates in that memory; 4 arguments: old address, old size, alignment, new size, in bytes. Its returned address
   * is already checked.
   */
  readonly realloc: ((old: number, oldSize: number, align: number, size: number) => number) | undefined;
  /** The handles of the calling component instance. */
  readonly handles: HandleTable;
}

/** A function's type in a component's import, and in the WIT of its interface, as text. */
export interface Mismatch {
  readonly found: string;
  readonly expected: string;
}

/** Interfaces and their functions, each named as in its WIT. */
export interface ComponentHost {
  /**
   * Compares a function's type in a component with the WIT's; without this method, types are not compared.
   *
   * @returns undefined if they are equal, or the function is unknown
   */
  mismatch?(interfaceName: string, name: string, type: FuncType): Mismatch | undefined;
  /**
   * Makes a function for one `canon lower`.
   *
   * @param interfaceName without its version, such as "wasi:io/streams"
   * @param version such as "0.2.9"; empty without a version
   * @param name such as "[method]input-stream.read"
   * @returns undefined if the host does not have it: then the linker makes a function that traps
   */
  lower(interfaceName: string, version: string, name: string, lowering: Lowering): FlatFunction | undefined;
  /**
   * Makes the function that drops a handle of a resource.
   *
   * @returns undefined if the host does not have the resource
   */
  drop(interfaceName: string, resource: string, handles: HandleTable): FlatFunction | undefined;
  /** Whether a call may have to wait. If the guest suspends, it is then imported as `WebAssembly.Suspending`. */
  waits(interfaceName: string, name: string): boolean;
}
