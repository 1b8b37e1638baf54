/**
 * Options of a socket that has no handle yet. Between socket(2) and bind(2) or connect(2) the driver does not know the socket;
 * `apply` sets the options when it has a handle. From then on `get` and `set` ask the driver.
 */
import { Errno } from "../abi/errno.ts";
import type { Driver } from "../drivers/contract/driver.ts";

interface Wanted {
  readonly value: number;
  /** The answer of getsockopt: Linux doubles a buffer's size. */
  readonly answer: number;
}

export class WantedOptions {
  readonly #wanted = new Map<number, Wanted>();

  /** An option, or a negated errno. `handle` is negative before the socket has one. */
  get(driver: Driver, handle: number, option: number): number {
    if (handle >= 0) return driver.options?.get(handle, option) ?? -Errno.NOTSUP;
    return this.#wanted.get(option)?.answer ?? driver.options?.ofNewStream(option) ?? -Errno.NOTSUP;
  }

  /** Returns 0, or the driver's refusal as a negated errno. */
  set(driver: Driver, handle: number, option: number, value: number): number {
    if (handle >= 0) return driver.options?.set(handle, option, value) ?? -Errno.NOTSUP;
    const answer = driver.options?.ofNewStream(option, value) ?? -Errno.NOTSUP;
    if (answer < 0) return answer;
    this.#wanted.set(option, { value, answer });
    return 0;
  }

  /** 0, or the negated errno of the first refused one. */
  apply(driver: Driver, handle: number): number {
    for (const [option, { value }] of this.#wanted) {
      const error = driver.options?.set(handle, option, value) ?? -Errno.NOTSUP;
      if (error < 0) return error;
    }
    return 0;
  }
}
