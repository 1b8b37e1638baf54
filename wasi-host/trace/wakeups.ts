/** What a program gets from a sleep on its ready file (`assembly/abi/ready-file.ts`). */
import {
  READY_FILE,
  SUBSCRIPTION_POLLFDS,
  SUBSCRIPTION_POLLFDS_LENGTH,
  SUBSCRIPTION_WAKEUPS,
} from "../../assembly/abi/ready-file.ts";
import {
  EVENT_ERROR,
  EVENT_NBYTES,
  EVENT_SIZE,
  EVENT_TYPE,
  EVENT_USERDATA,
  FD_READ,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_USERDATA,
} from "../../assembly/abi/wasi.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";

/** Where poll_oneoff has written wakeups: an iovec, and the number of bytes. */
export interface Delivered {
  readonly iovec: number;
  readonly length: number;
}

/** The wakeups in the buffer of a subscription to the ready file; undefined if there is none. */
export function deliveredWakeups(
  memory: GuestMemory,
  subscriptions: number,
  count: number,
  events: number,
  found: number,
): Delivered | undefined {
  const { view } = memory;
  if (!memory.holds(subscriptions, count * SUBSCRIPTION_SIZE) || !memory.holds(events, found * EVENT_SIZE)) {
    return undefined;
  }
  for (let at = subscriptions, end = at + count * SUBSCRIPTION_SIZE; at < end; at += SUBSCRIPTION_SIZE) {
    if (view.getUint8(at + SUBSCRIPTION_TAG) !== FD_READ) continue;
    if (view.getUint32(at + SUBSCRIPTION_FD, true) !== READY_FILE) continue;
    // The subscription names the buffer by pointer and length, like an iovec.
    const iovec = at + SUBSCRIPTION_WAKEUPS;
    if (view.getUint32(iovec, true) === 0) return undefined;
    const userdata = view.getBigUint64(at + SUBSCRIPTION_USERDATA, true);
    for (let event = events; event < events + found * EVENT_SIZE; event += EVENT_SIZE) {
      // A clock may have the same userdata.
      if (view.getUint8(event + EVENT_TYPE) !== FD_READ) continue;
      if (view.getBigUint64(event + EVENT_USERDATA, true) !== userdata) continue;
      if (view.getUint16(event + EVENT_ERROR, true) !== 0) return undefined;
      return { iovec, length: Number(view.getBigUint64(event + EVENT_NBYTES, true)) };
    }
  }
  return undefined;
}

/** The array over which a poll_oneoff has slept, if it ended the sleep; undefined if there is none. */
export function polledList(
  memory: GuestMemory,
  subscriptions: number,
  count: number,
  events: number,
  found: number,
): { readonly pointer: number; readonly length: number } | undefined {
  if (found !== 1 || count === 0) return undefined;
  if (!memory.holds(subscriptions, count * SUBSCRIPTION_SIZE) || !memory.holds(events, EVENT_SIZE)) return undefined;
  const { view } = memory;
  const at = subscriptions + (count - 1) * SUBSCRIPTION_SIZE;
  const pointer = view.getUint32(at + SUBSCRIPTION_POLLFDS, true);
  if (view.getUint32(at + SUBSCRIPTION_FD, true) !== READY_FILE || pointer === 0) return undefined;
  if (view.getUint8(events + EVENT_TYPE) !== FD_READ || view.getUint16(events + EVENT_ERROR, true) !== 0)
    return undefined;
  return { pointer, length: view.getUint32(at + SUBSCRIPTION_POLLFDS_LENGTH, true) };
}
