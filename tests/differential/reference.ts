/** The kernel's epoll, watching the other side's descriptors. */

import { EPOLLHUP, EPOLLOUT, EPOLLWRBAND, EPOLLWRNORM } from "../../src/constants.ts";
import type { Delivered, Outcome } from "../linux/epoll.ts";
import * as kernel from "../linux/epoll.ts";
import type { Entry, Observer } from "./side.ts";

const WRITABLE = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
/** Above a process's limit. */
const NEVER_OPENED = 999_999;

export class Reference implements Observer {
  readonly #epolls = new Map<string, number>();
  readonly #descriptorOf: (name: string) => number;

  /** `descriptorOf`: the operating system's descriptor of a stream; -1 if there is none. */
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

  /** HUP and OUT exclude each other in POSIX; the kernel reports both. */
  poll(entries: readonly Entry[]): number[] | string {
    const found = kernel.poll(entries.map(([name, events]) => [this.#fd(name), events]));
    if (typeof found === "string") return found;
    return found.map((revents) => ((revents & EPOLLHUP) !== 0 ? revents & ~WRITABLE : revents));
  }

  select(names: readonly string[]): boolean[] | string {
    return kernel.select(names.map((name) => this.#fd(name)));
  }

  /** The readiness of a stream among `events`. */
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
