/** The sockets and files that a guest has open: as many as `limits.descriptors` allows, and all closed at its end. */

/** What holds handles of the driver's. */
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

  /** Is there room for one more? Then it is counted. */
  add(): boolean {
    if (this.#count === this.#limit) return false;
    this.#count++;
    return true;
  }

  remove(): void {
    this.#count--;
  }

  /** Has something closed at the end of the guest, unless it is forgotten before. */
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
