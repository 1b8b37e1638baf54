/**
 * Compares the types of a component's imports with those of the WIT: a component made from another WIT would write its
 * results to other places than the guest expects.
 */
import type { FuncType } from "../../components/function-types.ts";
import type { Mismatch } from "../../components/host.ts";
import type { ValueType } from "../../components/value-types.ts";
import { PREVIEW2 } from "../../trace/preview2-signatures.ts";
import type { WitFunction, WitType } from "../../trace/wit-types.ts";

/** Every function of WASI 0.2 borrows its arguments, and gives away its result. */
type Ownership = "own" | "borrow";

/** Both types if the component's differs from the WIT's; undefined also for a function that the WIT does not have. */
export function mismatch(interfaceName: string, name: string, found: FuncType): Mismatch | undefined {
  const wit = PREVIEW2[interfaceName]?.[name];
  if (wit === undefined || isSame(found, wit)) return undefined;
  return { found: textOf(found), expected: textOfWit(wit) };
}

function isSame({ params, result }: FuncType, wit: WitFunction): boolean {
  return (
    params.length === wit.params.length &&
    wit.params.every(
      ([name, type], index) => params[index].name === name && matches(params[index].type, type, "borrow"),
    ) &&
    isSameOptional(result, wit.result, "own")
  );
}

function isSameOptional(found: ValueType | undefined, wit: WitType | undefined, ownership: Ownership): boolean {
  return found === undefined || wit === undefined ? found === wit : matches(found, wit, ownership);
}

/** Types without handles that are known to match: a component's functions share them, above all the codes of errors. */
const matched = new WeakMap<ValueType, WitType>();

function matches(found: ValueType, wit: WitType, ownership: Ownership): boolean {
  if (found.handles) return isAlike(found, wit, ownership);
  if (matched.get(found) === wit) return true;
  const alike = isAlike(found, wit, ownership);
  if (alike) matched.set(found, wit);
  return alike;
}

function isAlike(found: ValueType, wit: WitType, ownership: Ownership): boolean {
  switch (wit.kind) {
    case "handle":
      return (
        (found.kind === "own" || found.kind === "borrow") &&
        found.kind === ownership &&
        found.resource.name === wit.resource
      );
    case "enum":
      return (
        found.kind === "enum" &&
        found.cases.length === wit.names.length &&
        found.cases.every(({ name }, index) => name === wit.names[index])
      );
    case "flags":
      return found.kind === "flags" && areSame(found.names, wit.names);
    case "list":
      return found.kind === "list" && found.length === undefined && matches(found.element, wit.element, ownership);
    case "record":
      return (
        found.kind === "record" &&
        found.fields.length === wit.fields.length &&
        wit.fields.every(
          ([name, type], index) =>
            found.fields[index].name === name && matches(found.fields[index].type, type, ownership),
        )
      );
    case "tuple":
      return (
        found.kind === "tuple" &&
        found.fields.length === wit.fields.length &&
        wit.fields.every((type, index) => matches(found.fields[index].type, type, ownership))
      );
    case "variant":
      return (
        found.kind === kindOf(wit) &&
        found.cases.length === wit.cases.length &&
        wit.cases.every(([name, type], index) => {
          const other = found.cases[index];
          return (found.kind !== "variant" || other.name === name) && isSameOptional(other.type, type, ownership);
        })
      );
    default:
      return found.kind === wit.kind;
  }
}

/** The unique cases of an option and of a result, which are variants. */
function kindOf({ cases }: WitType & { readonly kind: "variant" }): "option" | "result" | "variant" {
  if (cases[0][0] === "none") return "option";
  return cases[0][0] === "ok" ? "result" : "variant";
}

function areSame(names: readonly string[], others: readonly string[]): boolean {
  return names.length === others.length && names.every((name, index) => name === others[index]);
}

// As in WIT, with the names of all types that have one.

function textOf({ params, result }: FuncType): string {
  return func(
    params.map(({ name, type }) => `${name}: ${textOfValue(type)}`),
    result && textOfValue(result),
  );
}

function textOfWit({ params, result }: WitFunction): string {
  return func(
    params.map(([name, type]) => `${name}: ${textOfType(type, "borrow")}`),
    result && textOfType(result, "own"),
  );
}

function func(params: readonly string[], result: string | undefined): string {
  return `func(${params.join(", ")})${result === undefined ? "" : ` -> ${result}`}`;
}

function textOfValue(type: ValueType): string {
  switch (type.kind) {
    case "own":
    case "borrow":
      return `${type.kind}<${type.resource.name}>`;
    case "flags":
      return braced("flags", type.names);
    case "list":
      return applied("list", [textOfValue(type.element), ...(type.length === undefined ? [] : [`${type.length}`])]);
    case "stream":
    case "future":
      return applied(type.kind, type.element === undefined ? [] : [textOfValue(type.element)]);
    case "record":
      return braced(
        "record",
        type.fields.map(({ name, type: field }) => `${name}: ${textOfValue(field)}`),
      );
    case "tuple":
      return applied(
        "tuple",
        type.fields.map(({ type: field }) => textOfValue(field)),
      );
    case "enum":
    case "variant":
    case "option":
    case "result":
      return choice(
        type.kind,
        type.cases.map(({ name, type: payload }) => [name, payload && textOfValue(payload)]),
      );
    default:
      return type.kind;
  }
}

function textOfType(type: WitType, ownership: Ownership): string {
  const text = (part: WitType) => textOfType(part, ownership);
  switch (type.kind) {
    case "handle":
      return `${ownership}<${type.resource}>`;
    case "enum":
    case "flags":
      return braced(type.kind, type.names);
    case "list":
      return applied("list", [text(type.element)]);
    case "record":
      return braced(
        "record",
        type.fields.map(([name, field]) => `${name}: ${text(field)}`),
      );
    case "tuple":
      return applied("tuple", type.fields.map(text));
    case "variant":
      return choice(
        kindOf(type),
        type.cases.map(([name, payload]) => [name, payload && text(payload)]),
      );
    default:
      return type.kind;
  }
}

function choice(kind: string, cases: readonly (readonly [name: string, payload: string | undefined])[]): string {
  if (kind === "option") return applied("option", [cases[1][1] ?? "_"]);
  if (kind === "result")
    return applied(
      "result",
      cases.map(([, payload]) => payload ?? "_"),
    );
  return braced(
    kind,
    cases.map(([name, payload]) => (payload === undefined ? name : `${name}(${payload})`)),
  );
}

function braced(kind: string, parts: readonly string[]): string {
  return `${kind} { ${parts.join(", ")} }`;
}

function applied(kind: string, parts: readonly string[]): string {
  return parts.length === 0 ? kind : `${kind}<${parts.join(", ")}>`;
}
