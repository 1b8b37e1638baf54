/** The core functions of functions over values (CanonicalABI.md, `flatten_functype`). */
import { type CoreType, type Field, MAX_FLAT_PARAMS, type ValueType } from "./value-types.ts";

export interface FuncType {
  readonly kind: "func";
  readonly params: readonly Field[];
  readonly result: ValueType | undefined;
  /** Whether it may wait while its caller goes on (WASI 0.3). */
  readonly asynchronous: boolean;
}

/** A core function's type, written as `i32 i64 -> i32`: equal types are equal strings. */
export type Signature = string;

export function signature(params: readonly string[], results: readonly string[]): Signature {
  return `${params.join(" ")} -> ${results.join(" ")}`;
}

/** The number of a core function's parameters. */
export function arity(of: Signature): number {
  const params = of.slice(0, of.indexOf(" ->"));
  return params === "" ? 0 : params.split(" ").length;
}

/** The parameters' core values; undefined if they are too many, and go through memory. */
export function flatParams(type: FuncType): readonly CoreType[] | undefined {
  const flat: CoreType[] = [];
  for (const param of type.params) {
    if (param.type.flat === undefined) return undefined;
    flat.push(...param.type.flat);
    if (flat.length > MAX_FLAT_PARAMS) return undefined;
  }
  return flat;
}

/** The result's core value; undefined if it goes through memory. */
export function flatResult({ result }: FuncType): readonly CoreType[] | undefined {
  if (result === undefined) return [];
  return result.flat?.length === 1 ? result.flat : undefined;
}

/** For a core function that a component exports: a larger result is returned by its address. */
export function liftedSignature(type: FuncType): Signature {
  return signature(flatParams(type) ?? ["i32"], flatResult(type) ?? ["i32"]);
}

/** For a core function that a component imports: a larger result is written to an address of the caller. */
export function loweredSignature(type: FuncType): Signature {
  const params = flatParams(type) ?? ["i32"];
  const results = flatResult(type);
  return results === undefined ? signature([...params, "i32"], []) : signature(params, results);
}

/** The side of a call: the component's own functions are lifted, and those that it imports are lowered. */
export type Side = "lift" | "lower";

/** Whether values go through memory. */
export function needsMemory(type: FuncType): boolean {
  if (type.result?.pointers === true || type.params.some((param) => param.type.pointers)) return true;
  return flatParams(type) === undefined || flatResult(type) === undefined;
}

/** Whether memory is allocated. */
export function needsRealloc(type: FuncType, side: Side): boolean {
  if (side === "lower") return type.result?.pointers === true;
  return type.params.some((param) => param.type.pointers) || flatParams(type) === undefined;
}
