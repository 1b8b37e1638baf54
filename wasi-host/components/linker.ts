/**
 * Links a component: executes its definitions in the order of the binary, each adding to an index space (component
 * model, Explainer.md).
 *
 * The host provides the imports. `canon lower` makes a flat JavaScript function of a host function, and the core module
 * calls it directly. An inner component is linked in the same way, with its arguments as imports.
 */

import { ComponentError } from "../errors/component-error.ts";
import { monotonic } from "../runtime/clock.ts";
import { decode } from "./binary/decoder.ts";
import type { Alias, CoreSort, Definition, Extern, Named, Sort } from "./binary/definitions.ts";
import {
  asynchronousFunction,
  type Context,
  contextFunction,
  lift,
  lower,
  resourceFunction,
  type Suspend,
} from "./canonical.ts";
import { ComponentInstance } from "./component-instance.ts";
import { CoreModule } from "./core-module.ts";
import { signature } from "./function-types.ts";
import { HandleTable, ResourceType } from "./handles.ts";
import type { ComponentHost } from "./host.ts";
import { HostInstance } from "./host-instance.ts";
import { checkVersion, missing, parseInterfaceName } from "./interface-names.ts";
import {
  type Component,
  type CoreFunc,
  CoreInstance,
  type CoreValue,
  type Func,
  GuestResource,
  HostResource,
  type Instance,
} from "./items.ts";
import { LinkingWork } from "./limits.ts";
import { type InterfaceType, type Type, TypeScope } from "./types.ts";

export interface LinkOptions {
  readonly host: ComponentHost;
  /** The most open handles of each instance of a component. */
  readonly maxHandles?: number;
  /** For a suspending guest: makes an import of a function that may return a promise. */
  readonly suspend?: Suspend;
  /** Called when the component is linked. */
  readonly onLinked?: (times: LinkingTimes) => void;
}

/** Milliseconds. Node loads several modules for `performance`. */
const now = () => Number(monotonic()) / 1e6;

/** Milliseconds of each part of linking. */
export interface LinkingTimes {
  /** The component's own binary, without its core modules. */
  readonly decode: number;
  /** The core modules, on several threads. */
  readonly compile: number;
  /** The core modules, with their start functions. */
  readonly instantiate: number;
  /** Types, and the functions between modules and host. */
  readonly bind: number;
}

type CompileModule = (bytes: Uint8Array) => Promise<WebAssembly.Module>;

/** A component with compiled core modules, which can be linked more than once. */
export class CompiledComponent {
  readonly bytes: Uint8Array;
  /** Compiles a module, with its memory limit. */
  readonly compileModule: CompileModule;
  readonly #definitions: readonly Definition[];
  readonly #modules: ReadonlyMap<Definition, CoreModule>;
  readonly #times: Pick<LinkingTimes, "decode" | "compile">;

  private constructor(
    bytes: Uint8Array,
    compileModule: CompileModule,
    definitions: readonly Definition[],
    modules: ReadonlyMap<Definition, CoreModule>,
    times: Pick<LinkingTimes, "decode" | "compile">,
  ) {
    this.bytes = bytes;
    this.compileModule = compileModule;
    this.#definitions = definitions;
    this.#modules = modules;
    this.#times = times;
  }

  /**
   * @param compile compiles a module, with its memory limit
   * @throws ComponentError for an invalid component
   */
  static async compile(bytes: Uint8Array, compile: CompileModule): Promise<CompiledComponent> {
    const start = now();
    const definitions = decode(bytes);
    const decoded = now();
    const modules = new Map<Definition, CoreModule>();
    const compiling = coreModules(definitions).map(async (definition) => {
      try {
        modules.set(definition, new CoreModule(await compile(definition.bytes), definition.bytes));
      } catch (error) {
        if (!(error instanceof WebAssembly.CompileError)) throw error;
        throw new ComponentError(
          `damaged component at byte ${definition.at}: a core module is not valid: ${error.message}`,
        );
      }
    });
    await Promise.all(compiling);
    const times = { decode: decoded - start, compile: now() - decoded };
    return new CompiledComponent(bytes, compile, definitions, modules, times);
  }

  /** The names of its imports and exports. */
  get imports(): readonly string[] {
    return this.#definitions.flatMap((definition) => (definition.define === "import" ? [definition.name] : []));
  }

  get exports(): readonly string[] {
    return this.#definitions.flatMap((definition) => (definition.define === "export" ? [definition.name] : []));
  }

  /**
   * Makes an instance, and runs the start functions of its core modules.
   *
   * @returns its exports
   * @throws ComponentError if it cannot be linked; LinkerGap if jco's JavaScript may run; WebAssembly.RuntimeError for a trap of a start function
   */
  link(options: LinkOptions): Instance {
    const start = now();
    for (const name of this.imports) checkVersion(parseInterfaceName(name), "imports");
    const linker = new Linker(this.#modules, this.imports, options);
    const exports = linker.root(this.#definitions);
    const { instantiate } = linker;
    options.onLinked?.({ ...this.#times, instantiate, bind: now() - start - instantiate });
    return exports;
  }
}

type ModuleDefinition = Definition & { readonly define: "core module" };

function coreModules(definitions: readonly Definition[]): ModuleDefinition[] {
  return definitions.flatMap((definition) => {
    if (definition.define === "core module") return [definition];
    return definition.define === "component" ? coreModules(definition.definitions) : [];
  });
}

/** The items of all spaces except the types. */
interface Items {
  readonly "core func": CoreFunc;
  readonly "core table": CoreValue;
  readonly "core memory": CoreValue;
  readonly "core global": CoreValue;
  readonly "core tag": CoreValue;
  readonly "core type": undefined;
  readonly "core module": CoreModule;
  readonly "core instance": CoreInstance;
  readonly func: Func;
  readonly component: Component<Scope>;
  readonly instance: Instance;
}

/** The index spaces of one component instance. */
class Scope {
  readonly outer: Scope | undefined;
  readonly types: TypeScope;
  readonly instance: ComponentInstance;
  /** The environment of its canonical definitions. */
  context: Omit<Context, "at"> | undefined;
  readonly #spaces = new Map<Sort, unknown[]>();

  constructor(outer: Scope | undefined, instance: ComponentInstance) {
    this.outer = outer;
    this.types = new TypeScope(outer?.types);
    this.instance = instance;
  }

  add(sort: Sort, item: unknown): void {
    if (sort === "type") this.types.add(item as Type);
    else if (this.#spaces.get(sort)?.push(item) === undefined) this.#spaces.set(sort, [item]);
  }

  get<Of extends keyof Items>(sort: Of, index: number): Items[Of] {
    return this.#spaces.get(sort)![index] as Items[Of];
  }

  /** Like `get`, but also for types. */
  item(sort: Sort, index: number): Items[keyof Items] | Type {
    return sort === "type" ? this.types.get(index) : this.get(sort, index);
  }
}

/** The exports of a component instance, or named items. */
class Exports implements Instance {
  readonly #exports = new Map<string, { readonly sort: Sort; readonly item: unknown }>();

  add(sort: Sort, name: string, item: unknown, at: number): void {
    if (this.#exports.has(name)) throw invalid(at, `a second export '${name}'`);
    this.#exports.set(name, { sort, item });
  }

  get(sort: Sort, name: string, at: number): ReturnType<Instance["get"]> {
    const found = this.#exports.get(name);
    if (found?.sort === sort) return found.item as ReturnType<Instance["get"]>;
    throw invalid(
      at,
      `expected a ${sort} under the name '${name}', found ${found === undefined ? "nothing" : `a ${found.sort}`}`,
    );
  }
}

/** Provides an import of a component. */
type Supply = (name: string, extern: Extern, scope: Scope, at: number) => unknown;

class Linker {
  readonly #modules: ReadonlyMap<Definition, CoreModule>;
  readonly #imports: readonly string[];
  readonly #options: LinkOptions;
  readonly #work = new LinkingWork();
  readonly #resources = new Map<string, HostResource>();
  /** Milliseconds of all core modules so far. */
  instantiate = 0;

  constructor(modules: ReadonlyMap<Definition, CoreModule>, imports: readonly string[], options: LinkOptions) {
    this.#modules = modules;
    this.#imports = imports;
    this.#options = options;
  }

  root(definitions: readonly Definition[]): Instance {
    return this.#instantiate({ definitions, scope: undefined }, undefined, (...args) => this.#ofHost(...args), 0);
  }

  #instantiate(
    component: Component<Scope>,
    parent: ComponentInstance | undefined,
    supply: Supply,
    at: number,
  ): Exports {
    this.#work.instance(at);
    const scope = new Scope(component.scope, new ComponentInstance(new HandleTable(this.#options.maxHandles), parent));
    const exports = new Exports();
    const imported = new Set<string>();
    for (const definition of component.definitions) {
      this.#work.definition(definition.at);
      switch (definition.define) {
        case "import": {
          const { name, extern } = definition;
          if (imported.has(name)) throw invalid(definition.at, `a second import '${name}'`);
          imported.add(name);
          scope.add(extern.sort, supply(name, extern, scope, definition.at));
          break;
        }
        case "export": {
          const item = scope.item(definition.sort, definition.index);
          // An export has a new index.
          scope.add(definition.sort, item);
          exports.add(definition.sort, definition.name, item, definition.at);
          break;
        }
        default:
          this.#define(definition, scope);
      }
    }
    return exports;
  }

  #define(definition: Exclude<Definition, { readonly define: "import" | "export" }>, scope: Scope): void {
    const { at } = definition;
    switch (definition.define) {
      case "core module":
        scope.add("core module", this.#modules.get(definition));
        break;
      case "core instance":
        scope.add("core instance", this.#coreInstance(definition.module, definition.args, scope, at));
        break;
      case "core exports":
        scope.add("core instance", coreExports(definition.exports, scope, at));
        break;
      case "core type":
        scope.add("core type", undefined);
        break;
      case "component":
        scope.add("component", { definitions: definition.definitions, scope });
        break;
      case "instance":
        scope.add("instance", this.#instance(definition.component, definition.args, scope, at));
        break;
      case "exports": {
        const exports = new Exports();
        for (const { name, sort, index } of definition.exports) exports.add(sort, name, scope.item(sort, index), at);
        scope.add("instance", exports);
        break;
      }
      case "alias":
        scope.add(definition.sort, aliased(definition, scope));
        break;
      case "type":
        scope.add(
          "type",
          definition.type.kind === "resource"
            ? resource(definition.type.destructor, scope, at)
            : scope.types.evaluate(definition.type, at),
        );
        break;
      case "canon":
        this.#canon(definition, scope);
    }
  }

  #canon(definition: Definition & { readonly define: "canon" }, scope: Scope): void {
    const { at } = definition;
    scope.context ??= this.#contextOf(scope);
    const context: Context = { ...scope.context, at };
    switch (definition.canon) {
      case "lift":
        scope.add("func", lift(definition.func, scope.types.func(definition.type, at), definition.options, context));
        break;
      case "lower":
        scope.add("core func", lower(scope.get("func", definition.func), definition.options, context));
        break;
      case "resource.new":
      case "resource.drop":
      case "resource.rep":
        scope.add("core func", resourceFunction(definition.canon, scope.types.resource(definition.type, at), context));
        break;
      case "context.get":
      case "context.set":
        scope.add("core func", contextFunction(definition.canon, definition.slot, context));
        break;
      default:
        scope.add("core func", asynchronousFunction(definition.name));
    }
  }

  #contextOf(scope: Scope): Omit<Context, "at"> {
    return {
      host: this.#options.host,
      suspend: this.#options.suspend,
      instance: scope.instance,
      memory: (index) => scope.get("core memory", index) as WebAssembly.Memory,
      func: (index) => scope.get("core func", index),
      missing: () => this.#missing(),
    };
  }

  #coreInstance(index: number, args: readonly Named<"core instance">[], scope: Scope, at: number): CoreInstance {
    this.#work.instance(at);
    const module = scope.get("core module", index);
    const imports: WebAssembly.Imports = Object.create(null);
    for (const { name, index: given } of args) {
      if (name in imports) throw invalid(at, `a second argument '${name}'`);
      const instance = scope.get("core instance", given);
      imports[name] = instance.exports;
      for (const [func, { signature: given }] of instance.made()) {
        const wanted = module.imported(name, func).find((signature) => signature !== given);
        if (wanted === undefined) continue;
        throw invalid(at, `a core module imports '${name}' '${func}' as ${wanted}, and is given ${given}`);
      }
    }
    const start = now();
    try {
      return CoreInstance.ofModule(module, new WebAssembly.Instance(module.module, imports));
    } catch (error) {
      // A TypeError: an argument is missing.
      if (!(error instanceof WebAssembly.LinkError || error instanceof TypeError)) throw error;
      throw invalid(at, `a core module cannot be linked: ${error.message}`);
    } finally {
      this.instantiate += now() - start;
    }
  }

  #instance(index: number, args: readonly Named[], scope: Scope, at: number): Instance {
    const given = new Map<string, Named>();
    for (const argument of args) {
      if (given.has(argument.name)) throw invalid(at, `a second argument '${argument.name}'`);
      given.set(argument.name, argument);
    }
    const supply: Supply = (name, extern) => {
      const found = given.get(name);
      if (found?.sort === extern.sort) return supplied(scope.item(found.sort, found.index), extern, name, at);
      throw invalid(
        at,
        `expected a ${extern.sort} '${name}' as argument, found ${found === undefined ? "none" : `a ${found.sort}`}`,
      );
    };
    return this.#work.inside(at, () => this.#instantiate(scope.get("component", index), scope.instance, supply, at));
  }

  /** An import of the outermost component. */
  #ofHost(name: string, extern: Extern, scope: Scope, at: number): unknown {
    const resourceOf = (interfaceName: string, resourceName: string) => this.#resource(interfaceName, resourceName);
    switch (extern.sort) {
      case "instance": {
        const type = scope.types.get(extern.type);
        if (!isInstanceType(type)) throw invalid(at, `type ${extern.type} is not the type of an instance`);
        this.#work.definition(at, type.declarations.length);
        return new HostInstance(name, type, at, resourceOf);
      }
      case "func":
        return {
          kind: "host",
          interfaceName: "",
          version: "",
          name,
          type: scope.types.func(extern.type, at),
        } satisfies Func;
      case "type":
        return extern.type === undefined ? this.#resource("", name) : scope.types.get(extern.type);
      default:
        throw this.#missing();
    }
  }

  #resource(interfaceName: string, name: string): HostResource {
    const key = `${interfaceName} ${name}`;
    const known = this.#resources.get(key);
    if (known !== undefined) return known;
    const made = new HostResource(interfaceName, name);
    this.#resources.set(key, made);
    return made;
  }

  /** Names all missing items, not only the first. */
  #missing(): ComponentError {
    return missing(this.#imports.filter((name) => !name.startsWith("wasi:")));
  }
}

function invalid(at: number, what: string): ComponentError {
  return new ComponentError(`damaged component at byte ${at}: ${what}`);
}

function isInstanceType(type: Type): type is InterfaceType {
  return "kind" in type && type.kind === "instance";
}

/** Whether an argument of the expected sort is also a type of the expected kind. */
function supplied(item: unknown, extern: Extern, name: string, at: number): unknown {
  if (extern.sort === "type" && extern.type === undefined && !(item instanceof ResourceType)) {
    throw invalid(at, `expected a resource '${name}' as argument, found another type`);
  }
  return item;
}

function coreExports(exports: readonly Named<CoreSort>[], scope: Scope, at: number): CoreInstance {
  const names = new Set<string>();
  const items = exports.map(({ name, sort, index }) => {
    if (names.has(name)) throw invalid(at, `a second core export '${name}'`);
    names.add(name);
    return [name, scope.get(sort, index) as CoreFunc | CoreValue] as const;
  });
  return CoreInstance.ofItems(items);
}

function aliased(alias: Alias, scope: Scope): unknown {
  if (alias.from === "core export")
    return scope.get("core instance", alias.instance).get(alias.sort as CoreSort, alias.name, alias.at);
  if (alias.from === "export") return scope.get("instance", alias.instance).get(alias.sort, alias.name, alias.at);
  const { scopes, index } = alias as Alias & { readonly from: "outer" };
  let from = scope;
  for (let left = scopes; left > 0; left--) from = from.outer!;
  return from.item(alias.sort, index);
}

const DESTRUCTOR = signature(["i32"], []);

/** A resource defined by a component. Its export names it. */
function resource(destructor: number | undefined, scope: Scope, at: number): GuestResource {
  const func = destructor === undefined ? undefined : scope.get("core func", destructor);
  return new GuestResource("resource of the component", scope.instance, func?.as(DESTRUCTOR, "a destructor", at));
}
