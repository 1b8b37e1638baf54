/**
 * WIT values as text, from memory or from core values: `ok("hello")`, `err(would-block)`, `127.0.0.1:80`. Nothing from
 * a guest is trusted.
 */
import { ipText } from "../addresses/ip-address.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import { excerpt } from "./values.ts";
import { flatCount, offsetsOf, payloadOffset, sizeOf, type WitFunction, type WitType } from "./wit-types.ts";

/** The most bytes and elements that are shown. */
const MAX_BYTES = 64;
const MAX_ELEMENTS = 8;

export class WitValues {
  readonly #memory: GuestMemory;

  /** The caller refreshes the memory. */
  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  /** `self=3, len=64`: all parameters, from the core values. */
  params(signature: WitFunction, values: readonly (number | bigint)[]): string {
    let next = 0;
    const shown = signature.params.map(([name, type]) => {
      const text = this.#flat(type, values, next);
      next += flatCount(type);
      return `${name}=${text}`;
    });
    return shown.join(", ");
  }

  /** A value in memory. */
  at(type: WitType, pointer: number): string {
    if (!this.#memory.holds(pointer, sizeOf(type))) return "?";
    const { view, bytes } = this.#memory;
    switch (type.kind) {
      case "u16":
        return String(view.getUint16(pointer, true));
      case "u32":
        return String(view.getUint32(pointer, true));
      case "handle":
        return String(view.getUint32(pointer, true));
      case "u64":
      case "s64":
        return String(type.kind === "u64" ? view.getBigUint64(pointer, true) : view.getBigInt64(pointer, true));
      case "string":
        return this.#bytes(view.getUint32(pointer, true), view.getUint32(pointer + 4, true));
      case "list":
        return this.#list(type.element, view.getUint32(pointer, true), view.getUint32(pointer + 4, true));
      case "record":
        return this.#fields(type.fields, pointer);
      case "tuple": {
        const { offsets } = offsetsOf(type.fields);
        return `(${type.fields.map((field, index) => this.at(field, pointer + offsets[index])).join(", ")})`;
      }
      case "variant": {
        const [name, payload] = type.cases[bytes[pointer]] ?? [`case ${bytes[pointer]}`];
        return wrapped(name, payload && this.at(payload, pointer + payloadOffset(type)));
      }
      default:
        return scalar(type, bytes[pointer]);
    }
  }

  #fields(fields: readonly (readonly [string, WitType])[], pointer: number): string {
    const { offsets } = offsetsOf(fields.map(([, field]) => field));
    const texts = fields.map(([name, field], index) => [name, this.at(field, pointer + offsets[index])] as const);
    return recordText(texts);
  }

  #bytes(pointer: number, length: number): string {
    if (!this.#memory.holds(pointer, length)) return "?";
    return excerpt(this.#memory.bytes.subarray(pointer, pointer + length), MAX_BYTES);
  }

  #list(element: WitType, pointer: number, length: number): string {
    if (element.kind === "u8") return this.#bytes(pointer, length);
    const size = sizeOf(element);
    if (!this.#memory.holds(pointer, length * size)) return "?";
    const count = Math.min(length, MAX_ELEMENTS);
    const shown = Array.from({ length: count }, (_, index) => this.at(element, pointer + index * size));
    if (length > count) shown.push(`... ${length - count} more`);
    return `[${shown.join(", ")}]`;
  }

  #flat(type: WitType, values: readonly (number | bigint)[], at: number): string {
    const value = values[at];
    switch (type.kind) {
      case "u64":
        return String(BigInt.asUintN(64, BigInt(value)));
      case "s64":
        return String(value);
      case "string":
        return this.#bytes(Number(value) >>> 0, Number(values[at + 1]) >>> 0);
      case "list":
        return this.#list(type.element, Number(value) >>> 0, Number(values[at + 1]) >>> 0);
      case "record": {
        let next = at;
        const texts = type.fields.map(([name, field]) => {
          const text = this.#flat(field, values, next);
          next += flatCount(field);
          return [name, text] as const;
        });
        return recordText(texts);
      }
      case "tuple": {
        let next = at;
        const texts = type.fields.map((field) => {
          const text = this.#flat(field, values, next);
          next += flatCount(field);
          return text;
        });
        return `(${texts.join(", ")})`;
      }
      case "variant": {
        const [name, payload] = type.cases[Number(value) >>> 0] ?? [`case ${Number(value) >>> 0}`];
        return wrapped(name, payload && this.#flat(payload, values, at + 1));
      }
      default:
        return scalar(type, Number(value) >>> 0);
    }
  }
}

function scalar(type: WitType, value: number): string {
  switch (type.kind) {
    case "bool":
      return String(value !== 0);
    case "u8":
      return String(value & 0xff);
    case "u16":
      return String(value & 0xffff);
    case "enum":
      return type.names[value] ?? `case ${value}`;
    case "flags": {
      const names = type.names.filter((_, bit) => (value & (1 << bit)) !== 0);
      return names.length === 0 ? "0" : names.join("|");
    }
    default:
      return String(value);
  }
}

/** Cases that the value shows anyway are omitted: `some`, and the family of an address. */
function wrapped(name: string, payload: string | undefined): string {
  if (payload === undefined) return name;
  return name === "some" || name === "ipv4" || name === "ipv6" ? payload : `${name}(${payload})`;
}

/** `{name: value, ...}`; an address in its usual form. */
function recordText(fields: readonly (readonly [string, string])[]): string {
  const values = Object.fromEntries(fields);
  if (values.port !== undefined && values.address !== undefined) return `${address(values.address)}:${values.port}`;
  return `{${fields.map(([name, text]) => `${name}: ${text}`).join(", ")}}`;
}

/** The numbers in a tuple's text: (127, 0, 0, 1). */
function address(text: string): string {
  const numbers = text.slice(1, -1).split(", ").map(Number);
  if (numbers.length === 4) return ipText(Uint8Array.from(numbers));
  return `[${ipText(Uint8Array.from(numbers.flatMap((group) => [group >> 8, group & 0xff])))}]`;
}
