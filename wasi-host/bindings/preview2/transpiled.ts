/** Runs a component as JavaScript that jco generates. The functions of this binding are its imports (`javascript.ts`). */
import type * as Jco from "@bytecodealliance/jco-transpile/component";
import type { ComponentHost, FlatFunction } from "../../components/host.ts";
import { missing, parseInterfaceName } from "../../components/interface-names.ts";
import type { CompiledComponent } from "../../components/linker.ts";
import { ComponentError, type LinkerGap } from "../../errors/component-error.ts";
import { importInstalled, importModule } from "../../runtime/importing.ts";
import { javascriptImports } from "./javascript.ts";

const PACKAGE = "@bytecodealliance/jco-transpile";
/** Only what transpiles: the package's own entry also loads an optimizer, and addons of Node. */
const ENTRY = `${PACKAGE}/component`;
/** The name of the main file. */
const NAME = "component";

/** The main file of `jco transpile --instantiation async`. */
interface Generated {
  instantiate(
    compile: (file: string) => Promise<WebAssembly.Module>,
    imports: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, Command>>>;
}

/** The instance of wasi:cli/run. It throws the error of its result. */
interface Command {
  run(): void;
}

export class TranspiledComponent {
  /** Milliseconds that jco took. */
  readonly time: number;
  readonly #component: CompiledComponent;
  readonly #files: Readonly<Record<string, Uint8Array>>;
  readonly #generated: Generated;

  /**
   * @param gap the reason why it is not linked
   * @throws ComponentError with that reason and the remedy if jco is not installed, or cannot transpile the component
   */
  static async transpile(component: CompiledComponent, gap: LinkerGap): Promise<TranspiledComponent> {
    const start = performance.now();
    const files = await filesOf(component.bytes, gap);
    // It imports nothing, so it needs no place.
    const main = Buffer.from(files[`${NAME}.js`]).toString("base64");
    const generated = await importModule<Generated>(`data:text/javascript;base64,${main}`);
    return new TranspiledComponent(component, files, generated, performance.now() - start);
  }

  private constructor(
    component: CompiledComponent,
    files: Readonly<Record<string, Uint8Array>>,
    generated: Generated,
    time: number,
  ) {
    this.#component = component;
    this.#files = files;
    this.#generated = generated;
    this.time = time;
  }

  /**
   * Makes an instance and runs the program to its end.
   *
   * @param name the entry export
   * @param maxHandles the most open handles of the host's resources, in all of its parts together
   * @returns 0, or 1 for the error of its result
   * @throws its traps, and errors of its imports; ComponentError if it imports what no host here has
   */
  async run(name: string, host: ComponentHost, maxHandles: number): Promise<number> {
    const watched = new WatchedHost(host);
    const imports = javascriptImports(watched, maxHandles);
    const component = this.#component;
    const unknown = component.imports.filter((full) => !Object.hasOwn(imports, parseInterfaceName(full).name));
    if (unknown.length > 0) throw missing(unknown);
    try {
      const exports = await this.#generated.instantiate((file) => component.compileModule(this.#files[file]), imports);
      exports[name].run();
      return 0;
    } catch (error) {
      if (error === watched.thrown) throw error;
      if (error instanceof Error && Object.hasOwn(error, "payload")) return 1;
      throw trapOf(error);
    }
  }
}

/** Remembers what the host has thrown: everything else is thrown by jco's code, or by the engine. */
class WatchedHost implements ComponentHost {
  thrown: unknown;
  readonly #host: ComponentHost;

  constructor(host: ComponentHost) {
    this.#host = host;
  }

  lower(...given: Parameters<ComponentHost["lower"]>): FlatFunction | undefined {
    return this.#watched(this.#host.lower(...given));
  }

  drop(...given: Parameters<ComponentHost["drop"]>): FlatFunction | undefined {
    return this.#watched(this.#host.drop(...given));
  }

  waits(...given: Parameters<ComponentHost["waits"]>): boolean {
    return this.#host.waits(...given);
  }

  #watched(call: FlatFunction | undefined): FlatFunction | undefined {
    if (call === undefined) return undefined;
    return (...values) => {
      try {
        return call(...values);
      } catch (error) {
        this.thrown = error;
        throw error;
      }
    };
  }
}

/** jco throws an Error or a TypeError where a guest breaks a rule of the component model. */
function trapOf(error: unknown): unknown {
  if (!(error instanceof Error) || !["Error", "TypeError"].includes(error.name)) return error;
  return Object.assign(new WebAssembly.RuntimeError(error.message), { stack: error.stack });
}

async function filesOf(bytes: Uint8Array, gap: LinkerGap): Promise<Readonly<Record<string, Uint8Array>>> {
  const { generate } = await jco(gap);
  try {
    const { files } = generate(bytes, {
      name: NAME,
      instantiation: { tag: "async" },
      noTypescript: true,
      // Every module is a file, so that its memory can be limited.
      base64Cutoff: 0,
    });
    return Object.fromEntries(files);
  } catch (error) {
    throw unsupported(gap, `jco cannot transpile it either: ${reasonOf(error)}`);
  }
}

async function jco(gap: LinkerGap): Promise<typeof Jco> {
  try {
    const found = await importInstalled<typeof Jco>(ENTRY);
    await found.$init;
    return found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw unsupported(gap, `jco can run it: npm install ${PACKAGE}`);
  }
}

function unsupported({ message }: LinkerGap, more: string): ComponentError {
  return new ComponentError(`${message}; ${more}`, "ERR_COMPONENT_UNSUPPORTED");
}

/** jco throws the text of an error as payload, or traps. */
function reasonOf(error: unknown): string {
  const { payload, message } = error as { readonly payload?: unknown; readonly message?: string };
  return String(payload ?? message ?? error).replace(/\s*\n\s*/g, " ");
}
