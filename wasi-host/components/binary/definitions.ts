/**
 * A component as in its binary: definitions in order, each adding to an index space. Indices stay indices, within their
 * space; their meaning depends on the instance.
 */

export type CoreSort = `core ${"func" | "table" | "memory" | "global" | "tag" | "type" | "module" | "instance"}`;
export type Sort = CoreSort | "func" | "type" | "component" | "instance";

/** A named item of an index space. */
export interface Named<Of extends Sort = Sort> {
  readonly name: string;
  readonly sort: Of;
  readonly index: number;
}

export type Primitive =
  | ("bool" | "s8" | "u8" | "s16" | "u16" | "s32" | "u32" | "s64" | "u64")
  | ("f32" | "f64" | "char" | "string" | "error-context");

/** The use of a value type: a primitive, or an index of the types. */
export type TypeUse = Primitive | number;

export interface FieldDefinition {
  readonly name: string;
  readonly type: TypeUse;
}

export interface CaseDefinition {
  readonly name: string;
  readonly type: TypeUse | undefined;
}

export interface FuncDefinition {
  readonly kind: "func";
  readonly params: readonly FieldDefinition[];
  readonly result: TypeUse | undefined;
  /** A function of WASI 0.3, which may wait while its caller goes on. */
  readonly asynchronous: boolean;
}

export type TypeDefinition =
  | { readonly kind: "primitive"; readonly primitive: Primitive }
  | { readonly kind: "record"; readonly fields: readonly FieldDefinition[] }
  | { readonly kind: "variant"; readonly cases: readonly CaseDefinition[] }
  | { readonly kind: "list"; readonly element: TypeUse; readonly length: number | undefined }
  | { readonly kind: "tuple"; readonly elements: readonly TypeUse[] }
  | { readonly kind: "flags" | "enum"; readonly names: readonly string[] }
  | { readonly kind: "option"; readonly element: TypeUse }
  | { readonly kind: "result"; readonly ok: TypeUse | undefined; readonly error: TypeUse | undefined }
  | { readonly kind: "map"; readonly key: TypeUse; readonly value: TypeUse }
  | { readonly kind: "own" | "borrow"; readonly resource: number }
  | { readonly kind: "stream" | "future"; readonly element: TypeUse | undefined }
  | { readonly kind: "resource"; readonly destructor: number | undefined }
  | FuncDefinition
  | { readonly kind: "instance" | "component"; readonly declarations: readonly Declaration[] };

/** An import or export. `type`: its index; undefined for a type that is a new resource. */
export type Extern =
  | { readonly sort: "core module" | "func" | "component" | "instance"; readonly type: number }
  | { readonly sort: "type"; readonly type: number | undefined };

export type Alias = { readonly define: "alias"; readonly at: number; readonly sort: Sort } & (
  | { readonly from: "export" | "core export"; readonly instance: number; readonly name: string }
  | { readonly from: "outer"; readonly scopes: number; readonly index: number }
);

/** A definition in the type of an instance or component. */
export type Declaration =
  | { readonly define: "core type" }
  | { readonly define: "type"; readonly at: number; readonly type: TypeDefinition }
  | Alias
  | { readonly define: "import" | "export"; readonly name: string; readonly extern: Extern };

export interface CanonicalOptions {
  readonly encoding: "utf8" | "utf16" | "latin1+utf16";
  /** Indices. */
  readonly memory?: number;
  readonly realloc?: number;
  readonly postReturn?: number;
  readonly callback?: number;
  /** The calling convention of WASI 0.3. */
  readonly asynchronous: boolean;
}

export type Canonical =
  | { readonly canon: "lift"; readonly func: number; readonly type: number; readonly options: CanonicalOptions }
  | { readonly canon: "lower"; readonly func: number; readonly options: CanonicalOptions }
  | { readonly canon: "resource.new" | "resource.drop" | "resource.rep"; readonly type: number }
  | { readonly canon: "context.get" | "context.set"; readonly slot: number }
  /** A built-in of WASI 0.3, by its name. */
  | { readonly canon: "asynchronous"; readonly name: string };

/** `at`: its offset in the file. */
export type Definition = { readonly at: number } & (
  | { readonly define: "core module"; readonly bytes: Uint8Array }
  | { readonly define: "core instance"; readonly module: number; readonly args: readonly Named<"core instance">[] }
  | { readonly define: "core exports"; readonly exports: readonly Named<CoreSort>[] }
  | { readonly define: "core type" }
  | { readonly define: "component"; readonly definitions: readonly Definition[] }
  | { readonly define: "instance"; readonly component: number; readonly args: readonly Named[] }
  | { readonly define: "exports"; readonly exports: readonly Named[] }
  | Alias
  | { readonly define: "type"; readonly type: TypeDefinition }
  | ({ readonly define: "canon" } & Canonical)
  | { readonly define: "import"; readonly name: string; readonly extern: Extern }
  | { readonly define: "export"; readonly name: string; readonly sort: Sort; readonly index: number }
);
