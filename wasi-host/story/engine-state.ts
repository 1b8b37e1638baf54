/** The engine's epoll instances and watches, read from a program's memory (`assembly/abi/engine.ts`). Nothing there is trusted. */
import {
  INSTANCE_FD,
  INSTANCE_FIRST_MEMBER,
  INSTANCE_READY_COUNT,
  INSTANCE_READY_HEAD,
  INSTANCE_SIZE,
  TABLE_BASES,
  TABLE_FIRST_BITS,
  WATCH_CERTAIN,
  WATCH_EVENTS,
  WATCH_FD,
  WATCH_NEXT_MEMBER,
  WATCH_READY_NEXT,
  WATCH_SIZE,
  WATCH_STATE,
  WATCH_TURN,
} from "../../assembly/abi/engine.ts";
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";

export interface Watch {
  readonly fd: number;
  /** Interest and flags. */
  readonly events: number;
  /** The program has drained it: not ready until a wakeup. */
  readonly isDrained: boolean;
  /** WATCH_IDLE, WATCH_QUEUED or WATCH_SILENT. */
  readonly state: number;
}

export interface Instance {
  readonly fd: number;
  readonly watches: ReadonlyMap<number, Watch>;
  /** The descriptors on the ready list, oldest first. */
  readonly ready: readonly number[];
}

export function isInstance(fd: number): boolean {
  return fd >= INSTANCE_FD_BASE;
}

export class EngineState {
  readonly #memory: GuestMemory;
  readonly #table: number;

  constructor(memory: GuestMemory, table: number) {
    this.#memory = memory;
    this.#table = table;
  }

  /** Undefined if no instance has this descriptor. */
  instance(fd: number): Instance | undefined {
    const at = this.#address(fd);
    if (at === undefined) return undefined;
    const watches = new Map<number, Watch>();
    for (const watch of this.#list(at + INSTANCE_FIRST_MEMBER, WATCH_NEXT_MEMBER, Infinity))
      watches.set(watch.fd, watch);
    return { fd, watches, ready: this.ready(fd) };
  }

  /** The descriptors on its ready list. */
  ready(fd: number): number[] {
    const at = this.#address(fd);
    if (at === undefined) return [];
    const count = this.#u32(at + INSTANCE_READY_COUNT);
    return this.#list(at + INSTANCE_READY_HEAD, WATCH_READY_NEXT, count).map((watch) => watch.fd);
  }

  #address(fd: number): number | undefined {
    this.#memory.refresh();
    const index = fd - INSTANCE_FD_BASE;
    const segment = 32 - Math.clz32(index >>> TABLE_FIRST_BITS);
    const base = this.#u32(this.#table + TABLE_BASES + segment * 4);
    const at = (base + index * INSTANCE_SIZE) >>> 0;
    return base !== 0 && this.#u32(at + INSTANCE_FD) === fd ? at : undefined;
  }

  /** The watches of a list of at most `most`, from the pointer at `head` on. */
  #list(head: number, next: number, most: number): Watch[] {
    const watches: Watch[] = [];
    const seen = new Set<number>();
    for (let at = this.#u32(head); at !== 0 && watches.length < most && !seen.has(at); at = this.#u32(at + next)) {
      if (!this.#memory.holds(at, WATCH_SIZE)) break;
      seen.add(at);
      watches.push({
        fd: this.#u32(at + WATCH_FD),
        events: this.#u32(at + WATCH_EVENTS),
        isDrained: this.#u32(at + WATCH_TURN) === WATCH_CERTAIN,
        state: this.#memory.bytes[at + WATCH_STATE],
      });
    }
    return watches;
  }

  /** 0 outside of memory. */
  #u32(at: number): number {
    return this.#memory.holds(at, 4) ? this.#memory.view.getUint32(at, true) : 0;
  }
}
