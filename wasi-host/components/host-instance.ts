/** An instance of the host: the functions and resources that the component declares. */

import { ComponentError } from "../errors/component-error.ts";
import type { Sort } from "./binary/definitions.ts";
import { parseInterfaceName } from "./interface-names.ts";
import type { Func, HostResource, Instance } from "./items.ts";
import { type InterfaceType, type Type, TypeScope } from "./types.ts";

export class HostInstance implements Instance {
  readonly #fullName: string;
  readonly #exports = new Map<string, { readonly sort: "func" | "type"; readonly item: Func | Type }>();

  /**
   * @param type the instance's type in the component
   * @param resource the host's resource of that interface and name
   */
  constructor(
    fullName: string,
    type: InterfaceType,
    at: number,
    resource: (interfaceName: string, name: string) => HostResource,
  ) {
    this.#fullName = fullName;
    const { name: interfaceName, version } = parseInterfaceName(fullName);
    const scope = new TypeScope(type.scope);
    for (const declaration of type.declarations) {
      switch (declaration.define) {
        case "core type":
          break;
        case "type":
          if (declaration.type.kind !== "resource") scope.add(scope.evaluate(declaration.type, declaration.at));
          break;
        case "alias":
          if (declaration.from !== "outer" || declaration.sort !== "type")
            throw this.#unsupported("an alias of an instance", at);
          scope.add(scope.outer(declaration.scopes, declaration.index));
          break;
        default: {
          const { name, extern } = declaration;
          if (extern.sort === "func") {
            const item = { kind: "host", interfaceName, version, name, type: scope.func(extern.type, at) } as const;
            this.#exports.set(name, { sort: "func", item });
          } else if (extern.sort === "type") {
            const item = extern.type === undefined ? resource(interfaceName, name) : scope.get(extern.type);
            scope.add(item);
            this.#exports.set(name, { sort: "type", item });
          } else throw this.#unsupported(`a ${extern.sort}`, at);
        }
      }
    }
  }

  get(sort: Sort, name: string, at: number): Func | Type {
    const found = this.#exports.get(name);
    if (found?.sort === sort) return found.item;
    throw new ComponentError(`damaged component at byte ${at}: its type of ${this.#fullName} has no ${sort} '${name}'`);
  }

  #unsupported(what: string, at: number): ComponentError {
    return new ComponentError(
      `the component imports ${this.#fullName} with ${what} in it at byte ${at}, which no host has: compose it with wac plug`,
      "ERR_COMPONENT_UNSUPPORTED",
    );
  }
}
