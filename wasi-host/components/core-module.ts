/**
 * The signatures of a core module's functions, which JavaScript's interface does not give.
 *
 * An engine checks imports from another module. It accepts a JavaScript function for any signature. So the linker
 * checks JavaScript functions that a module imports, and module functions called from here. The engine has already
 * validated the module.
 */

import { LinkerGap } from "../errors/component-error.ts";
import { BinaryReader } from "./binary/reader.ts";
import { type Signature, signature } from "./function-types.ts";

const HEADER = 8;
const TYPES = 1;
const IMPORTS = 2;
const FUNCTIONS = 3;
const EXPORTS = 7;
const FUNC = 0;
const FUNC_TYPE = 0x60;
/** Bits in the flags of limits. */
const LIMITS_OF_64_BITS = 4;

const VALUE_TYPES: Readonly<Record<number, string>> = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "v128",
  112: "funcref",
  111: "externref",
};

/** Replaces a signature with other types than numbers: no function of a component has it. */
const OTHER = "another type";

/** The functions of a module. */
interface Functions {
  /**
   * Signatures of types. After a type that is no function, such as one of the garbage collector, none is known;
   * components do not use such types so far.
   */
  readonly types: readonly Signature[];
  /** The types of imported functions, and the same by module and name. */
  readonly imported: readonly number[];
  readonly imports: ReadonlyMap<string, readonly number[]>;
}

/** Signatures are read from the module's bytes on demand. */
export class CoreModule {
  readonly module: WebAssembly.Module;
  readonly #bytes: Uint8Array;
  #known: Functions | undefined;
  /** Signatures by the names of exports: almost every function of the component asks for the same realloc. */
  readonly #exported = new Map<string, Signature>();

  /** @param bytes the binary of `module` */
  constructor(module: WebAssembly.Module, bytes: Uint8Array) {
    this.module = module;
    this.#bytes = bytes;
  }

  /** The signatures of an imported function: several if it is imported several times, none if it is not imported. */
  imported(module: string, name: string): readonly Signature[] {
    const { imports, types } = this.#functions();
    return (imports.get(`${module}\0${name}`) ?? []).map((type) => types[type] ?? OTHER);
  }

  /** The signature of an exported function. */
  exported(name: string): Signature {
    const known = this.#exported.get(name);
    if (known !== undefined) return known;
    const found = this.#find(name);
    this.#exported.set(name, found);
    return found;
  }

  #find(name: string): Signature {
    const wanted = new TextEncoder().encode(name);
    const section = this.#section(EXPORTS);
    for (let left = section?.u32("exports") ?? 0; left > 0; left--) {
      const found = section!.part(section!.u32("a name's length"), "a name");
      const kind = section!.byte("a kind");
      const index = section!.u32("an index");
      if (kind === FUNC && same(found, wanted)) return this.#functions().types[this.#typeOf(index)] ?? OTHER;
    }
    return OTHER;
  }

  /** The type of a function: imported functions come first. */
  #typeOf(index: number): number {
    const { imported } = this.#functions();
    if (index < imported.length) return imported[index];
    const section = this.#section(FUNCTIONS)!;
    section.u32("functions");
    for (let left = index - imported.length; left > 0; left--) section.u32("a type");
    return section.u32("a type");
  }

  #functions(): Functions {
    this.#known ??= {
      types: readTypes(this.#section(TYPES)),
      ...readImports(WebAssembly.Module.imports(this.module), this.#section(IMPORTS)),
    };
    return this.#known;
  }

  #section(wanted: number): BinaryReader | undefined {
    const reader = new BinaryReader(this.#bytes, HEADER);
    while (!reader.done) {
      const id = reader.byte("a section");
      const section = reader.part(reader.u32("a section's size"), "a section");
      if (id === wanted) return section;
    }
    return undefined;
  }
}

function readTypes(section: BinaryReader | undefined): Signature[] {
  const types: Signature[] = [];
  for (let left = section?.u32("types") ?? 0; left > 0; left--) {
    if (section!.byte("a type's form") !== FUNC_TYPE) break;
    const params = valueTypes(section!);
    const results = valueTypes(section!);
    if (params === undefined || results === undefined) break;
    types.push(signature(params, results));
  }
  return types;
}

/**
 * @param named the engine has read the names already; to read them again takes long for a module with many
 */
function readImports(
  named: readonly WebAssembly.ModuleImportDescriptor[],
  section: BinaryReader | undefined,
): Omit<Functions, "types"> {
  const imported: number[] = [];
  const imports = new Map<string, number[]>();
  section?.u32("imports");
  for (const { module, name } of named) {
    skipName(section!);
    skipName(section!);
    const kind = section!.byte("a kind");
    if (kind === FUNC) {
      const type = section!.u32("a type");
      imported.push(type);
      const key = `${module}\0${name}`;
      imports.set(key, [...(imports.get(key) ?? []), type]);
    } else if (!skipped(section!, kind)) {
      const what = `a core module imports a table, memory or global of a kind that is not supported (${module} ${name})`;
      throw new LinkerGap(what);
    }
  }
  return { imported, imports };
}

function skipName(section: BinaryReader): void {
  section.part(section.u32("a name's length"), "a name");
}

function valueTypes(section: BinaryReader): string[] | undefined {
  const types: string[] = [];
  for (let left = section.u32("value types"); left > 0; left--) {
    const type = VALUE_TYPES[section.byte("a value type")];
    if (type === undefined) return undefined;
    types.push(type);
  }
  return types;
}

/** Skips a table, memory, global or tag; false if its form is unknown. */
function skipped(section: BinaryReader, kind: number): boolean {
  switch (kind) {
    case 1:
      return section.byte("a table's type") >= 0x6f && limits(section);
    case 2:
      return limits(section);
    case 3:
      return section.byte("a global's type") >= 0x6f && section.byte("its mutability") <= 1;
    case 4:
      return section.byte("a tag's attribute") === 0 && section.u32("a type") >= 0;
    default:
      return false;
  }
}

function limits(section: BinaryReader): boolean {
  const flags = section.byte("limits");
  if ((flags & LIMITS_OF_64_BITS) !== 0) return false;
  section.u32("the least size");
  if ((flags & 1) === 1) section.u32("the most size");
  return true;
}

function same(found: BinaryReader, wanted: Uint8Array): boolean {
  if (found.end - found.at !== wanted.length) return false;
  return wanted.every((byte, index) => found.bytes[found.at + index] === byte);
}
