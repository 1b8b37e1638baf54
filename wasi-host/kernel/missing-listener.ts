/**
 * Explains a missing listener. WASI preview1 servers expect their listeners from descriptor 3 on. Without one, most report
 * only "Bad file descriptor".
 */
import type { DescriptorTable } from "./descriptors.ts";

/** First descriptor after stdio. */
const FIRST = 3;

export class MissingListener {
  readonly #descriptors: DescriptorTable;
  /** The number that the next listener would have. */
  readonly #place: number;
  #tell: ((fd: number) => void) | undefined;

  /**
   * @param given the number of inherited listeners
   * @param tell called once, with the number of the missing listener
   */
  constructor(descriptors: DescriptorTable, given: number, tell?: (fd: number) => void) {
    this.#descriptors = descriptors;
    this.#place = FIRST + given;
    this.#tell = tell;
  }

  /**
   * Reports a server's call on a listener if `fd` is the next listener's number and has never been open: after a close
   * it is another mistake.
   */
  used(fd: number): void {
    if (fd !== this.#place || this.#tell === undefined) return;
    if (this.#descriptors.get(fd) === undefined && this.#descriptors.wasOpen(fd)) return;
    const tell = this.#tell;
    this.#tell = undefined;
    tell(fd);
  }
}

/** Formats a message that names the missing descriptor and the option that opens a listener. */
export function describeMissingListener(fd: number): string {
  const more = fd === FIRST ? "was given no listener" : `was given ${fd - FIRST}, and no more`;
  return `the program uses descriptor ${fd} as a listening socket, but ${more}; --listen HOST:PORT gives it one`;
}
