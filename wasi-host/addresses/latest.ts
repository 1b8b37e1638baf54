/** The latest values of a conversion, at most this many: a cache that is emptied when it is full. */
const MOST = 1024;

export class Latest<Key, Value> {
  readonly #values = new Map<Key, Value>();

  get(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  /** Returns the value. */
  keep(key: Key, value: Value): Value {
    if (this.#values.size === MOST) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
