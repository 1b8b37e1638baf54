/**
 * Reads a component's binary (component model, design/mvp/Binary.md).
 *
 * Every index is checked against its index space, as it stands at that point of the file. The linker checks the
 * definitions together.
 */
import { ComponentError } from "../../errors/component-error.ts";
import type {
  Alias,
  Canonical,
  CanonicalOptions,
  CaseDefinition,
  CoreSort,
  Declaration,
  Definition,
  Extern,
  FieldDefinition,
  FuncDefinition,
  Named,
  Primitive,
  Sort,
  TypeDefinition,
  TypeUse,
} from "./definitions.ts";
import { BinaryReader, hex } from "./reader.ts";

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const VERSION = [0x0d, 0x00];
const LAYER = [0x01, 0x00];
/** The depth of components in components, and of types in types: wasm-tools' limit. */
const MAX_DEPTH = 100;

const CORE_SORTS: Readonly<Record<number, CoreSort>> = {
  0: "core func",
  1: "core table",
  2: "core memory",
  3: "core global",
  4: "core tag",
  16: "core type",
  17: "core module",
  18: "core instance",
};
const SORTS: Readonly<Record<number, Sort>> = { 1: "func", 3: "type", 4: "component", 5: "instance" };

const PRIMITIVE_CODES: Readonly<Record<number, Primitive>> = {
  127: "bool",
  126: "s8",
  125: "u8",
  124: "s16",
  123: "u16",
  122: "s32",
  121: "u32",
  120: "s64",
  119: "u64",
  118: "f32",
  117: "f64",
  116: "char",
  115: "string",
  100: "error-context",
};

/**
 * Built-ins of WASI 0.3, and their arguments: O options, R a result, T a type's index, M a memory's, K a core type's, L
 * a table's, B a byte.
 */
const ASYNCHRONOUS: Readonly<Record<number, readonly [name: string, immediates: string]>> = {
  5: ["task.cancel", ""],
  6: ["subtask.cancel", "B"],
  8: ["backpressure.set", ""],
  9: ["task.return", "RO"],
  12: ["thread.yield", "B"],
  13: ["subtask.drop", ""],
  14: ["stream.new", "T"],
  15: ["stream.read", "TO"],
  16: ["stream.write", "TO"],
  17: ["stream.cancel-read", "TB"],
  18: ["stream.cancel-write", "TB"],
  19: ["stream.drop-readable", "T"],
  20: ["stream.drop-writable", "T"],
  21: ["future.new", "T"],
  22: ["future.read", "TO"],
  23: ["future.write", "TO"],
  24: ["future.cancel-read", "TB"],
  25: ["future.cancel-write", "TB"],
  26: ["future.drop-readable", "T"],
  27: ["future.drop-writable", "T"],
  28: ["error-context.new", "O"],
  29: ["error-context.debug-message", "O"],
  30: ["error-context.drop", ""],
  31: ["waitable-set.new", ""],
  32: ["waitable-set.wait", "BM"],
  33: ["waitable-set.poll", "BM"],
  34: ["waitable-set.drop", ""],
  35: ["waitable.join", ""],
  36: ["backpressure.inc", ""],
  37: ["backpressure.dec", ""],
  38: ["thread.index", ""],
  39: ["thread.new-indirect", "KL"],
  40: ["thread.resume-later", ""],
  41: ["thread.suspend", "B"],
  42: ["thread.suspend-then-resume", "B"],
  43: ["thread.yield-then-resume", "B"],
  44: ["thread.suspend-then-promote", "B"],
  45: ["thread.yield-then-promote", "B"],
  64: ["thread.spawn-ref", "BK"],
  65: ["thread.spawn-indirect", "BKL"],
  66: ["thread.available-parallelism", "B"],
};

/** Forms with a vector of items. */
const ITEM_SECTIONS: ReadonlySet<number> = new Set([2, 3, 5, 6, 7, 8, 10, 11]);

/** The current length of each index space, of a component or of its type. */
class Scope {
  readonly outer: Scope | undefined;
  readonly depth: number;
  readonly #lengths = new Map<Sort, number>();

  constructor(outer: Scope | undefined) {
    this.outer = outer;
    this.depth = outer === undefined ? 0 : outer.depth + 1;
  }

  length(sort: Sort): number {
    return this.#lengths.get(sort) ?? 0;
  }

  add(sort: Sort): void {
    this.#lengths.set(sort, this.length(sort) + 1);
  }
}

/**
 * The definitions of a component, in the order of its binary. Parts of `bytes` are kept, not copied.
 *
 * @throws ComponentError that names the offset and the expected definition, or the unsupported feature
 */
export function decode(bytes: Uint8Array): readonly Definition[] {
  // The parts of a `Buffer` of Node would be made in JavaScript.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return new Decoder(new BinaryReader(plain), new Scope(undefined)).component();
}

class Decoder {
  readonly #reader: BinaryReader;
  readonly #scope: Scope;

  constructor(reader: BinaryReader, scope: Scope) {
    this.#reader = reader;
    this.#scope = scope;
    if (scope.depth > MAX_DEPTH)
      reader.fail(`at most ${MAX_DEPTH} components or types inside of each other`, "one more");
  }

  component(): Definition[] {
    const reader = this.#reader;
    for (const byte of MAGIC) reader.expect(byte, "the magic number of WebAssembly");
    for (const byte of VERSION) reader.expect(byte, "version 13 of the component format");
    for (const byte of LAYER) reader.expect(byte, "layer 1, a component");
    const definitions: Definition[] = [];
    while (!reader.done) this.#section(definitions);
    return definitions;
  }

  #section(definitions: Definition[]): void {
    const at = this.#reader.at;
    const id = this.#reader.byte("a section");
    const size = this.#reader.u32("the size of a section");
    const part = this.#reader.part(size, "a section");
    const section = new Decoder(part, this.#scope);
    switch (id) {
      case 0:
        part.name("a custom section's name");
        return;
      case 1:
        definitions.push({ define: "core module", at, bytes: part.bytes.subarray(part.at, part.end) });
        this.#scope.add("core module");
        return;
      case 4:
        definitions.push({
          define: "component",
          at,
          definitions: new Decoder(part, new Scope(this.#scope)).component(),
        });
        this.#scope.add("component");
        return;
      case 9:
      case 12:
        throw unsupported(id === 9 ? "a start function" : "values", at);
    }
    if (!ITEM_SECTIONS.has(id)) this.#reader.fail("a section from 0 to 12", `${id}`, at);
    for (let left = part.count("items of a section"); left > 0; left--) definitions.push(section.#item(id));
    if (!part.done) part.fail(`the end of section ${id}`, `${part.end - part.at} more bytes`);
  }

  #item(section: number): Definition {
    switch (section) {
      case 2:
        return this.#coreInstance();
      case 3:
        return this.#coreTypeDefinition();
      case 5:
        return this.#instance();
      case 6:
        return this.#alias();
      case 7:
        return this.#typeDefinition();
      case 8:
        return this.#canon();
      case 10:
        return this.#import();
      default:
        return this.#export();
    }
  }

  /** An index of this scope. */
  #index(sort: Sort): number {
    return this.#indexIn(this.#scope, sort);
  }

  #indexIn(scope: Scope, sort: Sort): number {
    const at = this.#reader.at;
    const index = this.#reader.u32(sort, "the index of a ");
    const length = scope.length(sort);
    if (index >= length) this.#reader.fail(`one of ${length} ${sort}s`, `number ${index}`, at);
    return index;
  }

  #coreSort(): CoreSort {
    const at = this.#reader.at;
    const code = this.#reader.byte("a core sort");
    return CORE_SORTS[code] ?? this.#reader.fail("a core sort", hex(code), at);
  }

  #sort(): Sort {
    const at = this.#reader.at;
    const code = this.#reader.byte("a sort");
    if (code === 0) return this.#coreSort();
    if (code === 2) throw unsupported("a value", at);
    return SORTS[code] ?? this.#reader.fail("a sort", hex(code), at);
  }

  #coreInstance(): Definition {
    const reader = this.#reader;
    const { at } = reader;
    const form = reader.byte("a core instance");
    if (form > 1) reader.fail("a core instance of form 0 or 1", hex(form), at);
    if (form === 1) {
      const exports = reader.vector("exports of a core instance", () => {
        const name = reader.name("a core export's name");
        const sort = this.#coreSort();
        return { name, sort, index: this.#index(sort) };
      });
      this.#scope.add("core instance");
      return { define: "core exports", at, exports };
    }
    const module = this.#index("core module");
    const args = reader.vector("arguments of a core instance", () => {
      const name = reader.name("a core argument's name");
      reader.expect(0x12, "a core instance as argument");
      return { name, sort: "core instance", index: this.#index("core instance") } as const;
    });
    this.#scope.add("core instance");
    return { define: "core instance", at, module, args };
  }

  #instance(): Definition {
    const reader = this.#reader;
    const { at } = reader;
    const form = reader.byte("an instance");
    if (form > 1) reader.fail("an instance of form 0 or 1", hex(form), at);
    if (form === 1) {
      const exports = reader.vector("exports of an instance", () => this.#named(this.#externName()));
      this.#scope.add("instance");
      return { define: "exports", at, exports };
    }
    const component = this.#index("component");
    const args = reader.vector("arguments of an instance", () => this.#named(reader.name("an argument's name")));
    this.#scope.add("instance");
    return { define: "instance", at, component, args };
  }

  #named(name: string): Named {
    const sort = this.#sort();
    return { name, sort, index: this.#index(sort) };
  }

  #alias(): Alias {
    const reader = this.#reader;
    const { at } = reader;
    const sort = this.#sort();
    const target = reader.byte("what an alias refers to");
    if (target > 2) reader.fail("an alias of form 0, 1 or 2", hex(target), at);
    if (target === 2) {
      const scopes = reader.u32("the number of scopes");
      const { depth } = this.#scope;
      if (scopes > depth) reader.fail(`at most ${depth} scopes outwards`, `${scopes}`, at);
      let scope = this.#scope;
      for (let left = scopes; left > 0; left--) scope = scope.outer!;
      const index = this.#indexIn(scope, sort);
      this.#scope.add(sort);
      return { define: "alias", at, sort, from: "outer", scopes, index };
    }
    const from = target === 0 ? "export" : "core export";
    const instance = this.#index(target === 0 ? "instance" : "core instance");
    const name = reader.name("the name of an export");
    this.#scope.add(sort);
    return { define: "alias", at, sort, from, instance, name };
  }

  /** A form, a name, and since 2025 attributes. */
  #externName(): string {
    const reader = this.#reader;
    const { at } = reader;
    const form = reader.byte("the name of an import or export");
    if (form > 2) reader.fail("a name of form 0, 1 or 2", hex(form), at);
    const name = reader.name("the name of an import or export");
    if (form < 2) return name;
    reader.vector("attributes", () => {
      const kind = reader.byte("an attribute");
      if (kind > 2) reader.fail("an attribute of kind 0, 1 or 2", hex(kind));
      reader.name("an attribute");
    });
    return name;
  }

  #extern(): Extern {
    const reader = this.#reader;
    const { at } = reader;
    const code = reader.byte("the kind of an import or export");
    switch (code) {
      case 0x00:
        reader.expect(0x11, "a core module");
        return { sort: "core module", type: this.#index("core type") };
      case 0x01:
        return { sort: "func", type: this.#index("type") };
      case 0x02:
        throw unsupported("a value", at);
      case 0x03:
        return { sort: "type", type: this.#typeBound() };
      case 0x04:
        return { sort: "component", type: this.#index("type") };
      case 0x05:
        return { sort: "instance", type: this.#index("type") };
      default:
        return reader.fail("the kind of an import or export", hex(code), at);
    }
  }

  #typeBound(): number | undefined {
    const { at } = this.#reader;
    const form = this.#reader.byte("a type's bound");
    if (form > 1) this.#reader.fail("a bound of form 0 or 1", hex(form), at);
    return form === 0 ? this.#index("type") : undefined;
  }

  #import(): Definition {
    const { at } = this.#reader;
    const name = this.#externName();
    const extern = this.#extern();
    this.#scope.add(extern.sort);
    return { define: "import", at, name, extern };
  }

  #export(): Definition {
    const { at } = this.#reader;
    const { name, sort, index } = this.#named(this.#externName());
    // The type given for it may be more general than its own.
    this.#reader.optional("an export's type", () => this.#extern());
    this.#scope.add(sort);
    return { define: "export", at, name, sort, index };
  }

  #typeUse(): TypeUse {
    const { at } = this.#reader;
    const code = this.#reader.s33("a value type");
    if (code < 0) return PRIMITIVE_CODES[code + 0x80] ?? this.#reader.fail("a value type", hex(code + 0x80), at);
    const length = this.#scope.length("type");
    if (code >= length) this.#reader.fail(`one of ${length} types`, `number ${code}`, at);
    return code;
  }

  #label(): string {
    return this.#reader.name("a label");
  }

  #fields(expected: string): FieldDefinition[] {
    return this.#reader.vector(expected, () => ({ name: this.#label(), type: this.#typeUse() }));
  }

  #labels(expected: string): string[] {
    return this.#some(expected, () => this.#label());
  }

  /** A vector of one or more. */
  #some<Item>(expected: string, item: () => Item): Item[] {
    const { at } = this.#reader;
    const items = this.#reader.vector(expected, item);
    if (items.length === 0) this.#reader.fail(`one or more ${expected}`, "none", at);
    return items;
  }

  #case(): CaseDefinition {
    const name = this.#label();
    const type = this.#optionalType();
    this.#reader.expect(0x00, "the end of a case");
    return { name, type };
  }

  #optionalType(): TypeUse | undefined {
    return this.#reader.optional("a type", () => this.#typeUse());
  }

  #typeDefinition(): Definition {
    const { at } = this.#reader;
    const type = this.#type();
    this.#scope.add("type");
    return { define: "type", at, type };
  }

  #type(): TypeDefinition {
    const reader = this.#reader;
    const { at } = reader;
    const code = reader.byte("a type");
    switch (code) {
      case 0x72:
        return { kind: "record", fields: this.#some("fields", () => ({ name: this.#label(), type: this.#typeUse() })) };
      case 0x71:
        return { kind: "variant", cases: this.#some("cases", () => this.#case()) };
      case 0x70:
        return { kind: "list", element: this.#typeUse(), length: undefined };
      case 0x67:
        return this.#fixedList();
      case 0x6f:
        return { kind: "tuple", elements: this.#some("elements", () => this.#typeUse()) };
      case 0x6e: {
        const names = this.#labels("flags");
        if (names.length > 32) reader.fail("at most 32 flags", `${names.length}`, at);
        return { kind: "flags", names };
      }
      case 0x6d:
        return { kind: "enum", names: this.#labels("cases") };
      case 0x6b:
        return { kind: "option", element: this.#typeUse() };
      case 0x6a:
        return { kind: "result", ok: this.#optionalType(), error: this.#optionalType() };
      case 0x69:
        return { kind: "own", resource: this.#index("type") };
      case 0x68:
        return { kind: "borrow", resource: this.#index("type") };
      case 0x66:
        return { kind: "stream", element: this.#optionalType() };
      case 0x65:
        return { kind: "future", element: this.#optionalType() };
      case 0x63:
        return { kind: "map", key: this.#typeUse(), value: this.#typeUse() };
      case 0x40:
      case 0x43:
        return this.#func(code === 0x43);
      case 0x41:
      case 0x42:
        return {
          kind: code === 0x41 ? "component" : "instance",
          declarations: new Decoder(reader, new Scope(this.#scope)).#declarations(code === 0x41),
        };
      case 0x3f:
        reader.expect(0x7f, "a resource whose representation is an i32");
        return { kind: "resource", destructor: reader.optional("a destructor", () => this.#index("core func")) };
      default: {
        const primitive = PRIMITIVE_CODES[code] ?? reader.fail("a type", hex(code), at);
        return { kind: "primitive", primitive };
      }
    }
  }

  #fixedList(): TypeDefinition {
    const element = this.#typeUse();
    const { at } = this.#reader;
    const length = this.#reader.u32("a list's length");
    if (length === 0) this.#reader.fail("a list's length above 0", "0", at);
    return { kind: "list", element, length };
  }

  #func(asynchronous: boolean): FuncDefinition {
    return { kind: "func", params: this.#fields("parameters"), result: this.#result(), asynchronous };
  }

  #result(): TypeUse | undefined {
    const { at } = this.#reader;
    const form = this.#reader.byte("a result");
    if (form > 1) this.#reader.fail("a result of form 0 or 1", hex(form), at);
    if (form === 0) return this.#typeUse();
    this.#reader.expect(0x00, "no result");
    return undefined;
  }

  #declarations(ofComponent: boolean): Declaration[] {
    return this.#reader.vector("declarations", () => this.#declaration(ofComponent));
  }

  #declaration(ofComponent: boolean): Declaration {
    const reader = this.#reader;
    const { at } = reader;
    const code = reader.byte("a declaration");
    switch (code) {
      case 0x00:
        this.#coreType();
        this.#scope.add("core type");
        return { define: "core type" };
      case 0x01: {
        const start = reader.at;
        const type = this.#type();
        if (type.kind === "resource")
          reader.fail("a type that is no resource inside of another type", "a resource", start);
        this.#scope.add("type");
        return { define: "type", at: start, type };
      }
      case 0x02:
        return this.#alias();
      case 0x03:
        if (!ofComponent) return reader.fail("a declaration of an instance's type", "an import", at);
        return { define: "import", ...this.#declared() };
      case 0x04:
        return { define: "export", ...this.#declared() };
      default:
        return reader.fail("a declaration", hex(code), at);
    }
  }

  #declared(): { readonly name: string; readonly extern: Extern } {
    const name = this.#externName();
    const extern = this.#extern();
    this.#scope.add(extern.sort);
    return { name, extern };
  }

  #coreTypeDefinition(): Definition {
    const { at } = this.#reader;
    this.#coreType();
    this.#scope.add("core type");
    return { define: "core type", at };
  }

  /** Read only to find its end: the imports and exports of a core module are in the module. */
  #coreType(): void {
    const reader = this.#reader;
    const { at } = reader;
    const code = reader.byte("a core type");
    if (code === 0x60) {
      for (const of of ["parameters of a core type", "results of a core type"])
        reader.vector(of, () => reader.byte("a core value type"));
    } else if (code === 0x50) {
      reader.vector("declarations of a core module's type", () => this.#moduleDeclaration());
    } else {
      throw unsupported(`a core type of form ${hex(code)}`, at);
    }
  }

  #moduleDeclaration(): void {
    const reader = this.#reader;
    const { at } = reader;
    const code = reader.byte("a declaration");
    switch (code) {
      case 0x00:
        reader.name("an import's module");
        reader.name("an import's name");
        this.#coreExtern();
        return;
      case 0x01:
        if (this.#scope.depth === MAX_DEPTH)
          reader.fail(`at most ${MAX_DEPTH} types inside of each other`, "one more", at);
        new Decoder(reader, new Scope(this.#scope)).#coreType();
        return;
      case 0x02:
        reader.expect(0x10, "an alias of a core type");
        reader.expect(0x01, "an alias of an outer type");
        reader.u32("the number of scopes");
        reader.u32("the index of a core type");
        return;
      case 0x03:
        reader.name("an export's name");
        this.#coreExtern();
        return;
      default:
        reader.fail("a declaration", hex(code), at);
    }
  }

  #coreExtern(): void {
    const reader = this.#reader;
    const { at } = reader;
    const kind = reader.byte("the kind of a core import or export");
    switch (kind) {
      case 0x00:
        reader.u32("the index of a core type");
        return;
      case 0x01:
        reader.byte("a table's type");
        this.#limits();
        return;
      case 0x02:
        this.#limits();
        return;
      case 0x03:
        reader.byte("a global's type");
        reader.byte("a global's mutability");
        return;
      case 0x04:
        reader.byte("a tag's attribute");
        reader.u32("the index of a core type");
        return;
      default:
        reader.fail("the kind of a core import or export", hex(kind), at);
    }
  }

  #limits(): void {
    const flags = this.#reader.byte("limits");
    this.#reader.u32("the least size");
    if ((flags & 1) === 1) this.#reader.u32("the most size");
  }

  #canon(): Definition {
    const { at } = this.#reader;
    const canonical = this.#canonical();
    this.#scope.add(canonical.canon === "lift" ? "func" : "core func");
    return { define: "canon", at, ...canonical };
  }

  #canonical(): Canonical {
    const reader = this.#reader;
    const { at } = reader;
    const code = reader.byte("a canonical definition");
    switch (code) {
      case 0x00: {
        reader.expect(0x00, "a lifted function");
        const func = this.#index("core func");
        const options = this.#options();
        return { canon: "lift", func, options, type: this.#index("type") };
      }
      case 0x01:
        reader.expect(0x00, "a lowered function");
        return { canon: "lower", func: this.#index("func"), options: this.#options() };
      case 0x02:
        return { canon: "resource.new", type: this.#index("type") };
      case 0x03:
      // `resource.drop async` of a draft of the format. Only a destructor that waits makes a difference.
      case 0x07:
        return { canon: "resource.drop", type: this.#index("type") };
      case 0x04:
        return { canon: "resource.rep", type: this.#index("type") };
      case 0x0a:
      case 0x0b:
        reader.expect(0x7f, "a context of type i32");
        return { canon: code === 0x0a ? "context.get" : "context.set", slot: this.#contextSlot() };
    }
    const [name, immediates] = ASYNCHRONOUS[code] ?? reader.fail("a canonical definition", hex(code), at);
    for (const immediate of immediates) this.#immediate(immediate);
    return { canon: "asynchronous", name };
  }

  #flag(): void {
    const { at } = this.#reader;
    const flag = this.#reader.byte("0 or 1");
    if (flag > 1) this.#reader.fail("0 or 1", hex(flag), at);
  }

  #contextSlot(): number {
    const { at } = this.#reader;
    const slot = this.#reader.u32("a slot of the context");
    if (slot > 1) this.#reader.fail("slot 0 or 1 of the context", `${slot}`, at);
    return slot;
  }

  #immediate(kind: string): void {
    switch (kind) {
      case "O":
        this.#options();
        break;
      case "R":
        this.#result();
        break;
      case "B":
        this.#flag();
        break;
      case "T":
        this.#index("type");
        break;
      case "M":
        this.#index("core memory");
        break;
      case "K":
        this.#index("core type");
        break;
      case "L":
        this.#index("core table");
    }
  }

  #options(): CanonicalOptions {
    const reader = this.#reader;
    const seen = new Set<string>();
    const options: { -readonly [Option in keyof CanonicalOptions]: CanonicalOptions[Option] } = {
      encoding: "utf8",
      asynchronous: false,
    };
    reader.vector("canonical options", () => {
      const { at } = reader;
      const code = reader.byte("a canonical option");
      const option = OPTIONS[code] ?? reader.fail("a canonical option", hex(code), at);
      if (seen.has(option)) reader.fail(`${option} once`, "it twice", at);
      seen.add(option);
      if (option === "encoding") options.encoding = ENCODINGS[code];
      else if (option === "asynchronous") options.asynchronous = true;
      else options[option] = this.#index(option === "memory" ? "core memory" : "core func");
    });
    return options;
  }
}

const ENCODINGS = ["utf8", "utf16", "latin1+utf16"] as const;
const OPTIONS: Readonly<Record<number, keyof CanonicalOptions>> = {
  0: "encoding",
  1: "encoding",
  2: "encoding",
  3: "memory",
  4: "realloc",
  5: "postReturn",
  6: "asynchronous",
  7: "callback",
};

function unsupported(what: string, at: number): ComponentError {
  const remedy = "pollux links components of WASI 0.2";
  return new ComponentError(
    `the component has ${what} at byte ${at}, which is not supported: ${remedy}`,
    "ERR_COMPONENT_UNSUPPORTED",
  );
}
