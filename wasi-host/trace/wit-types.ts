/**
 * WIT types of WASI 0.2 with their layout in the canonical ABI (component-model, CanonicalABI.md): their form in
 * memory, and their number of core values as parameters.
 */

export type WitType =
  | { readonly kind: "bool" | "u8" | "u16" | "u32" | "u64" | "s64" | "string" }
  | { readonly kind: "handle"; readonly resource: string }
  | { readonly kind: "enum"; readonly names: readonly string[] }
  | { readonly kind: "flags"; readonly names: readonly string[] }
  | { readonly kind: "list"; readonly element: WitType }
  | { readonly kind: "record"; readonly fields: readonly (readonly [name: string, type: WitType])[] }
  | { readonly kind: "tuple"; readonly fields: readonly WitType[] }
  | { readonly kind: "variant"; readonly cases: readonly (readonly [name: string, type: WitType | undefined])[] };

export const bool: WitType = { kind: "bool" };
export const u8: WitType = { kind: "u8" };
export const u16: WitType = { kind: "u16" };
export const u32: WitType = { kind: "u32" };
export const u64: WitType = { kind: "u64" };
export const string: WitType = { kind: "string" };

export const handle = (resource: string): WitType => ({ kind: "handle", resource });
export const enumeration = (...names: string[]): WitType => ({ kind: "enum", names });
/** Up to eight flags are a byte. */
export const flags = (...names: string[]): WitType => ({ kind: "flags", names });
export const list = (element: WitType): WitType => ({ kind: "list", element });
export const record = (fields: Readonly<Record<string, WitType>>): WitType => ({
  kind: "record",
  fields: Object.entries(fields),
});
export const tuple = (...fields: WitType[]): WitType => ({ kind: "tuple", fields });
export const variant = (cases: Readonly<Record<string, WitType | undefined>>): WitType => ({
  kind: "variant",
  cases: Object.entries(cases),
});
export const option = (some: WitType): WitType => variant({ none: undefined, some });
export const result = (ok: WitType | undefined, err: WitType | undefined): WitType => variant({ ok, err });

/** The offset of a variant's payload. */
export function payloadOffset(type: WitType & { readonly kind: "variant" }): number {
  return alignedTo(
    1,
    Math.max(1, ...type.cases.map(([, payload]) => (payload === undefined ? 1 : alignmentOf(payload)))),
  );
}

export function alignmentOf(type: WitType): number {
  switch (type.kind) {
    case "bool":
    case "u8":
    case "enum":
    case "flags":
      return 1;
    case "u16":
      return 2;
    case "u64":
    case "s64":
      return 8;
    case "record":
      return Math.max(...type.fields.map(([, field]) => alignmentOf(field)));
    case "tuple":
      return Math.max(...type.fields.map(alignmentOf));
    case "variant":
      return payloadOffset(type);
    default:
      return 4;
  }
}

export function sizeOf(type: WitType): number {
  switch (type.kind) {
    case "string":
    case "list":
      return 8;
    case "record":
      return alignedTo(offsetsOf(type.fields.map(([, field]) => field)).end, alignmentOf(type));
    case "tuple":
      return alignedTo(offsetsOf(type.fields).end, alignmentOf(type));
    case "variant": {
      const largest = Math.max(0, ...type.cases.map(([, payload]) => (payload === undefined ? 0 : sizeOf(payload))));
      return alignedTo(payloadOffset(type) + largest, alignmentOf(type));
    }
    default:
      return alignmentOf(type);
  }
}

/** The offsets of consecutive fields, and of their end. */
export function offsetsOf(fields: readonly WitType[]): { readonly offsets: readonly number[]; readonly end: number } {
  let end = 0;
  const offsets = fields.map((field) => {
    const offset = alignedTo(end, alignmentOf(field));
    end = offset + sizeOf(field);
    return offset;
  });
  return { offsets, end };
}

/** The number of a parameter's core values: a variant's cases share theirs. */
export function flatCount(type: WitType): number {
  switch (type.kind) {
    case "string":
    case "list":
      return 2;
    case "record":
      return type.fields.reduce((count, [, field]) => count + flatCount(field), 0);
    case "tuple":
      return type.fields.reduce((count, field) => count + flatCount(field), 0);
    case "variant":
      return 1 + Math.max(0, ...type.cases.map(([, payload]) => (payload === undefined ? 0 : flatCount(payload))));
    default:
      return 1;
  }
}

/** A function: its parameters by name, and its result. */
export interface WitFunction {
  readonly params: readonly (readonly [name: string, type: WitType])[];
  readonly result: WitType | undefined;
}

/** Whether a result of this type is in memory, because it has more than one core value. */
export function isInMemory(result: WitType | undefined): boolean {
  return result !== undefined && flatCount(result) > 1;
}

function alignedTo(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
