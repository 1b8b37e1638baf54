/**
 * The state of a component instance: its handles, and whether it may be left and entered (CanonicalABI.md, "Component
 * Instances").
 *
 * While the canonical ABI runs guest code for its own purposes (`realloc`, `post-return`), that code may call no
 * import: the caller is in the middle of a call.
 */
import type { HandleTable } from "./handles.ts";
import type { FlatFunction, Lowering } from "./host.ts";

type Realloc = NonNullable<Lowering["realloc"]>;

export class ComponentInstance {
  readonly handles: HandleTable;
  /** The two numbers of `context.get` and `context.set`, for the current call. */
  context: [number, number] = [0, 0];
  /** A component has one, or two if its libraries differ. */
  readonly #reallocs: { readonly realloc: Realloc; readonly memory: WebAssembly.Memory; readonly checked: Realloc }[] =
    [];
  readonly #parent: ComponentInstance | undefined;
  /** Whether the guest may call an import now. After a trap it stays false, so no guest code runs on. */
  #mayLeave = true;
  /** Whether the guest may be called now. Not during a call, nor after a trap. */
  #mayEnter = true;

  constructor(handles: HandleTable, parent?: ComponentInstance) {
    this.handles = handles;
    this.#parent = parent;
  }

  /**
   * Begins a call from outside. It also enters the instances around this one, up to one that contains the caller.
   *
   * @param caller undefined: the host
   * @returns a function to call after the call returns, but not after a trap
   * @throws WebAssembly.RuntimeError during a call, and after a trap
   */
  enter(caller?: ComponentInstance): () => void {
    const entered: ComponentInstance[] = [];
    for (let instance: ComponentInstance | undefined = this; instance !== undefined; instance = instance.#parent) {
      if (caller?.isPartOf(instance)) break;
      if (!instance.#mayEnter)
        throw new WebAssembly.RuntimeError("the component is called while a call is under way, or after a trap");
      entered.push(instance);
    }
    for (const instance of entered) instance.#mayEnter = false;
    const { context } = this;
    this.context = [0, 0];
    return () => {
      this.context = context;
      for (const instance of entered) instance.#mayEnter = true;
    };
  }

  isPartOf(whole: ComponentInstance): boolean {
    return this === whole || this.#parent?.isPartOf(whole) === true;
  }

  /**
   * The realloc that the host calls: one function for each pair of arguments.
   *
   * @returns a function that traps if the guest's traps, calls an import, or returns an address misaligned or outside
   *   `memory`
   */
  realloc(realloc: Realloc, memory: WebAssembly.Memory): Realloc {
    const known = this.#reallocs.find((other) => other.realloc === realloc && other.memory === memory);
    if (known !== undefined) return known.checked;
    const checked = this.#checked(realloc, memory);
    this.#reallocs.push({ realloc, memory, checked });
    return checked;
  }

  #checked(realloc: Realloc, memory: WebAssembly.Memory): Realloc {
    // Of the memory as it was: the memory itself is asked only if that is not enough, because `buffer` calls into the engine.
    let { byteLength } = memory.buffer;
    return (old, oldSize, align, size) => {
      this.#mayLeave = false;
      const address = realloc(old, oldSize, align, size) >>> 0;
      this.#mayLeave = true;
      const end = address + size;
      if (end > byteLength) ({ byteLength } = memory.buffer);
      // A power of two.
      if ((address & (align - 1)) === 0 && end <= byteLength) return address;
      const found = `${address} for ${size} bytes aligned to ${align}`;
      throw new WebAssembly.RuntimeError(
        `realloc returned ${found}: ${address % align === 0 ? "they are not all in memory" : "it is not aligned"}`,
      );
    };
  }

  /** Calls a function of the guest that may call no import, such as a post-return. */
  withoutLeaving<Result>(call: () => Result): Result {
    this.#mayLeave = false;
    const result = call();
    this.#mayLeave = true;
    return result;
  }

  /**
   * An import for the guest to call.
   *
   * @param arity the number of its parameters: a call of fixed arity costs a third of one that spreads
   * @param name for the trap, such as "wasi:io/streams [method]input-stream.read"
   * @returns a function that traps while the guest may not be left
   */
  leaving(call: FlatFunction, arity: number, name: string): FlatFunction {
    const refuse = () => {
      throw new WebAssembly.RuntimeError(`${name} is called inside of realloc or post-return`);
    };
    switch (arity) {
      case 0:
        return () => (this.#mayLeave ? call() : refuse());
      case 1:
        return (a) => (this.#mayLeave ? call(a) : refuse());
      case 2:
        return (a, b) => (this.#mayLeave ? call(a, b) : refuse());
      case 3:
        return (a, b, c) => (this.#mayLeave ? call(a, b, c) : refuse());
      case 4:
        return (a, b, c, d) => (this.#mayLeave ? call(a, b, c, d) : refuse());
      default:
        return (...values) => (this.#mayLeave ? call(...values) : refuse());
    }
  }
}
