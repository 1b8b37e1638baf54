/**
 * Value types, each with its layout in linear memory and its core values (CanonicalABI.md, "Alignment", "Element Size",
 * "Flattening").
 *
 * A type's properties are computed when it is made, from those of its parts, so nested types cost only their own text.
 */

import { ComponentError } from "../errors/component-error.ts";
import type { Primitive } from "./binary/definitions.ts";
import type { ResourceType } from "./handles.ts";

export type CoreType = "i32" | "i64" | "f32" | "f64";

/** A value's layout in memory and on the stack. */
export interface Layout {
  readonly size: number;
  readonly align: number;
  /** Its core values; undefined if they do not fit in a call, so that it always goes through memory. */
  readonly flat: readonly CoreType[] | undefined;
  /** Whether it has a string or list, which point elsewhere in memory. */
  readonly pointers: boolean;
  /** Whether it has a string, whose bytes depend on the encoding. */
  readonly strings: boolean;
  /** Whether it has a handle. */
  readonly handles: boolean;
  /** Whether it has a part of WASI 0.3: a stream, a future, an error-context. */
  readonly asynchronous: boolean;
}

export interface Field {
  readonly name: string;
  readonly type: ValueType;
}

interface Case {
  readonly name: string;
  readonly type: ValueType | undefined;
}

type Shape =
  | { readonly kind: Primitive }
  | { readonly kind: "record"; readonly fields: readonly Field[] }
  | { readonly kind: "tuple"; readonly fields: readonly Field[] }
  | { readonly kind: "variant" | "enum" | "option" | "result"; readonly cases: readonly Case[] }
  | { readonly kind: "flags"; readonly names: readonly string[] }
  | { readonly kind: "list"; readonly element: ValueType; readonly length?: number }
  | { readonly kind: "own" | "borrow"; readonly resource: ResourceType<unknown> }
  | { readonly kind: "stream" | "future"; readonly element: ValueType | undefined };

export type ValueType = Shape & Layout;

/** A call has at most this many core parameters (`MAX_FLAT_PARAMS`). */
export const MAX_FLAT_PARAMS = 16;
/** Bytes. Elements of valid types are smaller (`elem_size`). */
const MAX_SIZE = 2 ** 28;

export function align(offset: number, to: number): number {
  return Math.ceil(offset / to) * to;
}

function scalar(kind: Primitive, size: number, flat: CoreType): ValueType {
  const none = { pointers: false, strings: false, handles: false };
  return { kind, size, align: size, flat: [flat], ...none, asynchronous: kind === "error-context" };
}

const POINTER = { size: 8, align: 4, flat: ["i32", "i32"], pointers: true } as const;

export const PRIMITIVES: Readonly<Record<Primitive, ValueType>> = {
  bool: scalar("bool", 1, "i32"),
  s8: scalar("s8", 1, "i32"),
  u8: scalar("u8", 1, "i32"),
  s16: scalar("s16", 2, "i32"),
  u16: scalar("u16", 2, "i32"),
  s32: scalar("s32", 4, "i32"),
  u32: scalar("u32", 4, "i32"),
  s64: scalar("s64", 8, "i64"),
  u64: scalar("u64", 8, "i64"),
  f32: scalar("f32", 4, "f32"),
  f64: scalar("f64", 8, "f64"),
  char: scalar("char", 4, "i32"),
  string: { kind: "string", ...POINTER, strings: true, handles: false, asynchronous: false },
  "error-context": scalar("error-context", 4, "i32"),
};

/** Properties that a type inherits from its parts. */
function inherited(parts: readonly (ValueType | undefined)[]) {
  const all = { pointers: false, strings: false, handles: false, asynchronous: false };
  for (const part of parts) {
    if (part === undefined) continue;
    all.pointers ||= part.pointers;
    all.strings ||= part.strings;
    all.handles ||= part.handles;
    all.asynchronous ||= part.asynchronous;
  }
  return all;
}

function sized<Of extends Shape>(shape: Of, layout: Layout): Of & Layout {
  if (layout.size >= MAX_SIZE)
    throw new ComponentError(
      `damaged component: a ${shape.kind} type has ${layout.size} bytes, expected less than ${MAX_SIZE}`,
    );
  return { ...shape, ...layout };
}

function inSequence(fields: readonly Field[]): Layout {
  let size = 0;
  let most = 1;
  let flat: CoreType[] | undefined = [];
  for (const { type } of fields) {
    size = align(size, type.align) + type.size;
    most = Math.max(most, type.align);
    flat = joined(flat, type.flat);
  }
  return { size: align(size, most), align: most, flat, ...inherited(fields.map(({ type }) => type)) };
}

/** The concatenation; undefined if there are too many. */
function joined(flat: CoreType[] | undefined, more: readonly CoreType[] | undefined): CoreType[] | undefined {
  if (flat === undefined || more === undefined || flat.length + more.length > MAX_FLAT_PARAMS) return undefined;
  flat.push(...more);
  return flat;
}

export function record(fields: readonly Field[]): ValueType {
  return sized({ kind: "record", fields }, inSequence(fields));
}

/** The layout of a call's values in memory, if they do not fit in the call. */
export function parameterSize(types: readonly ValueType[]): { readonly size: number; readonly align: number } {
  return inSequence(types.map((type) => ({ name: "", type })));
}

export function tuple(elements: readonly ValueType[]): ValueType {
  const fields = elements.map((type, index) => ({ name: `${index}`, type }));
  return sized({ kind: "tuple", fields }, inSequence(fields));
}

/** The size of the discriminant (`discriminant_type`). */
export function discriminantSize(cases: number): 1 | 2 | 4 {
  if (cases <= 2 ** 8) return 1;
  return cases <= 2 ** 16 ? 2 : 4;
}

/** The offset of a variant's payload, after the discriminant. */
export function payloadOffset(cases: readonly Case[]): number {
  const most = cases.reduce((found, { type }) => Math.max(found, type?.align ?? 1), 1);
  return align(discriminantSize(cases.length), most);
}

export function variant(kind: "variant" | "enum" | "option" | "result", cases: readonly Case[]): ValueType {
  let most: number = discriminantSize(cases.length);
  let payload = 0;
  let flat: CoreType[] | undefined = [];
  for (const { type } of cases) {
    if (type === undefined) continue;
    most = Math.max(most, type.align);
    payload = Math.max(payload, type.size);
    flat = overlaid(flat, type.flat);
  }
  const size = align(payloadOffset(cases) + payload, most);
  const all = joined(["i32"], flat);
  return sized({ kind, cases }, { size, align: most, flat: all, ...inherited(cases.map(({ type }) => type)) });
}

/** The common type of two core values (`join`). */
function overlaid(flat: CoreType[] | undefined, other: readonly CoreType[] | undefined): CoreType[] | undefined {
  if (flat === undefined || other === undefined) return undefined;
  return Array.from({ length: Math.max(flat.length, other.length) }, (_, index) => either(flat[index], other[index]));
}

function either(one: CoreType | undefined, other: CoreType | undefined): CoreType {
  if (one === undefined || other === undefined) return one ?? other!;
  if (one === other) return one;
  return `${one} ${other}` === "i32 f32" || `${one} ${other}` === "f32 i32" ? "i32" : "i64";
}

export function option(type: ValueType): ValueType {
  return variant("option", [
    { name: "none", type: undefined },
    { name: "some", type },
  ]);
}

export function result(ok: ValueType | undefined, error: ValueType | undefined): ValueType {
  return variant("result", [
    { name: "ok", type: ok },
    { name: "error", type: error },
  ]);
}

export function enumeration(names: readonly string[]): ValueType {
  return variant(
    "enum",
    names.map((name) => ({ name, type: undefined })),
  );
}

export function flags(names: readonly string[]): ValueType {
  const size = names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4;
  return { kind: "flags", names, size, align: size, flat: ["i32"], ...inherited([]) };
}

export function list(element: ValueType): ValueType {
  return { kind: "list", element, ...inherited([element]), ...POINTER };
}

export function fixedList(element: ValueType, length: number): ValueType {
  let flat: CoreType[] | undefined = [];
  for (let index = 0; index < Math.min(length, MAX_FLAT_PARAMS + 1); index++) flat = joined(flat, element.flat);
  const layout = { size: length * element.size, align: element.align, flat, ...inherited([element]) };
  return sized({ kind: "list", element, length }, layout);
}

export function handle(kind: "own" | "borrow", resource: ResourceType<unknown>): ValueType {
  return { kind, resource, size: 4, align: 4, flat: ["i32"], ...inherited([]), handles: true };
}

export function channel(kind: "stream" | "future", element: ValueType | undefined): ValueType {
  return { kind, element, size: 4, align: 4, flat: ["i32"], ...inherited([]), asynchronous: true };
}
