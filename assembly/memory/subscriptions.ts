/**
 * The subscription array is the argument of poll_oneoff: always up to date, never rebuilt.
 *
 *     slot 0          1            2            3
 *   ┌───────┬────────────┬────────────┬────────────┬──
 *   │ clock │ fd 7, read │ fd 9, read │ fd 7, write│ …       arming appends; disarming moves the last one into the gap
 *   └───────┴────────────┴────────────┴────────────┴──
 *
 * A wait without a deadline passes the array from slot 1 on. Each entry's user data is its fd, and the generation of
 * that fd. An array has room for a few entries inline. The engine keeps back-indices of its array in the descriptor table.
 */
import { block, giveBack } from "./blocks";
import {
  CLOCK_MONOTONIC,
  EVENT_SIZE,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_FLAGS,
  SUBSCRIPTION_PRECISION,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../abi/wasi";

/** Entries inside the record: an array with a clock and few subscriptions needs no further memory. */
const INLINE: u32 = 4;
const FIRST_CAPACITY: u32 = 64;

@unmanaged
export class Subscriptions {
  /** The clock's entry, then one for each subscription. */
  first: usize;
  /** Where poll_oneoff writes its events: room for one for each entry. */
  results: usize;
  /** The number of entries, with the clock; 0 before the first use. */
  entries: u32;
  capacity: u32;
}

/** Bytes of a `Subscriptions` with its inline entries. They are zeroed at first. */
export const SUBSCRIPTIONS_SIZE = <i32>offsetof<Subscriptions>() + <i32>INLINE * (SUBSCRIPTION_SIZE + EVENT_SIZE);
const scratch = memory.data(SUBSCRIPTION_SIZE, 8);

export function subscriptionCount(array: Subscriptions): u32 {
  return max<u32>(array.entries, 1);
}

/** Removes all subscriptions except the clock. */
export function clear(array: Subscriptions): void {
  array.entries = 1;
}

/** Makes room for `count` entries, with the clock. False if memory cannot grow; the first few always fit. */
export function makeRoom(array: Subscriptions, count: u32): bool {
  const capacity = array.capacity;
  if (count <= capacity) return true;
  if (count <= INLINE) {
    const inline = changetype<usize>(array) + offsetof<Subscriptions>();
    place(array, inline, inline + INLINE * SUBSCRIPTION_SIZE, INLINE);
    return true;
  }
  let larger = max<u32>(capacity, FIRST_CAPACITY);
  while (larger < count) larger <<= 1;
  const size = <usize>larger * (SUBSCRIPTION_SIZE + EVENT_SIZE);
  const subscriptions = block(size);
  if (subscriptions == 0) return false;
  const before = array.first;
  if (capacity != 0) memory.copy(subscriptions, before, <usize>capacity * SUBSCRIPTION_SIZE);
  place(array, subscriptions, subscriptions + <usize>larger * SUBSCRIPTION_SIZE, larger);
  if (capacity > INLINE) giveBack(before, <usize>capacity * (SUBSCRIPTION_SIZE + EVENT_SIZE));
  return true;
}

function place(array: Subscriptions, subscriptions: usize, events: usize, capacity: u32): void {
  array.first = subscriptions;
  array.results = events;
  array.entries = subscriptionCount(array);
  array.capacity = capacity;
}

/** Subscribes to `fd` in one direction. Returns the slot. `makeRoom` must have made room. */
export function append(array: Subscriptions, tag: u32, fd: i32, generation: u32): u32 {
  const index = subscriptionCount(array);
  const at = subscriptionAt(array, index);
  store<u32>(at, fd, SUBSCRIPTION_USERDATA);
  store<u32>(at, generation, SUBSCRIPTION_USERDATA + 4);
  store<u64>(at, tag, SUBSCRIPTION_TAG);
  store<u32>(at, fd, SUBSCRIPTION_FD);
  array.entries = index + 1;
  return index;
}

/** Removes the subscription at `index`, and moves the last one there. Returns false if it was the last one. */
export function swapRemove(array: Subscriptions, index: u32): bool {
  const last = subscriptionCount(array) - 1;
  array.entries = last;
  if (index == last) return false;
  memory.copy(subscriptionAt(array, index), subscriptionAt(array, last), SUBSCRIPTION_SIZE);
  return true;
}

/** Exchanges two subscriptions. */
export function swap(array: Subscriptions, one: u32, other: u32): void {
  memory.copy(scratch, subscriptionAt(array, one), SUBSCRIPTION_SIZE);
  memory.copy(subscriptionAt(array, one), subscriptionAt(array, other), SUBSCRIPTION_SIZE);
  memory.copy(subscriptionAt(array, other), scratch, SUBSCRIPTION_SIZE);
}

export function subscriptionAt(array: Subscriptions, index: u32): usize {
  return array.first + <usize>index * SUBSCRIPTION_SIZE;
}

export function fdAt(array: Subscriptions, index: u32): i32 {
  return load<i32>(subscriptionAt(array, index), SUBSCRIPTION_FD);
}

export function tagAt(array: Subscriptions, index: u32): u32 {
  return load<u8>(subscriptionAt(array, index), SUBSCRIPTION_TAG);
}

/** Sets the clock of slot 0 to `timeout` nanoseconds, relative and monotonic: every host supports these. */
export function setClock(array: Subscriptions, timeout: u64): void {
  const at = array.first;
  store<u64>(at, 0, SUBSCRIPTION_TAG);
  store<u64>(at, CLOCK_MONOTONIC, SUBSCRIPTION_CLOCK);
  store<u64>(at, timeout, SUBSCRIPTION_TIMEOUT);
  store<u64>(at, 0, SUBSCRIPTION_PRECISION);
  store<u64>(at, 0, SUBSCRIPTION_FLAGS);
}
