/** The engine alone, compiled by itself, over a fake source. */
import { readFileSync } from "node:fs";
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../../../assembly/abi/epoll.ts";
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from "../../../assembly/abi/events.ts";
import type { CoreExports } from "../../../src/abi.ts";
import type { FakeSource } from "./fake-source.ts";

export interface Event {
  readonly fd: number;
  readonly events: number;
  readonly data: bigint;
}

/** With asserts, and with the exports of tests/unit/guests. */
const MODULE = new WebAssembly.Module(readFileSync("dist/tests/engine.wasm"));

/** One engine: its calls with their results as values. */
export class Engine {
  readonly exports: CoreExports;
  readonly #events: number;
  readonly #room = 512;

  /** @param mutant the clause of `assembly/engine/rules.ts` that does not hold; 0 for none */
  constructor(source: FakeSource, mutant = 0) {
    const abort = (message: number, file: number, line: number) => {
      throw new Error(`${this.#text(message)} (${this.#text(file)}:${line})`);
    };
    const imports = { env: { abort }, mutant: { clause: mutant }, wasi_snapshot_preview1: source.imports() };
    const { exports } = new WebAssembly.Instance(MODULE, imports);
    this.exports = exports as unknown as CoreExports;
    source.memory = this.exports.memory;
    this.#events = this.exports.pollux_alloc(this.#room * EPOLL_EVENT_SIZE);
  }

  create(): number {
    return this.exports.pollux_epoll_create();
  }

  add(instance: number, fd: number, events: number, data = 0n): number {
    return this.exports.pollux_epoll_ctl(instance, EPOLL_CTL_ADD, fd, events, data);
  }

  modify(instance: number, fd: number, events: number, data = 0n): number {
    return this.exports.pollux_epoll_ctl(instance, EPOLL_CTL_MOD, fd, events, data);
  }

  remove(instance: number, fd: number): number {
    return this.exports.pollux_epoll_ctl(instance, EPOLL_CTL_DEL, fd, 0, 0n);
  }

  /** The result of epoll_wait alone: a count, or a negated errno. */
  waitFor(instance: number, { timeout = 0, most = this.#room } = {}): number {
    return this.exports.pollux_epoll_wait(instance, this.#events, most, timeout);
  }

  /** The events that a wait delivers. Throws if the wait fails. */
  wait(instance: number, options: { timeout?: number; most?: number } = {}): Event[] {
    const count = this.waitFor(instance, options);
    if (count < 0) throw new Error(`the wait fails with errno ${-count}`);
    const view = new DataView(this.exports.memory.buffer);
    return Array.from({ length: count }, (_, index) => {
      const at = this.#events + index * EPOLL_EVENT_SIZE;
      return {
        fd: view.getInt32(at + EPOLL_EVENT_FD, true),
        events: view.getUint32(at + EPOLL_EVENT_EVENTS, true),
        data: view.getBigUint64(at + EPOLL_EVENT_DATA, true),
      };
    });
  }

  /** The descriptors and events of a wait that does not sleep. */
  ready(instance: number, most?: number): [fd: number, events: number][] {
    return this.wait(instance, { most }).map(({ fd, events }) => [fd, events]);
  }

  /** Is the event of `fd` in the instance's last delivery current? */
  isCurrent(instance: number, fd: number, delivery = this.exports.pollux_epoll_last_delivery(instance)): boolean {
    return this.exports.pollux_epoll_is_current(instance, fd, delivery) === 1;
  }

  /** A string of AssemblyScript: its length in bytes is in front of it. */
  #text(address: number): string {
    const { buffer } = this.exports.memory;
    const length = new DataView(buffer).getUint32(address - 4, true);
    return new TextDecoder("utf-16le").decode(new Uint8Array(buffer, address, length));
  }

  close(fd: number): number {
    return this.exports.pollux_close(fd);
  }
}
