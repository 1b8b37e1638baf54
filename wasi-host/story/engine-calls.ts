/**
 * Reports the engine's calls of a module (`pollux_epoll_wait` and others) to the host.
 *
 * A host sees only the calls that leave a module. So the module is changed before it is compiled: the body of each
 * exported call moves to a new function behind the others. Its place gets a body that reports the arguments, calls the
 * moved one, and reports the result. All other functions and all numbers stay, and a module that is not explained stays
 * as it is.
 *
 * A report is a call of the module's own import that no program can make: a poll_oneoff of 2^32 - 1 subscriptions, which
 * fit in no memory.
 *
 *     poll_oneoff(in = the value, out = index in CALLS, count = REPORT, events = index of the argument, or RESULT)
 */
import { type Bytes, concatenated, leb, Reader, type Section, sectionsOf, withSections } from "../abi/wasm-binary.ts";

/** The exports of a program (`assembly/standard/transform.mjs`), in the order of their indices in reports. */
export const CALLS = [
  "pollux_epoll_create",
  "pollux_epoll_ctl",
  "pollux_epoll_wait",
  "pollux_epoll_close",
  "pollux_poll",
  "pollux_select",
] as const;
export type EngineCall = (typeof CALLS)[number];
const TABLE = "pollux_instances";

/** In place of a count of subscriptions: 2^32 - 1, as WebAssembly passes it. */
export const REPORT = -1;
/** In place of an argument's index. */
export const RESULT = -1;

const [TYPES, IMPORTS, FUNCTIONS, GLOBALS, EXPORTS, CODE] = [1, 2, 3, 6, 7, 10];
const [FUNCTION, TABLE_KIND, MEMORY, GLOBAL, TAG] = [0, 1, 2, 3, 4];
const [I32, I64] = [0x7f, 0x7e];
const [LOCAL_GET, LOCAL_SET, CALL, DROP, END] = [0x20, 0x21, 0x10, 0x1a, 0x0b];
const [I32_CONST, I64_CONST, F32_CONST, F64_CONST, GLOBAL_GET] = [0x41, 0x42, 0x43, 0x44, 0x23];
const WRAP_I64 = 0xa7;
const FUNCTION_TYPE = 0x60;
const HAS_MOST = 1;

/** A module whose calls are reported. */
export interface Explained {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The address of its table of instances (`assembly/abi/engine.ts`). */
  readonly instances: number;
}

/**
 * Changes a module so that it reports the engine's calls.
 *
 * @returns undefined for a module without the engine, or without its exports
 */
export function withReports(bytes: Uint8Array): Explained | undefined {
  try {
    return new Module(bytes).withReports();
  } catch (error) {
    // V8 says what is wrong with a damaged module.
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

/** A part of the module that this file does not know. */
class Unknown extends Error {}

interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

class Module {
  readonly #bytes: Uint8Array;
  readonly #sections: readonly Section[];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#sections = sectionsOf(bytes);
  }

  withReports(): Explained | undefined {
    const exports = this.#exports();
    const table = exports.get(TABLE);
    if (table === undefined) return undefined;
    const types = this.#items(TYPES, functionType);
    const imports = this.#items(IMPORTS, importOf);
    const functions = imports.filter(({ kind }) => kind === FUNCTION);
    const report = functions.findIndex(({ name }) => name === "poll_oneoff");
    if (report < 0) return undefined;
    const declared = this.#items(FUNCTIONS, (reader) => reader.leb());
    const bodies = this.#items(CODE, (reader) => {
      const length = reader.leb();
      const start = reader.at;
      reader.at += length;
      return this.#bytes.subarray(start, reader.at) as Bytes;
    });
    if (bodies.length !== declared.length) throw new Unknown();
    const count = functions.length + declared.length;
    const moved: Bytes[] = [];
    const movedTypes: number[] = [];
    for (const [index, name] of CALLS.entries()) {
      const place = (exports.get(name) ?? -1) - functions.length;
      const type = types[declared[place]];
      if (type === undefined || !isReportable(type)) continue;
      moved.push(bodies[place]);
      movedTypes.push(declared[place]);
      bodies[place] = reportingBody(type, index, report, count + moved.length - 1);
    }
    const functionSection = [
      ...leb(count - functions.length + moved.length),
      ...[...declared, ...movedTypes].flatMap(leb),
    ];
    const all = [...bodies, ...moved];
    const codeSection = concatenated([leb(all.length), ...all.flatMap((body) => [leb(body.length), body])]);
    return {
      bytes: withSections(
        this.#bytes,
        new Map<Section, Bytes>([
          [this.#section(FUNCTIONS), functionSection],
          [this.#section(CODE), codeSection],
        ]),
      ),
      instances: this.#constant(table - imports.filter(({ kind }) => kind === GLOBAL).length),
    };
  }

  #section(id: number): Section {
    const found = this.#sections.find((section) => section.id === id);
    if (found === undefined) throw new Unknown();
    return found;
  }

  /** All items of a section: a vector. */
  #items<T>(id: number, read: (reader: Reader) => T): T[] {
    const { content, end } = this.#section(id);
    const reader = new Reader(this.#bytes, content);
    const items: T[] = [];
    for (let left = reader.leb(); left > 0; left--) {
      items.push(read(reader));
      if (reader.at > end) throw new Unknown();
    }
    return items;
  }

  #exports(): Map<string, number> {
    return new Map(
      this.#items(EXPORTS, (reader) => {
        const name = reader.name();
        reader.byte();
        return [name, reader.leb()] as const;
      }),
    );
  }

  /** The value of an own global: an immutable i32. */
  #constant(index: number): number {
    const values = this.#items(GLOBALS, (reader) => {
      reader.byte(); // type
      reader.byte(); // mutability
      return constant(reader);
    });
    const value = values[index];
    if (value === undefined) throw new Unknown();
    return value;
  }
}

/** A constant expression of one instruction; undefined if its value is no i32. */
function constant(reader: Reader): number | undefined {
  const instruction = reader.byte();
  let value: number | undefined;
  if (instruction === I32_CONST) value = reader.leb();
  else if (instruction === I64_CONST || instruction === GLOBAL_GET) reader.leb();
  else if (instruction === F32_CONST || instruction === F64_CONST) reader.at += instruction === F32_CONST ? 4 : 8;
  else throw new Unknown();
  if (reader.byte() !== END) throw new Unknown();
  return value;
}

function isReportable({ params, results }: FunctionType): boolean {
  return params.every((type) => type === I32 || type === I64) && results.length === 1 && results[0] === I32;
}

function functionType(reader: Reader): FunctionType {
  if (reader.byte() !== FUNCTION_TYPE) throw new Unknown();
  const valueTypes = () => Array.from({ length: bounded(reader.leb()) }, () => reader.byte());
  return { params: valueTypes(), results: valueTypes() };
}

/** The most parameters of a function that engines allow. */
const MAX_PARAMS = 1000;

function bounded(count: number): number {
  if (count > MAX_PARAMS) throw new Unknown();
  return count;
}

function importOf(reader: Reader): { name: string; kind: number } {
  reader.name();
  const name = reader.name();
  const kind = reader.byte();
  if (kind === FUNCTION) reader.leb();
  else if (kind === GLOBAL || kind === TAG) {
    reader.byte();
    reader.leb();
  } else if (kind === TABLE_KIND || kind === MEMORY) {
    if (kind === TABLE_KIND) reader.byte();
    const flags = reader.byte();
    reader.leb();
    if ((flags & HAS_MOST) !== 0) reader.leb();
  } else throw new Unknown();
  return { name, kind };
}

function reportingBody({ params }: FunctionType, index: number, report: number, moved: number): number[] {
  const result = params.length;
  const send = (local: number, type: number, what: number) => [
    ...[LOCAL_GET, ...leb(local), ...(type === I64 ? [WRAP_I64] : [])],
    ...[I32_CONST, index, I32_CONST, ...MINUS_ONE, I32_CONST, ...(what === RESULT ? MINUS_ONE : [what])],
    ...[CALL, ...leb(report), DROP],
  ];
  return [
    ...[1, 1, I32], // one local
    ...params.flatMap((type, local) => send(local, type, local)),
    ...params.flatMap((_, local) => [LOCAL_GET, ...leb(local)]),
    ...[CALL, ...leb(moved), LOCAL_SET, ...leb(result)],
    ...send(result, I32, RESULT),
    ...[LOCAL_GET, ...leb(result), END],
  ];
}

/** -1 as a signed LEB128 number. */
const MINUS_ONE = [0x7f];
