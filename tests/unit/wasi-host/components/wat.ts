/** Components from their text, linked to a host of a few functions. */
import { parse } from "@bytecodealliance/jco";
import { flatParams, flatResult } from "../../../../wasi-host/components/function-types.ts";
import type { ResourceType } from "../../../../wasi-host/components/handles.ts";
import type { ComponentHost, FlatFunction, Lowering } from "../../../../wasi-host/components/host.ts";
import type { GuestHandle, Instance, LiftedFunc } from "../../../../wasi-host/components/items.ts";
import { CompiledComponent, type LinkOptions } from "../../../../wasi-host/components/linker.ts";
import { type HandleCarrier, ValueReader, ValueWriter } from "../../../../wasi-host/components/values.ts";

export const compileModule = (bytes: Uint8Array) => WebAssembly.compile(new Uint8Array(bytes));

export async function compiled(wat: string): Promise<CompiledComponent> {
  return CompiledComponent.compile(await parse(`(component ${wat})`), compileModule);
}

type Made = (lowering: Lowering) => FlatFunction;

/** Functions by "interface name"; each drop is noted. */
export class TinyHost implements ComponentHost {
  readonly #functions: Readonly<Record<string, Made>>;
  readonly dropped: string[] = [];
  readonly asked: string[] = [];

  constructor(functions: Readonly<Record<string, Made>> = {}) {
    this.#functions = functions;
  }

  lower(interfaceName: string, version: string, name: string, lowering: Lowering): FlatFunction | undefined {
    this.asked.push(`${interfaceName} ${version} ${name}`);
    return this.#functions[`${interfaceName} ${name}`]?.(lowering);
  }

  drop(interfaceName: string, resource: string): FlatFunction | undefined {
    if (!interfaceName.startsWith("wasi:")) return undefined;
    return (handle) => {
      this.dropped.push(`${interfaceName} ${resource} ${handle}`);
      return undefined;
    };
  }

  waits(): boolean {
    return false;
  }
}

export async function linked(
  wat: string,
  host: ComponentHost = new TinyHost(),
  options: Partial<LinkOptions> = {},
): Promise<Instance> {
  return (await compiled(wat)).link({ host, ...options });
}

/** Handles of the component's own resources, as the host of a library has them: by what they stand for. */
function carrier({ instance: { handles } }: LiftedFunc): HandleCarrier {
  return {
    lift: (_, resource, handle) => handles.remove(resource as ResourceType<GuestHandle>, handle).representation,
    lower: () => {
      throw new Error("no handles");
    },
  };
}

/** Calls an exported function with values of JavaScript's. */
export function call(exports: Instance, name: string, ...values: unknown[]): unknown {
  const func = exports.get("func", name, 0) as LiftedFunc;
  const { core, instance, postReturn, type } = func;
  const leave = instance.enter();
  const types = type.params.map((param) => param.type);
  const passed = new ValueWriter(func, carrier(func)).values(types, values, flatParams(type));
  const returned = (core.value as FlatFunction)(...passed);
  const results = type.result === undefined ? [] : [type.result];
  const core1 = returned === undefined ? [] : [returned];
  const [result] = new ValueReader(func, carrier(func)).values(results, flatResult(type), core1, "a result");
  if (postReturn !== undefined) instance.withoutLeaving(() => postReturn(...core1));
  leave();
  return result;
}

/** The message of the trap that `act` ends in. */
export function trapOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return error.message;
    throw error;
  }
  throw new Error("expected a trap");
}
