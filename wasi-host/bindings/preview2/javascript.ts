/**
 * The binding's functions as JavaScript functions, as jco imports them: an object for each interface, a class for each
 * resource, names in camelCase, and errors thrown with their value as `payload`.
 *
 * Values go to the flat functions through a private memory, as from a guest.
 */
import { type FuncType, flatParams, flatResult } from "../../components/function-types.ts";
import { HandleTable, ResourceType } from "../../components/handles.ts";
import type { ComponentHost, FlatFunction, Lowering } from "../../components/host.ts";
import * as types from "../../components/value-types.ts";
import { camelCase, type HandleCarrier, ValueReader, ValueWriter } from "../../components/values.ts";
import { PREVIEW2 } from "../../trace/preview2-signatures.ts";
import type { WitFunction, WitType } from "../../trace/wit-types.ts";

/** Each version of 0.2 has all functions of the earlier ones. */
const VERSION = "0.2.12";
/** Resources without methods, which no function's name mentions. */
const WITHOUT_METHODS = {
  "wasi:sockets/network": ["network"],
  "wasi:cli/terminal-input": ["terminal-input"],
  "wasi:cli/terminal-output": ["terminal-output"],
};
/** jco drops a resource with this if the runtime has no `Symbol.dispose`. */
const DISPOSE: symbol = Symbol.dispose ?? Symbol.for("dispose");
const PAGE = 65_536;

type Class = (new () => object) & Record<string, unknown>;

/**
 * The import object for the output of `jco transpile --instantiation`.
 *
 * @param maxHandles the most open handles of the host's resources; one more is a trap
 */
export function javascriptImports(host: ComponentHost, maxHandles?: number): Record<string, Record<string, unknown>> {
  return new JavaScriptImports(host, maxHandles).imports;
}

class JavaScriptImports {
  readonly imports: Record<string, Record<string, unknown>> = {};
  readonly #host: ComponentHost;
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #lowering: Lowering & { readonly realloc: NonNullable<Lowering["realloc"]> };
  /** The address for the next value of a call. */
  #next = 0;
  readonly #resources = new Map<string, { readonly type: ResourceType<unknown>; readonly class: Class }>();
  readonly #handles = new WeakMap<object, number>();
  readonly #carrier: HandleCarrier = {
    lift: (_kind, resource, handle) => {
      const made = Object.create(this.#resources.get(resource.name)!.class.prototype) as object;
      this.#handles.set(made, handle);
      return made;
    },
    lower: (_kind, resource, value) => this.#handle(resource.name, value),
  };

  constructor(host: ComponentHost, maxHandles?: number) {
    this.#host = host;
    this.#lowering = {
      memory: this.#memory,
      realloc: (_old, _oldSize, align, size) => this.#allocate(align, size),
      handles: new HandleTable(maxHandles),
    };
    for (const [interfaceName, resources] of Object.entries(WITHOUT_METHODS))
      for (const name of resources) this.#class(interfaceName, name);
    // A function may return a resource of an interface that comes later.
    for (const [interfaceName, functions] of Object.entries(PREVIEW2)) {
      for (const name of Object.keys(functions)) {
        const [, resource] = /^\[(?:method|static|constructor)\]([^.]+)/.exec(name) ?? [];
        if (resource !== undefined) this.#class(interfaceName, resource);
      }
    }
    for (const [interfaceName, functions] of Object.entries(PREVIEW2)) {
      for (const [name, signature] of Object.entries(functions)) this.#add(interfaceName, name, signature);
    }
  }

  #interface(name: string): Record<string, unknown> {
    this.imports[name] ??= {};
    return this.imports[name];
  }

  #class(interfaceName: string, resource: string): void {
    if (this.#resources.has(resource)) return;
    const name = pascalCase(resource);
    const drop = this.#host.drop(interfaceName, resource, this.#lowering.handles);
    const handleOf = (value: unknown) => this.#handle(resource, value);
    const made = {
      [name]: class {
        constructor() {
          throw new TypeError(`a ${resource} is made by the functions of ${interfaceName}`);
        }
      },
    }[name] as unknown as Class;
    Object.defineProperty(made.prototype, DISPOSE, {
      value(this: unknown) {
        drop?.(handleOf(this));
      },
    });
    this.#resources.set(resource, { type: new ResourceType(resource), class: made });
    this.#interface(interfaceName)[name] = made;
  }

  #add(interfaceName: string, name: string, signature: WitFunction): void {
    const flat = this.#host.lower(interfaceName, VERSION, name, this.#lowering);
    if (flat === undefined) return;
    const call = this.#javascript(name, this.#funcType(signature), flat);
    const [, kind, resource, member] = /^\[(method|static)\]([^.]+)\.(.+)$/.exec(name) ?? [];
    if (kind === undefined) this.#interface(interfaceName)[camelCase(name)] = call;
    else if (kind === "static") this.#resources.get(resource)!.class[camelCase(member)] = call;
    else {
      this.#resources.get(resource)!.class.prototype[camelCase(member)] = function method(
        this: unknown,
        ...values: unknown[]
      ) {
        return call(this, ...values);
      };
    }
  }

  #javascript(name: string, type: FuncType, flat: FlatFunction): (...values: unknown[]) => unknown {
    const side = { ...this.#lowering, encoding: "utf8" } as const;
    const writer = new ValueWriter(side, this.#carrier);
    const reader = new ValueReader(side, this.#carrier);
    const params = type.params.map((param) => param.type);
    const flatOf = flatParams(type);
    const resultOf = flatResult(type);
    const { result } = type;
    return (...values) => {
      this.#next = 0;
      const core = writer.values(params, values, flatOf);
      if (result === undefined) return void flat(...core);
      if (resultOf !== undefined)
        return returned(name, result, reader.values([result], resultOf, [flat(...core)!], name)[0]);
      const address = this.#allocate(result.align, result.size);
      flat(...core, address);
      return returned(name, result, reader.load(result, address));
    };
  }

  #allocate(align: number, size: number): number {
    const address = types.align(this.#next, align);
    this.#next = address + size;
    const missing = this.#next - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return address;
  }

  #handle(resource: string, value: unknown): number {
    const { class: made } = this.#resources.get(resource)!;
    const handle = value instanceof made ? this.#handles.get(value) : undefined;
    if (handle === undefined) throw new TypeError(`expected a ${pascalCase(resource)} of these imports`);
    return handle;
  }

  /** WASI 0.2's own interfaces borrow parameters and give away results. */
  #funcType({ params, result }: WitFunction): FuncType {
    return {
      kind: "func",
      params: params.map(([name, type]) => ({ name, type: this.#valueType(type, "borrow") })),
      result: result === undefined ? undefined : this.#valueType(result, "own"),
      asynchronous: false,
    };
  }

  #valueType(type: WitType, kind: "own" | "borrow"): types.ValueType {
    const inner = (of: WitType | undefined) => (of === undefined ? undefined : this.#valueType(of, kind));
    switch (type.kind) {
      case "handle":
        return types.handle(kind, this.#resources.get(type.resource)!.type);
      case "enum":
        return types.enumeration(type.names);
      case "flags":
        return types.flags(type.names);
      case "list":
        return types.list(this.#valueType(type.element, kind));
      case "record":
        return types.record(type.fields.map(([name, field]) => ({ name, type: this.#valueType(field, kind) })));
      case "tuple":
        return types.tuple(type.fields.map((field) => this.#valueType(field, kind)));
      case "variant": {
        const names = type.cases.map(([name]) => name).join(" ");
        if (names === "none some") return types.option(inner(type.cases[1][1])!);
        if (names === "ok err") return types.result(inner(type.cases[0][1]), inner(type.cases[1][1]));
        return types.variant(
          "variant",
          type.cases.map(([name, payload]) => ({ name, type: inner(payload) })),
        );
      }
      default:
        return types.PRIMITIVES[type.kind];
    }
  }
}

function pascalCase(label: string): string {
  const name = camelCase(label);
  return name[0].toUpperCase() + name.slice(1);
}

/** The value of a result; an error is thrown. */
function returned(name: string, type: types.ValueType, value: unknown): unknown {
  if (type.kind !== "result") return value;
  const { tag, val } = value as { readonly tag: "ok" | "err"; readonly val: unknown };
  if (tag === "ok") return val;
  const what = typeof val === "string" ? val : ((val as { readonly tag?: string } | undefined)?.tag ?? "error");
  throw Object.assign(new Error(`${name}: ${what}`), { payload: val });
}
