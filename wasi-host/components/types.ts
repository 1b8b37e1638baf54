/** Types in one instance of a component: indices are resolved, and each resource belongs to that instance. */

import { ComponentError } from "../errors/component-error.ts";
import type { Declaration, FuncDefinition, TypeDefinition, TypeUse } from "./binary/definitions.ts";
import type { FuncType } from "./function-types.ts";
import { ResourceType } from "./handles.ts";
import {
  channel,
  enumeration,
  fixedList,
  flags,
  handle,
  list,
  option,
  PRIMITIVES,
  record,
  result,
  tuple,
  type ValueType,
  variant,
} from "./value-types.ts";

/** The type of an instance or component: its declarations, evaluated at each use. */
export interface InterfaceType {
  readonly kind: "instance" | "component";
  readonly declarations: readonly Declaration[];
  readonly scope: TypeScope;
}

export type Type = ValueType | FuncType | ResourceType<unknown> | InterfaceType;

/** The type index space of a component instance, or of the type of an instance. */
export class TypeScope {
  readonly #outer: TypeScope | undefined;
  readonly #types: Type[] = [];

  constructor(outer: TypeScope | undefined) {
    this.#outer = outer;
  }

  add(type: Type): void {
    this.#types.push(type);
  }

  get(index: number): Type {
    return this.#types[index];
  }

  /** A type of an outer scope. */
  outer(scopes: number, index: number): Type {
    let scope: TypeScope = this;
    for (let left = scopes; left > 0; left--) scope = scope.#outer!;
    return scope.get(index);
  }

  func(index: number, at: number): FuncType {
    const type = this.get(index);
    if ("kind" in type && type.kind === "func") return type;
    throw wrongType(at, index, "a function's type");
  }

  resource(index: number, at: number): ResourceType<unknown> {
    const type = this.get(index);
    if (type instanceof ResourceType) return type;
    throw wrongType(at, index, "a resource");
  }

  value(use: TypeUse, at: number): ValueType {
    if (typeof use === "string") return PRIMITIVES[use];
    const type = this.get(use);
    if ("size" in type) return type;
    throw wrongType(at, use, "a value type");
  }

  #optional(use: TypeUse | undefined, at: number): ValueType | undefined {
    return use === undefined ? undefined : this.value(use, at);
  }

  /** A type of this scope; resources are made by its instance. */
  evaluate(definition: Exclude<TypeDefinition, { readonly kind: "resource" }>, at: number): Type {
    switch (definition.kind) {
      case "primitive":
        return PRIMITIVES[definition.primitive];
      case "record":
        return record(definition.fields.map(({ name, type }) => ({ name, type: this.value(type, at) })));
      case "variant":
        return variant(
          "variant",
          definition.cases.map(({ name, type }) => ({ name, type: this.#optional(type, at) })),
        );
      case "list": {
        const element = this.value(definition.element, at);
        return definition.length === undefined ? list(element) : fixedList(element, definition.length);
      }
      case "map":
        return list(tuple([this.value(definition.key, at), this.value(definition.value, at)]));
      case "tuple":
        return tuple(definition.elements.map((element) => this.value(element, at)));
      case "flags":
        return flags(definition.names);
      case "enum":
        return enumeration(definition.names);
      case "option":
        return option(this.value(definition.element, at));
      case "result":
        return result(this.#optional(definition.ok, at), this.#optional(definition.error, at));
      case "own":
      case "borrow":
        return handle(definition.kind, this.resource(definition.resource, at));
      case "stream":
      case "future":
        return channel(definition.kind, this.#optional(definition.element, at));
      case "func":
        return this.#func(definition, at);
      default:
        return { kind: definition.kind, declarations: definition.declarations, scope: this };
    }
  }

  #func({ params, result, asynchronous }: FuncDefinition, at: number): FuncType {
    const evaluated = params.map(({ name, type }) => ({ name, type: this.value(type, at) }));
    return { kind: "func", params: evaluated, result: this.#optional(result, at), asynchronous };
  }
}

function wrongType(at: number, index: number, expected: string): ComponentError {
  return new ComponentError(`damaged component at byte ${at}: type ${index} is not ${expected}`);
}
