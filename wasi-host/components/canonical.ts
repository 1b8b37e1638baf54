/** Canonical definitions: the core functions that a component imports and exports its functions by (CanonicalABI.md, "Canonical Definitions"). */

import { ComponentError, LinkerGap } from "../errors/component-error.ts";
import type { CanonicalOptions } from "./binary/definitions.ts";
import type { ComponentInstance } from "./component-instance.ts";
import { crossing } from "./crossing.ts";
import {
  arity,
  type FuncType,
  liftedSignature,
  loweredSignature,
  needsMemory,
  needsRealloc,
  type Side,
  type Signature,
  signature,
} from "./function-types.ts";
import type { ResourceType } from "./handles.ts";
import type { ComponentHost, FlatFunction, Lowering } from "./host.ts";
import { providerOf } from "./interface-names.ts";
import { CoreFunc, type Func, GuestResource, type HostFunc, HostResource, type LiftedFunc } from "./items.ts";

/** Makes an import of a function that may return a promise: `WebAssembly.Suspending`. */
export type Suspend = (call: FlatFunction) => object;

/** The environment of a canonical definition. */
export interface Context {
  readonly host: ComponentHost;
  readonly instance: ComponentInstance;
  /** Undefined if the guest does not suspend. */
  readonly suspend: Suspend | undefined;
  memory(index: number): WebAssembly.Memory;
  func(index: number): CoreFunc;
  /** The error for an import that is not WASI's, and not here. */
  missing(): ComponentError;
  readonly at: number;
}

const REALLOC = signature(["i32", "i32", "i32", "i32"], ["i32"]);

interface ResolvedOptions {
  readonly memory: WebAssembly.Memory | undefined;
  readonly realloc: Lowering["realloc"];
}

/**
 * @throws ComponentError if an option that the type needs is missing or wrong
 */
function resolve(options: CanonicalOptions, type: FuncType, side: Side, context: Context): ResolvedOptions {
  const { at, instance } = context;
  const invalid = (what: string) => new ComponentError(`damaged component at byte ${at}: ${what}`);
  if (options.realloc !== undefined && options.memory === undefined) throw invalid("a realloc without its memory");
  if (options.callback !== undefined && !options.asynchronous)
    throw invalid("a callback of a function that is not async");
  if (options.memory === undefined && needsMemory(type))
    throw invalid("expected a memory, for the values do not fit in a call");
  if (options.realloc === undefined && needsRealloc(type, side))
    throw invalid("expected a realloc, for something is allocated");
  const memory = options.memory === undefined ? undefined : context.memory(options.memory);
  if (memory !== undefined && !(memory.buffer instanceof ArrayBuffer))
    throw invalid("a memory that is shared between threads");
  if (memory === undefined || options.realloc === undefined) return { memory, realloc: undefined };
  const realloc = context.func(options.realloc).as<NonNullable<Lowering["realloc"]>>(REALLOC, "realloc", at);
  return { memory, realloc: instance.realloc(realloc, memory) };
}

/** `canon lift`: a function of the component, over a core function. */
export function lift(func: number, type: FuncType, options: CanonicalOptions, context: Context): LiftedFunc {
  const { instance, at } = context;
  const core = context.func(func);
  const { asynchronous, encoding } = options;
  const common = { kind: "lifted", core, type, instance, encoding, asynchronous } as const;
  // The call is refused.
  if (asynchronous) return { ...common, memory: undefined, realloc: undefined, postReturn: undefined };
  const expected = liftedSignature(type);
  core.as(expected, "the function that is lifted", at);
  const { postReturn } = options;
  const results = expected.slice(expected.indexOf("-> ") + "-> ".length);
  return {
    ...common,
    ...resolve(options, type, "lift", context),
    postReturn: postReturn === undefined ? undefined : context.func(postReturn).as(`${results} -> `, "post-return", at),
  };
}

/** `canon lower`: a core function, over a function of the host or of another component. */
export function lower(func: Func, options: CanonicalOptions, context: Context): CoreFunc {
  const { type } = func;
  if (options.asynchronous || type.asynchronous || isAsynchronous(type)) {
    return trapping(`${nameOf(func)} is called in the way of WASI 0.3, and pollux runs WASI 0.2`);
  }
  if (options.postReturn !== undefined) {
    throw new ComponentError(`damaged component at byte ${context.at}: a post-return of a function that is lowered`);
  }
  const { memory, realloc } = resolve(options, type, "lower", context);
  const expected = loweredSignature(type);
  if (func.kind === "lifted") {
    const call = crossing(func, { memory, realloc, encoding: options.encoding }, context.instance);
    return CoreFunc.made(context.instance.leaving(call, arity(expected), nameOf(func)), expected);
  }
  if (options.encoding !== "utf8" && hasStrings(type)) {
    const what = `strings of ${nameOf(func)} in ${options.encoding}`;
    throw new LinkerGap(`the component has ${what}, which are not supported: pollux has UTF-8`);
  }
  return hostFunc(func, { memory, realloc, handles: context.instance.handles }, expected, context);
}

function hostFunc(func: HostFunc, lowering: Lowering, expected: Signature, context: Context): CoreFunc {
  const { host, instance, suspend } = context;
  const { interfaceName, version, name } = func;
  const different = host.mismatch?.(interfaceName, name, func.type);
  if (different !== undefined) {
    const { found, expected: wit } = different;
    throw new ComponentError(
      `the component imports ${nameOf(func)} as ${found}, and its WIT has ${wit}`,
      "ERR_COMPONENT_IMPORT",
    );
  }
  const call = host.lower(interfaceName, version, name, lowering);
  if (call === undefined && !interfaceName.startsWith("wasi:")) throw context.missing();
  if (call === undefined)
    return trapping(`${nameOf(func)} is not here: it is provided by ${providerOf(interfaceName)}`, expected);
  const guarded = instance.leaving(call, arity(expected), nameOf(func));
  const value = suspend !== undefined && host.waits(interfaceName, name) ? suspend(guarded) : guarded;
  return CoreFunc.made(value, expected);
}

/** A function that gives the reason when it is called. */
function trapping(message: string, expected?: Signature): CoreFunc {
  const trap = () => {
    throw new WebAssembly.RuntimeError(message);
  };
  return expected === undefined ? CoreFunc.unchecked(trap) : CoreFunc.made(trap, expected);
}

export function nameOf(func: Func): string {
  if (func.kind === "lifted") return "a function of another component";
  const { interfaceName, version, name } = func;
  if (interfaceName === "") return name;
  return `${interfaceName}${version === "" ? "" : `@${version}`} ${name}`;
}

function isAsynchronous({ params, result }: FuncType): boolean {
  return result?.asynchronous === true || params.some(({ type }) => type.asynchronous);
}

function hasStrings({ params, result }: FuncType): boolean {
  return result?.strings === true || params.some(({ type }) => type.strings);
}

const ONE = signature(["i32"], []);
const ONE_TO_ONE = signature(["i32"], ["i32"]);

/** The built-ins for resources. */
export function resourceFunction(
  canon: "resource.new" | "resource.drop" | "resource.rep",
  resource: ResourceType<unknown>,
  context: Context,
): CoreFunc {
  const { instance, at } = context;
  if (canon === "resource.drop")
    return CoreFunc.made(instance.leaving(drop(resource, context), 1, `the drop of a ${resource.name}`), ONE);
  if (!(resource instanceof GuestResource) || resource.instance !== instance) {
    throw new ComponentError(
      `damaged component at byte ${at}: ${canon} of a resource that is not this component's own`,
    );
  }
  const { handles } = instance;
  if (canon === "resource.rep")
    return CoreFunc.made((handle: number) => handles.get(resource, handle).representation, ONE_TO_ONE);
  const create = (representation: number) => handles.insert(resource, { representation, borrower: undefined });
  return CoreFunc.made(instance.leaving(create as FlatFunction, 1, canon), ONE_TO_ONE);
}

function drop(resource: ResourceType<unknown>, { host, instance }: Context): FlatFunction {
  const { handles } = instance;
  if (resource instanceof HostResource) {
    const { interfaceName, name } = resource;
    const missing = () => {
      throw new WebAssembly.RuntimeError(
        `${interfaceName} has no ${name} here: it is provided by ${providerOf(interfaceName)}`,
      );
    };
    return host.drop(interfaceName, name, handles) ?? missing;
  }
  const guest = resource as GuestResource;
  const dropOwn = (handle: number) => {
    const { representation, borrower } = handles.remove(guest, handle);
    if (borrower !== undefined) borrower.borrows--;
    if (borrower !== undefined || guest.destructor === undefined) return undefined;
    const leave = guest.instance.enter(instance);
    guest.destructor(representation);
    leave();
    return undefined;
  };
  return dropOwn as FlatFunction;
}

/** `context.get` and `context.set`. */
export function contextFunction(canon: "context.get" | "context.set", slot: number, { instance }: Context): CoreFunc {
  if (canon === "context.get") return CoreFunc.made(() => instance.context[slot], signature([], ["i32"]));
  const set = (value: number) => {
    instance.context[slot] = value;
  };
  return CoreFunc.made(set as FlatFunction, ONE);
}

/** A built-in of WASI 0.3: guests for both versions import them, and call them only under 0.3. */
export function asynchronousFunction(name: string): CoreFunc {
  return trapping(`${name} is of WASI 0.3, and pollux runs WASI 0.2`);
}
