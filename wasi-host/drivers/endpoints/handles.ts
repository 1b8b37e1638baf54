/** Handles are indices; the newest free number is assigned first. */
import { Errno } from "../../abi/errno.ts";
import type { Endpoint } from "./endpoint.ts";

/** 0, 1 and 2 are never assigned, so that no handle looks like a standard stream. */
const FIRST = 3;

export class Handles {
  readonly #endpoints: (Endpoint | undefined)[] = new Array(FIRST).fill(undefined);
  readonly #free: number[] = [];
  readonly #most: number;
  count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether there is room for `more` handles. */
  fits(more: number): boolean {
    return this.count + more <= this.#most;
  }

  insert(endpoint: Endpoint): number {
    const handle = this.#free.pop() ?? this.#endpoints.length;
    this.#endpoints[handle] = endpoint;
    endpoint.handle = handle;
    this.count++;
    return handle;
  }

  get(handle: number): Endpoint | undefined {
    return this.#endpoints[handle];
  }

  /** Gives the number to another endpoint. Wakeups armed for the old one end. */
  replace(handle: number, endpoint: Endpoint): void {
    this.#endpoints[handle]?.silence();
    this.#endpoints[handle] = endpoint;
    endpoint.handle = handle;
  }

  /** Frees the number. Returns 0 or -EBADF. */
  close(handle: number, abruptly: boolean): number {
    const endpoint = this.#endpoints[handle];
    if (endpoint === undefined) return -Errno.BADF;
    this.#endpoints[handle] = undefined;
    this.#free.push(handle);
    this.count--;
    endpoint.silence();
    if (abruptly) endpoint.reset();
    else endpoint.close();
    return 0;
  }

  *open(): Generator<Endpoint> {
    for (const endpoint of this.#endpoints) if (endpoint !== undefined) yield endpoint;
  }
}
