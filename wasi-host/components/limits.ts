/** What bounds the work of linking: a small file can ask for a lot of it. */
import { ComponentError } from "../errors/component-error.ts";

/** Instances of components and core modules, together. wasmtime's default for core modules. */
const MAX_INSTANCES = 10_000;
/** Definitions that are carried out: a component in a component may be instantiated often. Real components have some thousands. */
const MAX_DEFINITIONS = 1_000_000;
/** Components that are instantiated inside of each other. */
const MAX_DEPTH = 100;

/** Counts what has been done for one component. */
export class LinkingWork {
  #instances = 0;
  #definitions = 0;
  #depth = 0;

  /** @throws ComponentError where it is too much */
  instance(at: number): void {
    if (++this.#instances > MAX_INSTANCES) tooMuch(at, `${MAX_INSTANCES} instances`);
  }

  definition(at: number): void {
    if (++this.#definitions > MAX_DEFINITIONS) tooMuch(at, `${MAX_DEFINITIONS} definitions`);
  }

  inside<Result>(at: number, instantiate: () => Result): Result {
    if (++this.#depth > MAX_DEPTH) tooMuch(at, `${MAX_DEPTH} components inside of each other`);
    const result = instantiate();
    this.#depth--;
    return result;
  }
}

function tooMuch(at: number, limit: string): never {
  throw new ComponentError(
    `the component is too large at byte ${at}: it has more than ${limit}`,
    "ERR_COMPONENT_UNSUPPORTED",
  );
}
