/**
 * Values in and out of a guest: lifting and lowering (CanonicalABI.md, "Loading", "Storing", "Flat Lifting", "Flat
 * Lowering").
 *
 * JavaScript values have jco's form: records are objects with names in camelCase, a variant is `{ tag, val }`, an enum
 * a string, an option its value or undefined, u64 and s64 are bigints, a list of u8 a Uint8Array, a result `{ tag: "ok"
 * | "err", val }`. An option in an option is a variant.
 */
import type { ResourceType } from "./handles.ts";
import type { Lowering } from "./host.ts";
import { align, type CoreType, discriminantSize, parameterSize, payloadOffset, type ValueType } from "./value-types.ts";

export type Encoding = "utf8" | "utf16" | "latin1+utf16";

/** One guest's side of a call. */
export interface Side {
  readonly memory: WebAssembly.Memory | undefined;
  readonly realloc: Lowering["realloc"];
  readonly encoding: Encoding;
}

/** Converts handles. */
export interface HandleCarrier {
  /** A handle from the guest. */
  lift(kind: "own" | "borrow", resource: ResourceType<unknown>, handle: number): unknown;
  /** A handle for the guest. */
  lower(kind: "own" | "borrow", resource: ResourceType<unknown>, value: unknown): number;
}

type CoreNumber = number | bigint;

/** The longest strings and lists (`MAX_STRING_BYTE_LENGTH`, `MAX_LIST_BYTE_LENGTH`). */
const MAX_BYTES = 2 ** 28;
const UTF16_TAG = 2 ** 31;

const toUtf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Made at its first use, because few components have such strings. */
let fromUtf16: TextDecoder | undefined;

const scratch = new DataView(new ArrayBuffer(8));

function trap(message: string): never {
  throw new WebAssembly.RuntimeError(message);
}

/** A label in kebab-case in jco's spelling. */
export function camelCase(label: string): string {
  return label.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A memory whose view is renewed after growth. */
class Memory {
  readonly #memory: WebAssembly.Memory | undefined;
  #view: DataView | undefined;

  constructor(memory: WebAssembly.Memory | undefined) {
    this.#memory = memory;
  }

  get view(): DataView {
    const { buffer } = this.#memory!;
    if (this.#view?.buffer !== buffer) this.#view = new DataView(buffer);
    return this.#view;
  }

  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory!.buffer as ArrayBuffer, address, length);
  }

  /** Traps unless `size` bytes at `address` are in memory and aligned. */
  check(address: number, size: number, alignment: number, what: string): void {
    if (address % alignment !== 0) trap(`${what} is at ${address}, which is not a multiple of ${alignment}`);
    if (address + size > this.#memory!.buffer.byteLength)
      trap(`${what} has ${size} bytes at ${address}, which are not all in memory`);
  }
}

/** Lifts values from a guest. */
export class ValueReader {
  readonly #memory: Memory;
  readonly #encoding: Encoding;
  readonly #handles: HandleCarrier;

  constructor({ memory, encoding }: Side, handles: HandleCarrier) {
    this.#memory = new Memory(memory);
    this.#encoding = encoding;
    this.#handles = handles;
  }

  /**
   * Lifts values from a call's core values, or from memory if they do not fit, at the given address.
   *
   * @param flat undefined if they are in memory
   */
  values(
    types: readonly ValueType[],
    flat: readonly unknown[] | undefined,
    core: readonly CoreNumber[],
    what: string,
  ): unknown[] {
    if (flat !== undefined) {
      const next = reader(core);
      return types.map((type) => this.flat(type, next));
    }
    const address = Number(core[0]) >>> 0;
    const { size, align: alignment } = parameterSize(types);
    this.#memory.check(address, size, alignment, what);
    let at = address;
    return types.map((type) => {
      at = align(at, type.align) + type.size;
      return this.load(type, at - type.size);
    });
  }

  /** The value at an aligned address in memory. */
  load(type: ValueType, at: number): unknown {
    const { view } = this.#memory;
    switch (type.kind) {
      case "bool":
        return view.getUint8(at) !== 0;
      case "s8":
        return view.getInt8(at);
      case "u8":
        return view.getUint8(at);
      case "s16":
        return view.getInt16(at, true);
      case "u16":
        return view.getUint16(at, true);
      case "s32":
        return view.getInt32(at, true);
      case "u32":
        return view.getUint32(at, true);
      case "s64":
        return view.getBigInt64(at, true);
      case "u64":
        return view.getBigUint64(at, true);
      case "f32":
        return view.getFloat32(at, true);
      case "f64":
        return view.getFloat64(at, true);
      case "char":
        return char(view.getUint32(at, true));
      case "string":
        return this.#string(view.getUint32(at, true), view.getUint32(at + 4, true));
      case "list":
        if (type.length !== undefined) return this.#elements(type.element, at, type.length);
        return this.#list(type.element, view.getUint32(at, true), view.getUint32(at + 4, true));
      case "record":
      case "tuple": {
        let next = at;
        return assembled(type, (field) => {
          next = align(next, field.align) + field.size;
          return this.load(field, next - field.size);
        });
      }
      case "flags":
        return flagsOf(type.names, unsigned(view, at, type.size));
      case "own":
      case "borrow":
        return this.#handles.lift(type.kind, type.resource, view.getInt32(at, true));
      case "stream":
      case "future":
      case "error-context":
        return trap(`a ${type.kind} is of WASI 0.3`);
      default: {
        const index = unsigned(view, at, discriminantSize(type.cases.length));
        return caseOf(type, index, (payload) => this.load(payload, at + payloadOffset(type.cases)));
      }
    }
  }

  /** The value of the next core values. */
  flat(type: ValueType, next: (type: CoreType) => CoreNumber): unknown {
    switch (type.kind) {
      case "bool":
        return Number(next("i32")) !== 0;
      case "s8":
        return (Number(next("i32")) << 24) >> 24;
      case "u8":
        return Number(next("i32")) & 0xff;
      case "s16":
        return (Number(next("i32")) << 16) >> 16;
      case "u16":
        return Number(next("i32")) & 0xffff;
      case "s32":
        return Number(next("i32")) | 0;
      case "u32":
        return Number(next("i32")) >>> 0;
      case "s64":
        return BigInt.asIntN(64, BigInt(next("i64")));
      case "u64":
        return BigInt.asUintN(64, BigInt(next("i64")));
      case "f32":
        return Number(next("f32"));
      case "f64":
        return Number(next("f64"));
      case "char":
        return char(Number(next("i32")) >>> 0);
      case "string": {
        const address = Number(next("i32")) >>> 0;
        return this.#string(address, Number(next("i32")) >>> 0);
      }
      case "list": {
        if (type.length !== undefined) return Array.from({ length: type.length }, () => this.flat(type.element, next));
        const address = Number(next("i32")) >>> 0;
        return this.#list(type.element, address, Number(next("i32")) >>> 0);
      }
      case "record":
      case "tuple":
        return assembled(type, (field) => this.flat(field, next));
      case "flags":
        return flagsOf(type.names, Number(next("i32")) >>> 0);
      case "own":
      case "borrow":
        return this.#handles.lift(type.kind, type.resource, Number(next("i32")));
      case "stream":
      case "future":
      case "error-context":
        return trap(`a ${type.kind} is of WASI 0.3`);
      default: {
        const [, ...joined] = type.flat!;
        const index = Number(next("i32")) >>> 0;
        // Take all core values, for every case.
        const payload = joined.map(next);
        let at = 0;
        return caseOf(type, index, (of) => this.flat(of, (wanted) => converted(payload[at], joined[at++], wanted)));
      }
    }
  }

  #string(address: number, units: number): string {
    const wide = this.#encoding === "utf16" || (this.#encoding === "latin1+utf16" && units >= UTF16_TAG);
    const count = this.#encoding === "latin1+utf16" && wide ? units - UTF16_TAG : units;
    const length = wide ? count * 2 : count;
    if (length >= MAX_BYTES) trap(`a string has ${length} bytes, expected less than ${MAX_BYTES}`);
    this.#memory.check(address, length, this.#encoding === "utf8" ? 1 : 2, "a string");
    const bytes = this.#memory.bytes(address, length);
    // For the web, the label "latin1" is another encoding, with other characters from 0x80 to 0x9f.
    if (!wide && this.#encoding !== "utf8") return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    try {
      if (!wide) return fromUtf8.decode(bytes);
      fromUtf16 ??= new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true });
      return fromUtf16.decode(bytes);
    } catch {
      return trap(`a string at ${address} is not in ${wide ? "UTF-16" : "UTF-8"}`);
    }
  }

  #list(element: ValueType, address: number, length: number): unknown {
    const bytes = length * element.size;
    if (bytes >= MAX_BYTES) trap(`a list has ${bytes} bytes, expected less than ${MAX_BYTES}`);
    this.#memory.check(address, bytes, element.align, "a list");
    return this.#elements(element, address, length);
  }

  #elements(element: ValueType, address: number, length: number): unknown {
    if (element.kind === "u8") return this.#memory.bytes(address, length).slice();
    return Array.from({ length }, (_, index) => this.load(element, address + index * element.size));
  }
}

/** Lowers values into a guest. */
export class ValueWriter {
  readonly #memory: Memory;
  readonly #realloc: Side["realloc"];
  readonly #encoding: Encoding;
  readonly #handles: HandleCarrier;

  constructor({ memory, realloc, encoding }: Side, handles: HandleCarrier) {
    this.#memory = new Memory(memory);
    this.#realloc = realloc;
    this.#encoding = encoding;
    this.#handles = handles;
  }

  /**
   * The core values of a call with these values. Values that do not fit go to memory.
   *
   * @param flat undefined if they do not fit
   */
  values(types: readonly ValueType[], values: readonly unknown[], flat: readonly unknown[] | undefined): CoreNumber[] {
    const core: CoreNumber[] = [];
    if (flat !== undefined) {
      types.forEach((type, index) => void this.flat(type, values[index], core));
      return core;
    }
    const { size, align: alignment } = parameterSize(types);
    const address = this.#realloc!(0, 0, alignment, size);
    this.valuesAt(types, values, address);
    return [address];
  }

  /** Writes the result of a call to the caller's address. */
  result(type: ValueType, value: unknown, address: number): void {
    this.#memory.check(address, type.size, type.align, "a result");
    this.store(type, value, address);
  }

  valuesAt(types: readonly ValueType[], values: readonly unknown[], address: number): void {
    let at = address;
    types.forEach((type, index) => {
      at = align(at, type.align) + type.size;
      this.store(type, values[index], at - type.size);
    });
  }

  /** Writes a value to an aligned address in memory. */
  store(type: ValueType, value: unknown, at: number): void {
    const { view } = this.#memory;
    switch (type.kind) {
      case "bool":
        view.setUint8(at, value === true ? 1 : 0);
        break;
      case "s8":
      case "u8":
        view.setUint8(at, value as number);
        break;
      case "s16":
      case "u16":
        view.setUint16(at, value as number, true);
        break;
      case "s32":
      case "u32":
        view.setUint32(at, value as number, true);
        break;
      case "s64":
      case "u64":
        view.setBigUint64(at, BigInt.asUintN(64, BigInt(value as bigint)), true);
        break;
      case "f32":
        view.setFloat32(at, value as number, true);
        break;
      case "f64":
        view.setFloat64(at, value as number, true);
        break;
      case "char":
        view.setUint32(at, (value as string).codePointAt(0)!, true);
        break;
      case "string":
        this.#pointer(at, this.#string(value as string));
        break;
      case "list":
        if (type.length === undefined) this.#pointer(at, this.#list(type.element, value as ArrayLike<unknown>));
        else this.#elements(type.element, value as ArrayLike<unknown>, at);
        break;
      case "record":
      case "tuple":
        this.valuesAt(
          type.fields.map((field) => field.type),
          type.fields.map((field) => fieldOf(type, field.name, value)),
          at,
        );
        break;
      case "flags":
        storeUnsigned(view, at, type.size, bitsOf(type.names, value as Record<string, boolean>));
        break;
      case "own":
      case "borrow":
        view.setInt32(at, this.#handles.lower(type.kind, type.resource, value), true);
        break;
      case "stream":
      case "future":
      case "error-context":
        trap(`a ${type.kind} is of WASI 0.3`);
        break;
      default: {
        const { index, payload, val } = chosen(type, value);
        storeUnsigned(view, at, discriminantSize(type.cases.length), index);
        if (payload !== undefined) this.store(payload, val, at + payloadOffset(type.cases));
      }
    }
  }

  /** Appends the core values of a value. */
  flat(type: ValueType, value: unknown, core: CoreNumber[]): void {
    switch (type.kind) {
      case "bool":
        core.push(value === true ? 1 : 0);
        break;
      case "s64":
      case "u64":
        core.push(BigInt(value as bigint));
        break;
      case "char":
        core.push((value as string).codePointAt(0)!);
        break;
      case "string":
        core.push(...this.#string(value as string));
        break;
      case "list":
        if (type.length === undefined) core.push(...this.#list(type.element, value as ArrayLike<unknown>));
        else for (const element of value as Iterable<unknown>) this.flat(type.element, element, core);
        break;
      case "record":
      case "tuple":
        for (const field of type.fields) this.flat(field.type, fieldOf(type, field.name, value), core);
        break;
      case "flags":
        core.push(bitsOf(type.names, value as Record<string, boolean>) | 0);
        break;
      case "own":
      case "borrow":
        core.push(this.#handles.lower(type.kind, type.resource, value));
        break;
      case "stream":
      case "future":
      case "error-context":
        trap(`a ${type.kind} is of WASI 0.3`);
        break;
      case "variant":
      case "enum":
      case "option":
      case "result": {
        const [, ...joined] = type.flat!;
        const { index, payload, val } = chosen(type, value);
        core.push(index);
        const own: CoreNumber[] = [];
        if (payload !== undefined) this.flat(payload, val, own);
        const types = payload?.flat ?? [];
        joined.forEach(
          (want, place) => void core.push(place < own.length ? widened(own[place], types[place], want) : zero(want)),
        );
        break;
      }
      default:
        core.push(value as number);
    }
  }

  /** Renews the view after a possible allocation. */
  #pointer(at: number, [address, length]: readonly [number, number]): void {
    const { view } = this.#memory;
    view.setUint32(at, address, true);
    view.setUint32(at + 4, length, true);
  }

  #string(text: string): [address: number, units: number] {
    if (this.#encoding === "utf8") {
      const bytes = toUtf8.encode(text);
      const address = this.#realloc!(0, 0, 1, bytes.length);
      this.#memory.bytes(address, bytes.length).set(bytes);
      return [address, bytes.length];
    }
    const narrow = this.#encoding === "latin1+utf16" && !/[^\0-\xff]/.test(text);
    const length = narrow ? text.length : text.length * 2;
    const address = this.#realloc!(0, 0, 2, length);
    const { view } = this.#memory;
    for (let index = 0; index < text.length; index++) {
      if (narrow) view.setUint8(address + index, text.charCodeAt(index));
      else view.setUint16(address + index * 2, text.charCodeAt(index), true);
    }
    return [address, this.#encoding === "latin1+utf16" && !narrow ? text.length + UTF16_TAG : text.length];
  }

  #list(element: ValueType, values: ArrayLike<unknown>): [address: number, length: number] {
    const address = this.#realloc!(0, 0, element.align, values.length * element.size);
    this.#elements(element, values, address);
    return [address, values.length];
  }

  #elements(element: ValueType, values: ArrayLike<unknown>, address: number): void {
    if (element.kind === "u8" && values instanceof Uint8Array) {
      this.#memory.bytes(address, values.length).set(values);
      return;
    }
    for (let index = 0; index < values.length; index++)
      this.store(element, values[index], address + index * element.size);
  }
}

function unsigned(view: DataView, at: number, size: number): number {
  if (size === 1) return view.getUint8(at);
  return size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

function reader(core: readonly CoreNumber[]): () => CoreNumber {
  let at = 0;
  return () => core[at++];
}

function char(code: number): string {
  if (code >= 0x11_0000 || (code >= 0xd800 && code <= 0xdfff))
    trap(`a char is ${code}, which is no Unicode scalar value`);
  return String.fromCodePoint(code);
}

function assembled(
  type: ValueType & { readonly kind: "record" | "tuple" },
  value: (type: ValueType) => unknown,
): unknown {
  if (type.kind === "tuple") return type.fields.map((field) => value(field.type));
  return Object.fromEntries(type.fields.map((field) => [camelCase(field.name), value(field.type)]));
}

function flagsOf(names: readonly string[], bits: number): Record<string, boolean> {
  return Object.fromEntries(names.map((name, index) => [camelCase(name), ((bits >>> index) & 1) === 1]));
}

type Cases = ValueType & { readonly kind: "variant" | "enum" | "option" | "result" };

/** Whether it is an option whose values are never undefined. */
function isPlainOption(type: Cases): boolean {
  return type.kind === "option" && type.cases[1].type!.kind !== "option";
}

function caseOf(type: Cases, index: number, payload: (type: ValueType) => unknown): unknown {
  const found = type.cases[index];
  if (found === undefined)
    return trap(`a value has case ${index}, and its type ${type.kind} has ${type.cases.length} cases`);
  if (type.kind === "enum") return found.name;
  const val = found.type === undefined ? undefined : payload(found.type);
  if (isPlainOption(type)) return val;
  return { tag: found.name === "error" && type.kind === "result" ? "err" : found.name, val };
}

/** Converts a variant's core value from the common type to one case's type. */
function converted(value: CoreNumber, have: CoreType, want: CoreType): CoreNumber {
  if (have === want) return value;
  if (have === "i32") scratch.setInt32(0, Number(value), true);
  else scratch.setBigInt64(0, BigInt(value), true);
  if (want === "f32") return scratch.getFloat32(0, true);
  return want === "f64" ? scratch.getFloat64(0, true) : scratch.getInt32(0, true);
}

/** Converts in the other direction. */
function widened(value: CoreNumber, have: CoreType, want: CoreType): CoreNumber {
  if (have === want) return value;
  scratch.setBigInt64(0, 0n, true);
  if (have === "f32") scratch.setFloat32(0, Number(value), true);
  else if (have === "f64") scratch.setFloat64(0, Number(value), true);
  else scratch.setInt32(0, Number(value), true);
  return want === "i32" ? scratch.getInt32(0, true) : scratch.getBigInt64(0, true);
}

function zero(type: CoreType): CoreNumber {
  return type === "i64" ? 0n : 0;
}

function storeUnsigned(view: DataView, at: number, size: number, value: number): void {
  if (size === 1) view.setUint8(at, value);
  else if (size === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
}

function fieldOf(type: ValueType & { readonly kind: "record" | "tuple" }, name: string, value: unknown): unknown {
  return type.kind === "tuple"
    ? (value as readonly unknown[])[Number(name)]
    : (value as Record<string, unknown>)[camelCase(name)];
}

function bitsOf(names: readonly string[], value: Record<string, boolean>): number {
  return names.reduce((bits, name, index) => (value[camelCase(name)] === true ? bits | (1 << index) : bits), 0);
}

/** The case of a value, and its payload. */
function chosen(
  type: Cases,
  value: unknown,
): { readonly index: number; readonly payload: ValueType | undefined; readonly val: unknown } {
  const { cases, kind } = type;
  if (isPlainOption(type)) {
    const index = value === undefined || value === null ? 0 : 1;
    return { index, payload: cases[index].type, val: value };
  }
  const { tag, val } =
    kind === "enum" ? { tag: value, val: undefined } : (value as { readonly tag: string; readonly val?: unknown });
  const name = kind === "result" && tag === "err" ? "error" : tag;
  const index = cases.findIndex((found) => found.name === name);
  if (index < 0)
    throw new TypeError(`no case '${tag}' in a ${kind}: expected ${cases.map((found) => found.name).join(", ")}`);
  return { index, payload: cases[index].type, val };
}
