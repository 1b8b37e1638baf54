/** Limits for linking: a small file can ask for much work. */
import { ComponentError } from "../errors/component-error.ts";

/** Instances of components and core modules together. wasmtime's default for core modules. */
const MAX_INSTANCES = 10_000;
/** Executed definitions: an inner component can be instantiated often. Real components have some thousands. */
const MAX_DEFINITIONS = 1_000_000;
/** The depth of nested component instances. */
const MAX_DEPTH = 100;

/** Counts the work for one component. */
export class LinkingWork {
  #instances = 0;
  #definitions = 0;
  #depth = 0;

  /**
   * @throws ComponentError beyond a limit
   */
  instance(at: number): void {
    if (++this.#instances > MAX_INSTANCES) tooMuch(at, `${MAX_INSTANCES} instances`);
  }

  definition(at: number, count = 1): void {
    this.#definitions += count;
    if (this.#definitions > MAX_DEFINITIONS) tooMuch(at, `${MAX_DEFINITIONS} definitions`);
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
