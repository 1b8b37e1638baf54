/** A component that is a program: its entry, and the message for other components. */
import { ComponentError } from "../errors/component-error.ts";
import { signature } from "./function-types.ts";
import { checkVersion, parseInterfaceName } from "./interface-names.ts";
import type { Instance, LiftedFunc } from "./items.ts";

const RUN = "wasi:cli/run";
const HTTP = "wasi:http/incoming-handler";

/**
 * The export that runs a component.
 *
 * @param exports the names of its exports
 * @throws ComponentError for other components, which says what it is and what to do with it
 */
export function commandOf(exports: readonly string[]): string {
  const names = exports.map((full) => ({ full, ...parseInterfaceName(full) }));
  const served = names.find(({ name, version }) => name === RUN && version.startsWith("0.2."));
  if (served !== undefined) return served.full;
  const run = names.find(({ name }) => name === RUN);
  if (run !== undefined) checkVersion(run, "exports");
  const http = names.find(({ name }) => name === HTTP);
  const what =
    http === undefined
      ? `it is a library that exports ${exports.length === 0 ? "nothing" : exports.join(", ")}: jco transpile makes a JavaScript module of it`
      : `it answers HTTP requests (${http.full}): wasmtime serve or jco serve runs it`;
  throw new ComponentError(`the component has no ${RUN} to run: ${what}`, "ERR_COMPONENT_EXPORT");
}

/** A linked program. */
export class Command {
  readonly #run: LiftedFunc;

  /**
   * @param name the result of `commandOf`
   */
  constructor(exports: Instance, name: string) {
    const run = (exports.get("instance", name, 0) as Instance).get("func", "run", 0) as LiftedFunc;
    if (run.kind !== "lifted" || run.asynchronous || run.type.params.length > 0 || run.type.result?.kind !== "result") {
      throw new ComponentError(`the component's ${name} is not of WASI 0.2: expected run: func() -> result`);
    }
    run.core.as(signature([], ["i32"]), "run", 0);
    this.#run = run;
  }

  /**
   * Runs the program to its end; the thread waits when the program does.
   *
   * @returns its exit status: 0, or 1 for the error of its result
   * @throws its traps, and errors of its imports
   */
  run(): number {
    const { core, instance } = this.#run;
    const leave = instance.enter();
    const result = (core.value as () => number)();
    return this.#ended(result, leave);
  }

  /**
   * The same, with the event loop free.
   *
   * @param promise calls a function by `WebAssembly.promising`
   */
  async runAsync(promise: (run: () => number) => Promise<number>): Promise<number> {
    const { core, instance } = this.#run;
    const leave = instance.enter();
    const result = await promise(core.value as () => number);
    return this.#ended(result, leave);
  }

  #ended(result: number, leave: () => void): number {
    const { instance, postReturn } = this.#run;
    if (postReturn !== undefined) instance.withoutLeaving(() => postReturn(result));
    leave();
    if (result >>> 0 > 1) throw new WebAssembly.RuntimeError(`run returned ${result}, expected 0 or 1`);
    return result;
  }
}
