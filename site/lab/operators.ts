/** Operators on numbers, strings and booleans, as JavaScript has them. Other values can be compared, and nothing else. */
import type { Budget } from "./budget.ts";
import { ScriptError, typeName, type Value } from "./values.ts";

const BINARY: Readonly<Record<string, (left: number, right: number) => Value>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
  "&": (left, right) => left & right,
  "|": (left, right) => left | right,
  "^": (left, right) => left ^ right,
  "<<": (left, right) => left << right,
  ">>": (left, right) => left >> right,
  ">>>": (left, right) => left >>> right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

export function binary(operator: string, left: Value, right: Value, budget: Budget, line: number): Value {
  if (operator === "===" || operator === "==") return left === right;
  if (operator === "!==" || operator === "!=") return left !== right;
  if (!Object.hasOwn(BINARY, operator)) throw new ScriptError("syntax", `scripts here do not have ${operator}`, line);
  for (const operand of [left, right]) {
    if (typeof operand === "number" || typeof operand === "string" || typeof operand === "boolean") continue;
    throw new ScriptError("error", `${operator} of ${typeName(operand)}`, line);
  }
  const result = BINARY[operator](left as number, right as number);
  if (typeof result === "string") budget.allocate(result.length, line);
  return result;
}

export function unary(operator: string, value: Value, line: number): Value {
  if (operator === "!") return !value;
  if (operator === "typeof") return typeName(value).replace(/^an? /, "");
  if (typeof value !== "number") throw new ScriptError("error", `${operator} of ${typeName(value)}`, line);
  if (operator === "-") return -value;
  if (operator === "~") return ~value;
  throw new ScriptError("syntax", `scripts here do not have ${operator}`, line);
}
