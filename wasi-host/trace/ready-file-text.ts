/**
 * The guest's use of the ready file (assembly/abi/ready-file.ts) as text: operations, their results, and wakeups.
 *
 *     fd_write(fd=ready_file, iovs=[{arm fd=5 in|rdhup}, {recv fd=6 [4096]}]) = 0 iovs=[0, 4 "ping"] size=64
 *     fd_read(fd=ready_file, iovs=[512]) = 0 iovs=[{fd=5 in|rdhup ready=in}] size=8
 */
import {
  OP_ACCEPT,
  OP_ARM,
  OP_LOOK,
  OP_RECV,
  OP_SEND,
  OP_SIGNALS,
  OP_STOP,
  OP_VERSION,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_MASK,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../../assembly/abi/operation.ts";
import { WAKEUP_FD, WAKEUP_MASK, WAKEUP_READY, WAKEUP_SIZE } from "../../assembly/abi/ready-file.ts";
import { errnoName } from "../abi/errno.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import type { Structures } from "./structures.ts";
import { valueText } from "./values.ts";
import { deliveredWakeups, polledList } from "./wakeups.ts";

const VERBS: Readonly<Record<number, string>> = {
  [OP_RECV]: "recv",
  [OP_SEND]: "send",
  [OP_ACCEPT]: "accept",
  [OP_ARM]: "arm",
  [OP_STOP]: "stop",
  [OP_LOOK]: "look",
  [OP_VERSION]: "version",
  [OP_SIGNALS]: "signals",
};

export class ReadyFileText {
  readonly #memory: GuestMemory;
  readonly #structures: Structures;

  constructor(memory: GuestMemory, structures: Structures) {
    this.#memory = memory;
    this.#structures = structures;
  }

  /** The operations in iovecs, before they are made. */
  operations(iovs: number, count: number): string {
    return this.#structures.records(iovs, count, OPERATION_SIZE, Infinity, (at) => this.#operation(at));
  }

  /** The results of the operations in the first `size` bytes. */
  results(iovs: number, count: number, size: number): string {
    return this.#structures.records(iovs, count, OPERATION_SIZE, size, (at) => this.#result(at));
  }

  /** The wakeups in the first `size` bytes of iovecs. */
  wakeups(iovs: number, count: number, size: number): string {
    return this.#structures.records(iovs, count, WAKEUP_SIZE, size, (at) => this.#wakeup(at));
  }

  /**
   * What poll_oneoff has written beside its events: wakeups into the buffer of a subscription to the ready file, or revents into its array.
   * Undefined for none.
   */
  delivered(subscriptions: number, count: number, events: number, found: number): string | undefined {
    const delivered = deliveredWakeups(this.#memory, subscriptions, count, events, found);
    if (delivered !== undefined) return ` wakeups=${this.wakeups(delivered.iovec, 1, delivered.length)}`;
    const list = polledList(this.#memory, subscriptions, count, events, found);
    return list === undefined ? undefined : ` pollfds=${this.#structures.pollfds(list.pointer, list.length, true)}`;
  }

  #operation(at: number): string {
    const op = this.#u32(at + OPERATION_OP);
    const fd = this.#u32(at + OPERATION_FD);
    const [buffer, length] = [this.#u32(at + OPERATION_BUFFER), this.#u32(at + OPERATION_LENGTH)];
    const verb = VERBS[op];
    if (verb === undefined) return `{operation ${op}}`;
    if (op === OP_VERSION) return `{version ${fd >>> 16}.${fd & 0xffff}}`;
    if (op === OP_LOOK) return `{look ${this.#structures.pollfds(buffer, length, false)}}`;
    if (op === OP_SIGNALS) return `{signals ${valueText("signals", this.#u32(at + OPERATION_MASK))}}`;
    const target = `${verb} fd=${valueText("fd", fd)}`;
    if (op === OP_ACCEPT) return `{${target}}`;
    if (op === OP_SEND) return `{${target} ${this.#structures.bytes(buffer, length)}}`;
    if (op === OP_RECV) return `{${target} ${this.#structures.guarded(buffer, length, () => `[${length}]`)}}`;
    return `{${target} ${valueText("readiness", this.#u32(at + OPERATION_MASK) & 0xffff)}}`;
  }

  #result(at: number): string {
    const result = this.#memory.view.getInt32(at + OPERATION_RESULT, true);
    if (result < 0) return errnoName(-result);
    const op = this.#u32(at + OPERATION_OP);
    const [buffer, length] = [this.#u32(at + OPERATION_BUFFER), this.#u32(at + OPERATION_LENGTH)];
    if (op === OP_VERSION) return `${result >>> 16}.${result & 0xffff}`;
    if (op === OP_RECV && result > 0) return `${result} ${this.#structures.bytes(buffer, Math.min(result, length))}`;
    if (op === OP_LOOK && result > 0) return `${result} ${this.#structures.pollfds(buffer, length, true)}`;
    return String(result);
  }

  #wakeup(at: number): string {
    const { view } = this.#memory;
    const mask = valueText("readiness", view.getUint16(at + WAKEUP_MASK, true));
    const ready = valueText("readiness", view.getUint16(at + WAKEUP_READY, true));
    return `{fd=${valueText("fd", this.#u32(at + WAKEUP_FD))} ${mask} ready=${ready}}`;
  }

  #u32(at: number): number {
    return this.#memory.view.getUint32(at, true);
  }
}
