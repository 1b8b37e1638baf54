/** The engine's structures, read from linear memory. Nothing here calls the engine or changes it. */
import * as abi from "../../assembly/abi/engine.ts";
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { Core } from "../../src/index.ts";
import type { Layout, Type } from "./layout.ts";
import type { FieldState, WatchMode } from "./snapshot.ts";

const MODES: Readonly<Record<number, WatchMode>> = {
  [abi.WATCH_IDLE]: "idle",
  [abi.WATCH_QUEUED]: "queued",
  [abi.WATCH_SILENT]: "silent",
};

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
  readonly #instances: number;
  readonly #descriptors: number;

  constructor(core: Core) {
    this.#core = core;
    this.#instances = core.exports.pollux_instances.value;
    this.#descriptors = core.exports.pollux_descriptors.value;
  }

  get memorySize(): number {
    return this.#core.view.byteLength;
  }

  #word(address: number): number {
    return this.#core.view.getUint32(address, true);
  }

  /** The address of an entry of a table; 0 if the table is shorter. */
  #entry(table: number, index: number, size: number): number {
    const segment = 32 - Math.clz32(index >>> abi.TABLE_FIRST_BITS);
    if (segment >= this.#word(table + abi.TABLE_SEGMENTS)) return 0;
    return (this.#word(table + abi.TABLE_BASES + segment * 4) + index * size) >>> 0;
  }

  /** The address of an open instance; 0 if `ep` is none. */
  instance(ep: number): number {
    if (ep < INSTANCE_FD_BASE) return 0;
    const address = this.#entry(this.#instances, ep - INSTANCE_FD_BASE, abi.INSTANCE_SIZE);
    return address !== 0 && this.#word(address + abi.INSTANCE_FD) === ep ? address : 0;
  }

  /** The address of a descriptor's entry; 0 if it never had a watch. */
  descriptor(fd: number): number {
    return this.#entry(this.#descriptors, fd, abi.DESCRIPTOR_SIZE);
  }

  readyCount(instance: number): number {
    return this.#word(instance + abi.INSTANCE_READY_COUNT);
  }

  /** The ready list's watches from its head on, at most `most`. */
  ready(instance: number, most: number): number[] {
    const list: number[] = [];
    for (
      let at = this.#word(instance + abi.INSTANCE_READY_HEAD);
      at !== 0 && list.length < most;
      at = this.#word(at + abi.WATCH_READY_NEXT)
    ) {
      list.push(at);
    }
    return list;
  }

  /** The watch of an instance on the target at an address, a Descriptor or an Instance; 0 if there is none. */
  watchOn(target: number, instance: number): number {
    let at = this.#word(target + abi.WATCHED_FIRST_WATCH);
    while (at !== 0 && this.#word(at + abi.WATCH_INSTANCE) !== instance) at = this.#word(at + abi.WATCH_NEXT);
    return at;
  }

  /** The number of watches of an instance. There can be 60,000, so that this does nothing else. */
  countMembers(instance: number): number {
    const { view } = this.#core;
    let count = 0;
    for (
      let at = view.getUint32(instance + abi.INSTANCE_FIRST_MEMBER, true);
      at !== 0;
      at = view.getUint32(at + abi.WATCH_NEXT_MEMBER, true)
    ) {
      count++;
    }
    return count;
  }

  /** The descriptor of a watch. */
  fdOf(watch: number): number {
    return this.#word(watch + abi.WATCH_FD);
  }

  watch(address: number): WatchFields {
    return {
      address,
      fd: this.#word(address + abi.WATCH_FD),
      events: this.#word(address + abi.WATCH_EVENTS),
      known: this.#word(address + abi.WATCH_KNOWN),
      mode: MODES[this.#core.view.getUint8(address + abi.WATCH_STATE)],
      certain: this.#word(address + abi.WATCH_TURN) === abi.WATCH_CERTAIN,
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
