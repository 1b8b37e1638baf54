/**
 * The subscription array *is* the argument of poll_oneoff: always current, never rebuilt.
 *
 *     slot 0          1            2            3
 *   ┌───────┬────────────┬────────────┬────────────┬──
 *   │ clock │ fd 7, read │ fd 9, read │ fd 7, write│ …       arming appends; disarming moves the last one into the gap
 *   └───────┴────────────┴────────────┴────────────┴──
 *
 * A wait without a deadline passes the array from slot 1 on. Each entry's user data is its fd, and the generation of
 * that fd. An array is one of these records; the engine's keeps back-indices in the descriptor table, poll's own does not.
 */
import {
  EVENT_SIZE,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_FLAGS,
  SUBSCRIPTION_PRECISION,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "./layout";

export const FD_READ: u32 = 1;
export const FD_WRITE: u32 = 2;
const MONOTONIC: u32 = 1;
const FIRST_CAPACITY: u32 = 64;

/** `{u32 subscriptions, u32 results, u32 count with the clock, u32 capacity}`, zeroed at first. */
export const SUBSCRIPTIONS_SIZE = 16;

export function subscriptionCount(array: usize): u32 {
  return max<u32>(load<u32>(array, 8), 1);
}

/** Where poll_oneoff writes its events: room for as many as there are subscriptions. */
export function results(array: usize): usize {
  return load<u32>(array, 4);
}

/** Empties the array, but for the clock. */
export function clear(array: usize): void {
  store<u32>(array, 1, 8);
}

/** Makes room for `count` entries. */
export function makeRoom(array: usize, count: u32): void {
  const capacity = load<u32>(array, 12);
  if (count <= capacity) return;
  let larger = max<u32>(capacity, FIRST_CAPACITY);
  while (larger < count) larger <<= 1;
  const subscriptions = heap.alloc(<usize>larger * SUBSCRIPTION_SIZE);
  const events = heap.alloc(<usize>larger * EVENT_SIZE);
  if (capacity != 0) {
    memory.copy(subscriptions, load<u32>(array), <usize>capacity * SUBSCRIPTION_SIZE);
    heap.free(load<u32>(array));
    heap.free(load<u32>(array, 4));
  }
  store<u32>(array, subscriptions);
  store<u32>(array, events, 4);
  store<u32>(array, subscriptionCount(array), 8);
  store<u32>(array, larger, 12);
}

/** Subscribes to `fd` in one direction; returns the slot. */
export function append(array: usize, tag: u32, fd: i32, generation: u32): u32 {
  const index = subscriptionCount(array);
  makeRoom(array, index + 1);
  const at = subscriptionAt(array, index);
  store<u32>(at, fd, SUBSCRIPTION_USERDATA);
  store<u32>(at, generation, SUBSCRIPTION_USERDATA + 4);
  store<u64>(at, tag, SUBSCRIPTION_TAG);
  store<u32>(at, fd, SUBSCRIPTION_FD);
  store<u32>(array, index + 1, 8);
  return index;
}

/** Ends the subscription at `index`, and moves the last one there. Returns false when it was the last one itself. */
export function swapRemove(array: usize, index: u32): bool {
  const last = subscriptionCount(array) - 1;
  store<u32>(array, last, 8);
  if (index == last) return false;
  memory.copy(subscriptionAt(array, index), subscriptionAt(array, last), SUBSCRIPTION_SIZE);
  return true;
}

export function subscriptionAt(array: usize, index: u32): usize {
  return <usize>load<u32>(array) + <usize>index * SUBSCRIPTION_SIZE;
}

export function fdAt(array: usize, index: u32): i32 {
  return load<i32>(subscriptionAt(array, index), SUBSCRIPTION_FD);
}

export function tagAt(array: usize, index: u32): u32 {
  return load<u8>(subscriptionAt(array, index), SUBSCRIPTION_TAG);
}

/** Sets slot 0 to ring after `timeout` nanoseconds: relative and monotonic, which every host gets right. */
export function setClock(array: usize, timeout: u64): void {
  const at = <usize>load<u32>(array);
  store<u64>(at, 0, SUBSCRIPTION_TAG);
  store<u64>(at, MONOTONIC, SUBSCRIPTION_CLOCK);
  store<u64>(at, timeout, SUBSCRIPTION_TIMEOUT);
  store<u64>(at, 0, SUBSCRIPTION_PRECISION);
  store<u64>(at, 0, SUBSCRIPTION_FLAGS);
}
