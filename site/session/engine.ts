/** The engine's structures, read from linear memory. Nothing here calls the engine or changes it. */
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { Core } from "../../src/index.ts";
import { DESCRIPTOR, INSTANCE, type Layout, offsetOf, type Type, WATCH } from "./layout.ts";
import type { FieldState, WatchMode } from "./snapshot.ts";
import type { Tables } from "./tables.ts";

/** assembly/engine/trigger.ts: IDLE, QUEUED and SILENT. */
const MODES: readonly WatchMode[] = ["idle", "queued", "silent"];
/** The bits of an index within the first segment of a table. */
const FIRST_BITS = 6;

const FD = offsetOf(WATCH, "fd");
const OWNER = offsetOf(WATCH, "instance");
const NEXT = offsetOf(WATCH, "next");
const EVENTS = offsetOf(WATCH, "events");
const KNOWN = offsetOf(WATCH, "known");
const STATE = offsetOf(WATCH, "state");
const TURN = offsetOf(WATCH, "turn");
const READY_NEXT = offsetOf(WATCH, "readyNext");
const NEXT_MEMBER = offsetOf(WATCH, "nextMember");
const INSTANCE_FD = offsetOf(INSTANCE, "fd");
const READY_COUNT = offsetOf(INSTANCE, "readyCount");
const READY_HEAD = offsetOf(INSTANCE, "readyHead");
const FIRST_MEMBER = offsetOf(INSTANCE, "firstMember");
/** A watch whose readiness is certain: the program has met EAGAIN (assembly/engine/trigger.ts). */
const CERTAIN = 0xffff_ffff;

/** A watch as memory has it. */
export interface WatchFields {
  readonly address: number;
  readonly fd: number;
  readonly events: number;
  readonly known: number;
  readonly mode: WatchMode;
  /** `known` needs no look until the next wakeup. */
  readonly certain: boolean;
}

export class Engine {
  readonly #core: Core;
  readonly #tables: Tables;

  constructor(core: Core, tables: Tables) {
    this.#core = core;
    this.#tables = tables;
  }

  get memorySize(): number {
    return this.#core.view.byteLength;
  }

  #word(address: number): number {
    return this.#core.view.getUint32(address, true);
  }

  /** The address of an entry of a table; 0 if the table is shorter. */
  #entry(table: number, index: number, size: number): number {
    const segment = 32 - Math.clz32(index >>> FIRST_BITS);
    if (segment >= this.#word(table)) return 0;
    return (this.#word(table + 4 + segment * 4) + index * size) >>> 0;
  }

  /** The address of an open instance; 0 if `ep` is none. */
  instance(ep: number): number {
    if (ep < INSTANCE_FD_BASE) return 0;
    const address = this.#entry(this.#tables.instances, ep - INSTANCE_FD_BASE, INSTANCE.size);
    return address !== 0 && this.#word(address + INSTANCE_FD) === ep ? address : 0;
  }

  /** The address of a descriptor's entry; 0 if it never had a watch. */
  descriptor(fd: number): number {
    return this.#entry(this.#tables.descriptors, fd, DESCRIPTOR.size);
  }

  readyCount(instance: number): number {
    return this.#word(instance + READY_COUNT);
  }

  /** The ready list's watches from its head on, at most `most`. */
  ready(instance: number, most: number): number[] {
    const list: number[] = [];
    for (let at = this.#word(instance + READY_HEAD); at !== 0 && list.length < most; at = this.#word(at + READY_NEXT)) {
      list.push(at);
    }
    return list;
  }

  /** The watch of an instance on the target at an address, a Descriptor or an Instance; 0 if there is none. */
  watchOn(target: number, instance: number): number {
    let at = this.#word(target);
    while (at !== 0 && this.#word(at + OWNER) !== instance) at = this.#word(at + NEXT);
    return at;
  }

  /** The number of watches of an instance. There can be 60,000, so that this does nothing else. */
  countMembers(instance: number): number {
    const { view } = this.#core;
    let count = 0;
    for (
      let at = view.getUint32(instance + FIRST_MEMBER, true);
      at !== 0;
      at = view.getUint32(at + NEXT_MEMBER, true)
    ) {
      count++;
    }
    return count;
  }

  /** The descriptor of a watch. */
  fdOf(watch: number): number {
    return this.#word(watch + FD);
  }

  watch(address: number): WatchFields {
    return {
      address,
      fd: this.#word(address + FD),
      events: this.#word(address + EVENTS),
      known: this.#word(address + KNOWN),
      mode: MODES[this.#core.view.getUint8(address + STATE)],
      certain: this.#word(address + TURN) === CERTAIN,
    };
  }

  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#core.view.buffer, address, length).slice() as Uint8Array<ArrayBuffer>;
  }
}

/** The fields of a structure in `bytes`. */
export function fieldsOf({ fields }: Layout, bytes: Uint8Array, changed: Uint8Array): FieldState[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return fields.map(({ name, type, offset, size }) => {
    const value = READ[type](view, offset);
    const state = { name, offset, size, value, changed: changed.subarray(offset, offset + size).includes(1) };
    return type === "pointer" && value !== 0 ? { ...state, to: value as number } : state;
  });
}

const READ: Readonly<Record<Type, (view: DataView, offset: number) => number | string>> = {
  u8: (view, offset) => view.getUint8(offset),
  u16: (view, offset) => view.getUint16(offset, true),
  i32: (view, offset) => view.getInt32(offset, true),
  u32: (view, offset) => view.getUint32(offset, true),
  pointer: (view, offset) => view.getUint32(offset, true),
  u64: (view, offset) => String(view.getBigUint64(offset, true)),
};
