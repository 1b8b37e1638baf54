/** Arguments and results of the calls that a story tells, read from a program's memory. Nothing there is trusted. */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../../assembly/abi/epoll.ts";
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLWAKEUP, READINESS } from "../../assembly/abi/events.ts";
import {
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../../assembly/abi/operation.ts";
import { WAKEUP_FD, WAKEUP_READY, WAKEUP_SIZE } from "../../assembly/abi/ready-file.ts";
import {
  CLOCK,
  EVENT_ERROR,
  EVENT_FLAGS,
  EVENT_SIZE,
  EVENT_USERDATA,
  FD_READ,
  FD_READWRITE_HANGUP,
  SUBSCRIPTION_CLOCK_ABSTIME,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_FLAGS,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../../assembly/abi/wasi.ts";
import { errnoName } from "../abi/errno.ts";
import { type GuestMemory, IOVEC, IOVEC_LENGTH } from "../memory/guest-memory.ts";
import { excerpt, seconds, valueText } from "../trace/values.ts";
import { deliveredWakeups } from "../trace/wakeups.ts";
import type { Readiness, Sets, Subscribed } from "./events.ts";

/** Bytes of data that are shown. */
const MAX_BYTES = 16;
/** Entries of one array that are read: more than any program waits for. */
const MAX_ENTRIES = 1 << 20;

const FLAGS = [
  [EPOLLET, "ET"],
  [EPOLLONESHOT, "ONESHOT"],
  [EPOLLEXCLUSIVE, "EXCLUSIVE"],
  [EPOLLWAKEUP, "WAKEUP"],
] as const;

/** `IN|RDHUP`, and the flags of an interest: `IN|ET`. */
export function bitsText(events: number): string {
  const bits = events & READINESS;
  const flags = FLAGS.filter(([bit]) => (events & bit) !== 0).map(([, name]) => name);
  return [...(bits === 0 && flags.length > 0 ? [] : [valueText("readiness", bits).toUpperCase()]), ...flags].join("|");
}

/** A count, or the name of a negated errno. */
export function outcome(result: number): number | string {
  return result < 0 ? errnoName(-result) : result;
}

export interface Wakeup {
  readonly fd: number;
  readonly bits: number;
}

/** An operation of a batch, after it was made. */
export interface Operation {
  readonly op: number;
  readonly fd: number;
  readonly buffer: number;
  readonly length: number;
  readonly result: number;
}

export class HostCalls {
  readonly #memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  refresh(): void {
    this.#memory.refresh();
  }

  u32(at: number): number {
    return this.#memory.holds(at, 4) ? this.#memory.view.getUint32(at, true) : 0;
  }

  /** The sum of the lengths of iovecs. */
  room(iovs: number, count: number): number {
    let room = 0;
    for (let index = 0; index < Math.min(count, MAX_ENTRIES); index++)
      room += this.u32(iovs + index * IOVEC + IOVEC_LENGTH);
    return room;
  }

  /** The first of `length` bytes in the first iovec that has some. */
  data(iovs: number, count: number, length: number): string {
    for (let index = 0; index < Math.min(count, MAX_ENTRIES); index++) {
      const size = this.u32(iovs + index * IOVEC + IOVEC_LENGTH);
      if (size > 0) return this.bytes(this.u32(iovs + index * IOVEC), Math.min(size, length), length);
    }
    return excerpt(new Uint8Array(0), 0);
  }

  /** Bytes in C's notation, followed by `...` if there are more, up to `total`. */
  bytes(at: number, length: number, total = length): string {
    if (!this.#memory.holds(at, length)) return "?";
    const text = excerpt(this.#memory.bytes.subarray(at, at + length), MAX_BYTES);
    return length < total && !text.endsWith("...") ? `${text}...` : text;
  }

  /** The wakeups in the first `length` bytes of an iovec. */
  wakeups(iovec: number, length: number): Wakeup[] {
    const buffer = this.u32(iovec);
    const found: Wakeup[] = [];
    for (
      let at = buffer;
      at + WAKEUP_SIZE <= buffer + length && this.#memory.holds(at, WAKEUP_SIZE);
      at += WAKEUP_SIZE
    ) {
      found.push({ fd: this.u32(at + WAKEUP_FD), bits: this.#memory.view.getUint16(at + WAKEUP_READY, true) });
    }
    return found;
  }

  /** The wakeups that a poll_oneoff with a subscription to the ready file has brought. */
  delivered([subscriptions, events, count, found]: readonly number[]): Wakeup[] {
    const place = deliveredWakeups(this.#memory, subscriptions, count, events, this.u32(found));
    return place === undefined ? [] : this.wakeups(place.iovec, place.length);
  }

  operations(iovs: number): Operation[] {
    const [start, length] = [this.u32(iovs), this.u32(iovs + IOVEC_LENGTH)];
    const found: Operation[] = [];
    for (
      let at = start;
      at + OPERATION_SIZE <= start + length && this.#memory.holds(at, OPERATION_SIZE);
      at += OPERATION_SIZE
    ) {
      found.push({
        op: this.u32(at + OPERATION_OP),
        fd: this.u32(at + OPERATION_FD),
        buffer: this.u32(at + OPERATION_BUFFER),
        length: this.u32(at + OPERATION_LENGTH),
        result: this.u32(at + OPERATION_RESULT) | 0,
      });
    }
    return found;
  }

  /** The subscriptions of poll_oneoff; and of its first events, if `found` is given. */
  subscriptions(pointer: number, count: number): Subscribed[] {
    return this.#array(pointer, count, SUBSCRIPTION_SIZE, (at) => this.#subscription(at));
  }

  /** The subscriptions that the events are about. */
  events([subscriptions, pointer, count, found]: readonly number[]): Subscribed[] {
    const byUserdata = new Map<string, Subscribed[]>();
    for (const [index, subscription] of this.subscriptions(subscriptions, count).entries()) {
      const key = this.#userdata(subscriptions + index * SUBSCRIPTION_SIZE + SUBSCRIPTION_USERDATA);
      byUserdata.set(key, [...(byUserdata.get(key) ?? []), subscription]);
    }
    return this.#array(pointer, this.u32(found), EVENT_SIZE, (at) => {
      const meant = byUserdata.get(this.#userdata(at + EVENT_USERDATA)) ?? [];
      // Of several with one userdata, the next.
      const subscription = (meant.length > 1 ? meant.shift() : meant[0]) ?? { clock: "?" };
      if ("clock" in subscription) return subscription;
      const error = this.#memory.view.getUint16(at + EVENT_ERROR, true);
      const hangup = (this.#memory.view.getUint16(at + EVENT_FLAGS, true) & FD_READWRITE_HANGUP) !== 0;
      return {
        ...subscription,
        ...(hangup ? { hangup } : {}),
        ...(error === 0 ? {} : { error: errnoName(error) }),
      };
    });
  }

  #userdata(at: number): string {
    return `${this.u32(at)} ${this.u32(at + 4)}`;
  }

  #subscription(at: number): Subscribed {
    const tag = this.#memory.bytes[at + SUBSCRIPTION_TAG];
    if (tag !== CLOCK) return { fd: this.u32(at + SUBSCRIPTION_FD), for: tag === FD_READ ? "read" : "write" };
    const absolute = (this.#memory.view.getUint16(at + SUBSCRIPTION_FLAGS, true) & SUBSCRIPTION_CLOCK_ABSTIME) !== 0;
    const time = this.#memory.view.getBigUint64(at + SUBSCRIPTION_TIMEOUT, true);
    return { clock: absolute ? "a time" : `after ${seconds(time)}` };
  }

  /** `struct pollfd`s: their events, or their revents, of entries that have some. */
  pollfds(pointer: number, count: number, what: "events" | "revents"): Readiness[] {
    const offset = what === "events" ? POLLFD_EVENTS : POLLFD_REVENTS;
    return this.#array(pointer, count, POLLFD_SIZE, (at) => ({
      fd: this.u32(at + POLLFD_FD) | 0,
      bits: this.#memory.view.getUint16(at + offset, true),
    }))
      .filter(({ fd, bits }) => fd >= 0 && (bits !== 0 || what === "events"))
      .map(({ fd, bits }) => ({ fd, events: bitsText(bits) }));
  }

  /** The members of three sets below `limit`; 0 in place of a set. */
  sets(limit: number, pointers: readonly number[]): Sets {
    const [read, write, except] = pointers.map((pointer) => {
      const members: number[] = [];
      if (pointer === 0) return members;
      for (let fd = 0; fd < Math.min(limit, MAX_ENTRIES); fd++) {
        if ((this.u32(pointer + (fd >> 5) * 4) & (1 << (fd & 31))) !== 0) members.push(fd);
      }
      return members;
    });
    return { read, write, except };
  }

  #array<T>(pointer: number, count: number, size: number, read: (at: number) => T): T[] {
    if (count > MAX_ENTRIES || !this.#memory.holds(pointer, count * size)) return [];
    return Array.from({ length: count }, (_, index) => read(pointer + index * size));
  }
}
