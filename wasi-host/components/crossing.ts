/**
 * Calls from one component to another: values are lifted out of one and lowered into the other (CanonicalABI.md, "canon
 * lift", "canon lower").
 *
 * Resources of components can cross. A resource of the host belongs to its table, with its children: it is refused.
 */
import { LinkerGap } from "../errors/component-error.ts";
import type { ComponentInstance } from "./component-instance.ts";
import { type FuncType, flatParams, flatResult } from "./function-types.ts";
import type { FlatFunction } from "./host.ts";
import { type GuestHandle, GuestResource, type LiftedFunc } from "./items.ts";
import type { ValueType } from "./value-types.ts";
import { type HandleCarrier, type Side, ValueReader, ValueWriter } from "./values.ts";

/**
 * @throws LinkerGap for a function with a resource of the host
 */
export function crossing(callee: LiftedFunc, caller: Side, from: ComponentInstance): FlatFunction {
  const { core, type, instance, postReturn } = callee;
  checkResources(type);
  const types = type.params.map((param) => param.type);
  const params = flatParams(type);
  const result = flatResult(type);
  const call = core.value as FlatFunction;
  return (...values) => {
    const lent: number[] = [];
    const borrower = { borrows: 0 };
    const leave = instance.enter(from);
    const given = new ValueReader(caller, lifting(from, lent)).values(types, params, values, "the parameters");
    const passed = new ValueWriter(callee, lowering(instance, borrower)).values(types, given, params);
    const core = call(...passed);
    let returned: number | bigint | undefined;
    if (type.result !== undefined) {
      const [value] = new ValueReader(callee, lifting(instance, [])).values([type.result], result, [core!], "a result");
      const writer = new ValueWriter(caller, lowering(from, { borrows: 0 }));
      if (result === undefined) writer.result(type.result, value, Number(values.at(-1)) >>> 0);
      else [returned] = writer.values([type.result], [value], result);
    }
    if (borrower.borrows > 0)
      throw new WebAssembly.RuntimeError(`the call returns, and has ${borrower.borrows} handles that were lent to it`);
    if (postReturn !== undefined) instance.withoutLeaving(() => (core === undefined ? postReturn() : postReturn(core)));
    for (const handle of lent) from.handles.giveBack(handle);
    leave();
    return returned;
  };
}

/** Takes a handle from the giving instance. */
function lifting({ handles }: ComponentInstance, lent: number[]): HandleCarrier {
  return {
    lift(kind, resource, handle) {
      const guest = resource as GuestResource;
      const { representation, borrower } = handles.get(guest, handle);
      if (kind === "borrow") {
        handles.lend(handle);
        lent.push(handle);
      } else {
        if (borrower !== undefined)
          throw new WebAssembly.RuntimeError(`handle ${handle} was lent, and cannot be given away`);
        handles.remove(guest, handle);
      }
      return representation;
    },
    lower: unexpected,
  };
}

/** Gives a handle to the receiving instance: a borrowed handle of its own resource becomes its representation. */
function lowering(instance: ComponentInstance, borrower: { borrows: number }): HandleCarrier {
  return {
    lift: unexpected,
    lower(kind, resource, value) {
      const guest = resource as GuestResource;
      const representation = value as number;
      if (kind === "own") return instance.handles.insert(guest, { representation, borrower: undefined });
      if (guest.instance === instance) return representation;
      borrower.borrows++;
      return instance.handles.insert<GuestHandle>(guest, { representation, borrower });
    },
  };
}

function unexpected(): never {
  throw new Error("values are read from the one side and written to the other");
}

function checkResources({ params, result }: FuncType): void {
  const seen = new Set<ValueType>();
  for (const { type } of params) checkType(type, seen);
  if (result !== undefined) checkType(result, seen);
}

/** Looks at each type once, because nested types are many. */
function checkType(type: ValueType | undefined, seen: Set<ValueType>): void {
  if (type === undefined || !type.handles || seen.has(type)) return;
  seen.add(type);
  switch (type.kind) {
    case "own":
    case "borrow": {
      if (type.resource instanceof GuestResource) return;
      const what = `passes a resource of the host (${type.resource.name}) from one component to another`;
      throw new LinkerGap(`the component ${what}, which is not supported`);
    }
    case "record":
    case "tuple":
      for (const field of type.fields) checkType(field.type, seen);
      break;
    case "list":
      checkType(type.element, seen);
      break;
    case "variant":
    case "option":
    case "result":
      for (const found of type.cases) checkType(found.type, seen);
  }
}
