/**
 * The order of closed descriptor numbers. A selector's loop skips descriptors closed since the wait, even if their
 * number is reused.
 */
export class Closings {
  /** Number of closes. */
  count = 0;
  /** The last close of each number. */
  readonly #last = new Map<number, number>();

  note(fd: number): void {
    this.#last.set(fd, ++this.count);
  }

  /** Whether `fd` was closed after close number `count`. */
  since(fd: number, count: number): boolean {
    return (this.#last.get(fd) ?? 0) > count;
  }
}
