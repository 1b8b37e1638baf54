/** Values of scripts. They have no prototypes and no hidden members, so that a script reaches nothing but what it is given. */

import type { Outcome } from "../session/actions.ts";

/** A call that the script is given. */
export class Builtin {
  readonly name: string;
  /** Returns a value, or a suspension if the caller sleeps. */
  readonly call: (values: readonly Value[], line: number) => Value | Suspension;

  constructor(name: string, call: Builtin["call"]) {
    this.name = name;
    this.call = call;
  }
}

/** An object literal, or a namespace. */
export class Fields {
  readonly fields = new Map<string, Value>();
}

/** A function of the script. */
export abstract class Closure {
  abstract readonly name: string;
}

/** A worker lets others run, until the scheduler resumes it with a value. */
export class Suspension {
  readonly line: number;
  /** The number of the sleeper, if the call sleeps for readiness. */
  readonly sleeper: number | undefined;
  /** Milliseconds, for `sleep`. */
  readonly ms: number;
  /** What the call gave, if it need not sleep. */
  readonly outcome: Outcome | undefined;
  /** Turns what the call gave into the script's value. */
  readonly finish: (outcome: Outcome | undefined) => Value;

  private constructor(line: number, ms: number, finish: Suspension["finish"], outcome?: Outcome) {
    this.line = line;
    this.ms = ms;
    this.finish = finish;
    this.sleeper = outcome?.asleep;
    this.outcome = outcome?.asleep === undefined ? outcome : undefined;
  }

  /** A wait. Others run even if it returns at once. */
  static forReadiness(line: number, outcome: Outcome, finish: (outcome: Outcome) => Value): Suspension {
    return new Suspension(line, 0, (result) => finish(result!), outcome);
  }

  static forTime(line: number, ms: number): Suspension {
    return new Suspension(line, ms, () => undefined);
  }
}

export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | Value[]
  | Fields
  | Closure
  | Builtin
  | Map<Value, Value>
  | Set<Value>;

export type EndKind = "done" | "asleep" | "syntax" | "error" | "limit";

/** Why a script has stopped, and where. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly kind: Exclude<EndKind, "done" | "asleep">;
  readonly line: number;

  constructor(kind: ScriptError["kind"], message: string, line: number) {
    super(message);
    this.kind = kind;
    this.line = line;
  }
}

/** A value as `print` shows it. */
export function shown(value: Value, depth = 0): string {
  if (typeof value === "string") return depth === 0 ? value : JSON.stringify(value);
  if (depth > 3) return "…";
  const list = (values: Iterable<Value>) => [...values].slice(0, 20).map((one) => shown(one, depth + 1));
  if (Array.isArray(value)) return `[${list(value).join(", ")}]`;
  if (value instanceof Set) return `{${list(value).join(", ")}}`;
  if (value instanceof Map) return `{${[...value].slice(0, 20).map((pair) => list(pair).join(" → "))}}`;
  if (value instanceof Fields) {
    return `{ ${[...value.fields].map(([name, field]) => `${name}: ${shown(field, depth + 1)}`).join(", ")} }`;
  }
  if (value instanceof Builtin || value instanceof Closure) return `${value.name}()`;
  return String(value);
}

/** The type of a value, for messages. */
export function typeName(value: Value): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Builtin || value instanceof Closure) return "a function";
  if (value instanceof Map) return "a Map";
  if (value instanceof Set) return "a Set";
  if (value instanceof Fields) return "an object";
  return value === undefined ? "undefined" : `a ${typeof value}`;
}
