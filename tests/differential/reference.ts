/** The kernel's epoll, watching descriptors that somebody else opened. */

import type { Delivered, Outcome } from "./kernel-epoll.ts";
import * as kernel from "./kernel-epoll.ts";
import type { Observer } from "./side.ts";

/** Above what a process is granted. */
const NEVER_OPENED = 999_999;

export class Reference implements Observer {
  readonly #epolls = new Map<string, number>();
  readonly #descriptorOf: (name: string) => number;

  /** `descriptorOf`: the operating system's descriptor of a stream; -1 when there is none of that name. */
  constructor(descriptorOf: (name: string) => number) {
    this.#descriptorOf = descriptorOf;
  }

  create(epoll: string): void {
    this.#epolls.set(epoll, kernel.create());
  }

  ctl(epoll: string, op: number, target: string, events: number, data: bigint): Outcome {
    return kernel.ctl(this.#fd(epoll), op, this.#fd(target), events, data);
  }

  wait(epoll: string, most: number): Delivered[] | string {
    return kernel.wait(this.#fd(epoll), most);
  }

  closeEpoll(epoll: string): void {
    kernel.close(this.#fd(epoll));
    this.#epolls.delete(epoll);
  }

  /** Which of `events` a stream is ready for. */
  readiness(stream: string, events: number): number {
    return kernel.readiness(this.#descriptorOf(stream), events);
  }

  #fd(name: string): number {
    const epoll = this.#epolls.get(name);
    if (epoll !== undefined) return epoll;
    const descriptor = this.#descriptorOf(name);
    return descriptor >= 0 || name === "negative" ? descriptor : NEVER_OPENED;
  }

  clear(): void {
    for (const fd of this.#epolls.values()) kernel.close(fd);
    this.#epolls.clear();
  }
}
