/** The open sockets and files of a guest: at most `limits.descriptors`, and all closed at its end. */

/** An object with handles of the driver. */
export interface Closeable {
  close(): void;
}

export class OpenCount {
  readonly #limit: number;
  #count = 0;
  readonly #closeables = new Set<Closeable>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one more. False if there is no room. */
  add(): boolean {
    if (this.#count === this.#limit) return false;
    this.#count++;
    return true;
  }

  remove(): void {
    this.#count--;
  }

  /** Closes an object at the end of the guest, unless it is forgotten before. */
  keep(closeable: Closeable): void {
    this.#closeables.add(closeable);
  }

  forget(closeable: Closeable): void {
    this.#closeables.delete(closeable);
  }

  closeAll(): void {
    for (const closeable of this.#closeables) closeable.close();
  }
}
