/** Repeated callbacks of a loop. */

/** A registered callback. */
export class Hook {
  /** @internal */
  readonly callback: () => void;
  readonly #remove: () => void;
  #isActive = true;

  /** @internal */
  constructor(callback: () => void, remove: () => void) {
    this.callback = callback;
    this.#remove = remove;
  }

  /** Whether the loop will call it. */
  get isActive(): boolean {
    return this.#isActive;
  }

  /** Ends the calls. Can be repeated. */
  cancel(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    this.#remove();
  }
}

/** Calls the user's callbacks and catches what they throw: the loop. */
interface Caller {
  call(callback: () => void): void;
}

/** The hooks of one place in a turn. */
export class HookList {
  readonly #caller: Caller;
  readonly #hooks = new Set<Hook>();

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  get size(): number {
    return this.#hooks.size;
  }

  add(callback: () => void): Hook {
    const hook: Hook = new Hook(callback, () => this.#hooks.delete(hook));
    this.#hooks.add(hook);
    return hook;
  }

  /** Calls the registered hooks, in order. */
  callAll(): void {
    if (this.#hooks.size === 0) return;
    for (const hook of [...this.#hooks]) if (hook.isActive) this.#caller.call(hook.callback);
  }

  clear(): void {
    for (const hook of this.#hooks) hook.cancel();
  }
}
