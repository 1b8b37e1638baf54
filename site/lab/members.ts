/** The members that values have: a list of names, and nothing else. */
import type { Budget } from "./budget.ts";
import { Builtin, Fields, ScriptError, typeName, type Value } from "./values.ts";

type Method = (self: never, values: readonly Value[], budget: Budget, line: number) => Value;

const ARRAY: Readonly<Record<string, Method>> = {
  push(self: Value[], values, budget, line) {
    budget.allocate(values.length, line);
    for (const value of values) self.push(value);
    return self.length;
  },
  unshift(self: Value[], [value], budget, line) {
    budget.allocate(1, line);
    return self.unshift(value);
  },
  pop: (self: Value[]) => self.pop(),
  shift: (self: Value[]) => self.shift(),
  includes: (self: Value[], [value]) => self.includes(value),
  indexOf: (self: Value[], [value]) => self.indexOf(value),
  slice(self: Value[], [from, to], budget, line) {
    budget.allocate(self.length, line);
    return self.slice(numeric(from), numeric(to));
  },
  splice: (self: Value[], [from, count]) => self.splice(numeric(from) ?? 0, numeric(count) ?? self.length),
};

const MAP: Readonly<Record<string, Method>> = {
  get: (self: Map<Value, Value>, [key]) => self.get(key),
  has: (self: Map<Value, Value>, [key]) => self.has(key),
  delete: (self: Map<Value, Value>, [key]) => self.delete(key),
  set(self: Map<Value, Value>, [key, value], budget, line) {
    budget.allocate(2, line);
    return self.set(key, value);
  },
};

const SET: Readonly<Record<string, Method>> = {
  has: (self: Set<Value>, [value]) => self.has(value),
  delete: (self: Set<Value>, [value]) => self.delete(value),
  add(self: Set<Value>, [value], budget, line) {
    budget.allocate(1, line);
    return self.add(value);
  },
};

function numeric(value: Value): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function methodsOf(value: Value): Readonly<Record<string, Method>> {
  if (Array.isArray(value)) return ARRAY;
  if (value instanceof Map) return MAP;
  return value instanceof Set ? SET : {};
}

/** Reads `value[name]`. */
export function member(value: Value, name: Value, budget: Budget, line: number): Value {
  if (value instanceof Fields && typeof name === "string") return value.fields.get(name);
  if ((Array.isArray(value) || typeof value === "string") && typeof name === "number") return value[name];
  if (name === "length" && (Array.isArray(value) || typeof value === "string")) return value.length;
  if (name === "size" && (value instanceof Map || value instanceof Set)) return value.size;
  const methods = methodsOf(value);
  if (typeof name === "string" && Object.hasOwn(methods, name)) {
    return new Builtin(name, (values) => methods[name](value as never, values, budget, line));
  }
  throw new ScriptError("error", `${typeName(value)} has no '${String(name)}' here`, line);
}

/** Sets `value[name]`. */
export function setMember(value: Value, name: Value, to: Value, budget: Budget, line: number): void {
  if (value instanceof Fields && typeof name === "string") {
    budget.allocate(1, line);
    value.fields.set(name, to);
  } else if (Array.isArray(value) && Number.isInteger(name) && (name as number) >= 0) {
    const index = name as number;
    budget.allocate(Math.max(0, index + 1 - value.length), line);
    value[index] = to;
  } else throw new ScriptError("error", `${typeName(value)} has no '${String(name)}' to set`, line);
}
