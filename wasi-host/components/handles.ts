/**
 * A component instance's handles: small numbers, each a resource of one type. A guest names its resources by them and by nothing else.
 *
 *     handle   0        1             2             3
 *            ┌────────┬─────────────┬─────────────┬─────────────┐
 *            │ never  │ tcp-socket  │ free        │ pollable    │
 *            │ given  │ children 1  │ next free 0 │ parent 1    │
 *            └────────┴─────────────┴─────────────┴─────────────┘
 *
 * A dropped handle's number is given again, the latest first. Every misuse is a trap (`WebAssembly.RuntimeError`): the canonical ABI has no error
 * code for one.
 */

/** The type of a resource in the component model: equal only to itself. `Value`: the owner's value for each handle. */
export class ResourceType<Value> {
  /** Its name in the WIT, such as "input-stream". */
  readonly name: string;
  /** Distinguishes types of different values; never set. */
  declare protected readonly value: Value;

  constructor(name: string) {
    this.name = name;
  }
}

/** The type of free entries. */
const FREE = new ResourceType<undefined>("");

interface Entry {
  type: ResourceType<unknown>;
  value: unknown;
  /** The parent's handle; in a free entry the next free one. 0: none. */
  link: number;
  /** The number of children, and of calls that borrow it. */
  children: number;
}

/** Tables have at most this many entries (CanonicalABI.md, `Table.MAX_LENGTH`). */
const MAX_HANDLES = 2 ** 28 - 1;

/** All operations are O(1). Reusing a number needs no allocation. */
export class HandleTable {
  readonly #entries: Entry[] = [{ type: FREE, value: undefined, link: 0, children: 0 }];
  readonly #limit: number;
  #free = 0;
  #count = 0;

  /**
   * @param limit the most open handles; one more is a trap
   */
  constructor(limit = MAX_HANDLES) {
    this.#limit = Math.min(limit, MAX_HANDLES);
  }

  /** The number of open handles. */
  get count(): number {
    return this.#count;
  }

  /**
   * Opens a handle.
   *
   * @param parent a handle that cannot be dropped before it; 0 for none
   * @returns the handle, above 0
   * @throws WebAssembly.RuntimeError if the table is full, or `parent` is not open
   */
  insert<Value>(type: ResourceType<Value>, value: Value, parent = 0): number {
    if (this.#count === this.#limit) {
      throw new WebAssembly.RuntimeError(
        `no handle for another ${type.name}: ${this.#limit} are open, which is the limit`,
      );
    }
    if (parent !== 0) this.#open(parent).children++;
    this.#count++;
    const handle = this.#free;
    if (handle === 0) return this.#entries.push({ type, value, link: parent, children: 0 }) - 1;
    const entry = this.#entries[handle];
    this.#free = entry.link;
    entry.type = type;
    entry.value = value;
    entry.link = parent;
    return handle;
  }

  /**
   * The value of a handle.
   *
   * @throws WebAssembly.RuntimeError if it is not open, or has another type
   */
  get<Value>(type: ResourceType<Value>, handle: number): Value {
    return this.#entry(type, handle).value as Value;
  }

  /**
   * Drops a handle, or moves its value: the number is free afterwards.
   *
   * @returns its value
   * @throws WebAssembly.RuntimeError if it is not open, has another type, or has an open child
   */
  remove<Value>(type: ResourceType<Value>, handle: number): Value {
    const entry = this.#entry(type, handle);
    const { value, link: parent, children } = entry;
    if (children > 0) {
      throw new WebAssembly.RuntimeError(
        `cannot drop the ${type.name} ${handle}: ${children} that depend on it are open`,
      );
    }
    if (parent !== 0) this.#entries[parent].children--;
    entry.type = FREE;
    entry.value = undefined;
    entry.link = this.#free;
    this.#free = handle;
    this.#count--;
    return value as Value;
  }

  /** Lends a handle to a call: until its return it cannot be dropped. */
  lend(handle: number): void {
    this.#open(handle).children++;
  }

  giveBack(handle: number): void {
    this.#open(handle).children--;
  }

  /** The values of all open handles of a type, for the end of an instance, which drops nothing itself. */
  *values<Value>(type: ResourceType<Value>): Generator<Value> {
    for (const entry of this.#entries) if (entry.type === type) yield entry.value as Value;
  }

  #entry(type: ResourceType<unknown>, handle: number): Entry {
    const entry = this.#entries[handle];
    if (entry !== undefined && entry.type === type) return entry;
    const found = this.#open(handle);
    throw new WebAssembly.RuntimeError(`handle ${handle} is a ${found.type.name}, expected a ${type.name}`);
  }

  #open(handle: number): Entry {
    const entry = this.#entries[handle];
    if (entry !== undefined && entry.type !== FREE) return entry;
    throw new WebAssembly.RuntimeError(`handle ${handle} is not open`);
  }
}
