/**
 * What is kept for one instance of a component: its handles, and whether it may be left and entered (CanonicalABI.md, "Component Instances").
 *
 * While the canonical ABI runs code of the guest for its own ends (`realloc`, `post-return`), that code may call no import: the caller is in the
 * middle of a call, and would be entered again.
 */
import type { HandleTable } from "./handles.ts";
import type { FlatFunction, Lowering } from "./host.ts";

type Realloc = NonNullable<Lowering["realloc"]>;

export class ComponentInstance {
  readonly handles: HandleTable;
  /** The two numbers of `context.get` and `context.set`, of the call that is under way. */
  context: [number, number] = [0, 0];
  /** A component has one, or two where its libraries differ. */
  readonly #reallocs: { readonly realloc: Realloc; readonly memory: WebAssembly.Memory; readonly checked: Realloc }[] =
    [];
  readonly #parent: ComponentInstance | undefined;
  /** May the guest call an import now? A trap leaves it as it was then, so that nothing of the guest runs on. */
  #mayLeave = true;
  /** May it be called now? Not while a call is under way, nor ever after a trap. */
  #mayEnter = true;

  constructor(handles: HandleTable, parent?: ComponentInstance) {
    this.handles = handles;
    this.#parent = parent;
  }

  /**
   * Says that a call from outside begins. It enters those that this instance is a part of too, up to one that the caller is a part of.
   *
   * @param caller undefined: the host
   * @returns what is to be called when the call has returned; after a trap it is not
   * @throws WebAssembly.RuntimeError when a call is under way, or has trapped
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
   * A realloc for the host to call, the same for the same arguments.
   *
   * @returns a function that traps where the guest's traps, calls an import, or returns an address that is not aligned or not in `memory`
   */
  realloc(realloc: Realloc, memory: WebAssembly.Memory): Realloc {
    const known = this.#reallocs.find((other) => other.realloc === realloc && other.memory === memory);
    if (known !== undefined) return known.checked;
    const checked = this.#checked(realloc, memory);
    this.#reallocs.push({ realloc, memory, checked });
    return checked;
  }

  #checked(realloc: Realloc, memory: WebAssembly.Memory): Realloc {
    return (old, oldSize, align, size) => {
      this.#mayLeave = false;
      const address = realloc(old, oldSize, align, size) >>> 0;
      this.#mayLeave = true;
      if (address % align === 0 && address + size <= memory.buffer.byteLength) return address;
      const found = `${address} for ${size} bytes aligned to ${align}`;
      throw new WebAssembly.RuntimeError(
        `realloc returned ${found}: ${address % align === 0 ? "they are not all in memory" : "it is not aligned"}`,
      );
    };
  }

  /** Calls a function of the guest's that may call no import, such as a post-return. */
  withoutLeaving<Result>(call: () => Result): Result {
    this.#mayLeave = false;
    const result = call();
    this.#mayLeave = true;
    return result;
  }

  /**
   * An import for the guest to call.
   *
   * @param arity how many values it takes: a call of fixed arity costs a third of one that spreads
   * @param name for the trap, such as "wasi:io/streams [method]input-stream.read"
   * @returns a function that traps where the guest may not be left
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
