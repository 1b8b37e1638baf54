/** The items in the index spaces of a component instance. */

import { ComponentError } from "../errors/component-error.ts";
import type { CoreSort, Definition, Sort } from "./binary/definitions.ts";
import type { ComponentInstance } from "./component-instance.ts";
import type { CoreModule } from "./core-module.ts";
import type { FuncType, Signature } from "./function-types.ts";
import { ResourceType } from "./handles.ts";
import type { FlatFunction, Lowering } from "./host.ts";
import type { Type } from "./types.ts";

/** A JavaScript function, or one of a core module. */
export type CoreValue =
  | FlatFunction
  | WebAssembly.Memory
  | WebAssembly.Table
  | WebAssembly.Global
  /** A `WebAssembly.Suspending` or a `WebAssembly.Tag`, which TypeScript does not know. */
  | object;

/** A core function. */
export class CoreFunc {
  /** It can be imported or called. */
  readonly value: CoreValue;
  /** Whether it is a JavaScript function. Engines accept these for any signature. */
  readonly made: boolean;
  readonly #signature: () => Signature;

  private constructor(value: CoreValue, made: boolean, signature: () => Signature) {
    this.value = value;
    this.made = made;
    this.#signature = signature;
  }

  static made(value: CoreValue, signature: Signature): CoreFunc {
    return new CoreFunc(value, true, () => signature);
  }

  /** For imports of any signature, because it only traps. */
  static unchecked(value: FlatFunction): CoreFunc {
    return new CoreFunc(value, false, () => "of any type");
  }

  static exported(value: CoreValue, module: CoreModule | undefined, name: string): CoreFunc {
    return new CoreFunc(value, false, () => module?.exported(name) ?? "of an unknown type");
  }

  get signature(): Signature {
    return this.#signature();
  }

  /**
   * @throws ComponentError if it has another signature
   */
  as<Call extends (...values: never[]) => unknown>(expected: Signature, what: string, at: number): Call {
    const { signature } = this;
    if (signature === expected) return this.value as Call;
    throw new ComponentError(`damaged component at byte ${at}: ${what} is ${signature}, expected ${expected}`);
  }
}

const CLASSES: Readonly<Partial<Record<CoreSort, string>>> = {
  "core func": "Function",
  "core memory": "Memory",
  "core table": "Table",
  "core global": "Global",
  "core tag": "Tag",
};

/** A core instance: of a module, or named items. */
export class CoreInstance {
  /** The import object for other modules. */
  readonly exports: WebAssembly.ModuleImports;
  readonly #module: CoreModule | undefined;
  /** The functions of named items. */
  readonly #functions: ReadonlyMap<string, CoreFunc>;

  private constructor(
    exports: WebAssembly.ModuleImports,
    module: CoreModule | undefined,
    functions: ReadonlyMap<string, CoreFunc>,
  ) {
    this.exports = exports;
    this.#module = module;
    this.#functions = functions;
  }

  static ofModule(module: CoreModule, instance: WebAssembly.Instance): CoreInstance {
    return new CoreInstance(instance.exports as WebAssembly.ModuleImports, module, new Map());
  }

  static ofItems(items: Iterable<readonly [name: string, item: CoreFunc | CoreValue]>): CoreInstance {
    const exports: Record<string, WebAssembly.ImportValue> = Object.create(null);
    const functions = new Map<string, CoreFunc>();
    for (const [name, item] of items) {
      if (item instanceof CoreFunc) functions.set(name, item);
      exports[name] = (item instanceof CoreFunc ? item.value : item) as WebAssembly.ImportValue;
    }
    return new CoreInstance(exports, undefined, functions);
  }

  /** The JavaScript functions of named items. */
  *made(): Generator<readonly [name: string, func: CoreFunc]> {
    for (const found of this.#functions) if (found[1].made) yield found;
  }

  /**
   * @throws ComponentError without such an export
   */
  get(sort: CoreSort, name: string, at: number): CoreFunc | CoreValue {
    const func = this.#functions.get(name);
    if (func !== undefined && sort === "core func") return func;
    const value = this.exports[name] as CoreValue | undefined;
    // Almost all are functions.
    if (typeof value === "function" && sort === "core func") return CoreFunc.exported(value, this.#module, name);
    const found =
      value === undefined
        ? "nothing"
        : Object.prototype.toString.call(value).replace(/^\[object (WebAssembly\.)?(.*)\]$/, "$2");
    if (value === undefined || found !== CLASSES[sort]) {
      throw new ComponentError(
        `damaged component at byte ${at}: expected a ${sort} under the name '${name}', found ${found}`,
      );
    }
    return value;
  }
}

/** A function of the host. */
export interface HostFunc {
  readonly kind: "host";
  readonly interfaceName: string;
  readonly version: string;
  readonly name: string;
  readonly type: FuncType;
}

/** A function of a component, over a core function. */
export interface LiftedFunc {
  readonly kind: "lifted";
  readonly core: CoreFunc;
  readonly type: FuncType;
  readonly instance: ComponentInstance;
  readonly memory: WebAssembly.Memory | undefined;
  readonly realloc: Lowering["realloc"];
  readonly postReturn: ((...results: (number | bigint)[]) => void) | undefined;
  readonly encoding: "utf8" | "utf16" | "latin1+utf16";
  /** With the calling convention of WASI 0.3. */
  readonly asynchronous: boolean;
}

export type Func = HostFunc | LiftedFunc;

/** A resource of the host, named as in types by its interface. */
export class HostResource extends ResourceType<never> {
  readonly interfaceName: string;

  constructor(interfaceName: string, name: string) {
    super(name);
    this.interfaceName = interfaceName;
  }
}

/** A resource defined by a component instance: a handle stands for the guest's number. */
export class GuestResource extends ResourceType<GuestHandle> {
  readonly instance: ComponentInstance;
  readonly destructor: ((representation: number) => void) | undefined;

  constructor(name: string, instance: ComponentInstance, destructor: GuestResource["destructor"]) {
    super(name);
    this.instance = instance;
    this.destructor = destructor;
  }
}

export interface GuestHandle {
  readonly representation: number;
  /** The call that borrowed the handle, and must drop it before it returns. */
  readonly borrower: { borrows: number } | undefined;
}

/** A component, and its defining instance. */
export interface Component<Scope> {
  readonly definitions: readonly Definition[];
  readonly scope: Scope | undefined;
}

/** An instance: named items, each of one sort. */
export interface Instance {
  get(sort: Sort, name: string, at: number): Func | Type | Instance | CoreModule | Component<unknown>;
}
