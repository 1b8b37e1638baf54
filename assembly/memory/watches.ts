/** The watch slab: fixed-size slots that never move; freed ones are used again before new ones are cut. */
import { block } from "./blocks";
import {
  WATCH_ARMED,
  WATCH_BATCH,
  WATCH_DATA,
  WATCH_EVENTS,
  WATCH_FD,
  WATCH_INSTANCE,
  WATCH_KNOWN,
  WATCH_NEXT_OF_FD,
  WATCH_NEXT_OF_INSTANCE,
  WATCH_PREV_OF_INSTANCE,
  WATCH_SIZE,
  WATCH_STATE,
  WATCH_TURN,
  WATCH_WAITS,
} from "./layout";

const FIRST_CHUNK: u32 = 64;

let free: usize = 0;
/** The slots of the newest chunk that nobody had yet. */
let fresh: usize = 0;
let freshEnd: usize = 0;
let cut: u32 = 0;

/** A zeroed watch; 0 when memory has run out. Each new chunk is as large as all before it. */
export function allocateWatch(): usize {
  let watch = free;
  if (watch != 0) {
    free = load<u32>(watch);
    memory.fill(watch, 0, WATCH_SIZE);
    return watch;
  }
  if (fresh == freshEnd) {
    const size = <usize>max(cut, FIRST_CHUNK) * WATCH_SIZE;
    const chunk = block(size);
    if (chunk == 0) return 0;
    fresh = chunk;
    freshEnd = chunk + size;
    cut += <u32>(size / WATCH_SIZE);
  }
  watch = fresh;
  fresh += WATCH_SIZE;
  return watch;
}

export function freeWatch(watch: usize): void {
  store<u32>(watch, free);
  free = watch;
}

export function fdOf(watch: usize): i32 {
  return load<i32>(watch, WATCH_FD);
}

export function setFd(watch: usize, fd: i32): void {
  store<i32>(watch, fd, WATCH_FD);
}

export function instanceOf(watch: usize): usize {
  return load<u32>(watch, WATCH_INSTANCE);
}

export function setInstance(watch: usize, instance: usize): void {
  store<u32>(watch, instance, WATCH_INSTANCE);
}

export function eventsOf(watch: usize): u32 {
  return load<u32>(watch, WATCH_EVENTS);
}

export function setEvents(watch: usize, events: u32): void {
  store<u32>(watch, events, WATCH_EVENTS);
}

export function known(watch: usize): u32 {
  return load<u32>(watch, WATCH_KNOWN);
}

/** Readiness as seen in `turn`. */
export function setKnown(watch: usize, readiness: u32, turn: u32): void {
  store<u32>(watch, readiness, WATCH_KNOWN);
  store<u32>(watch, turn, WATCH_TURN);
}

export function turnOf(watch: usize): u32 {
  return load<u32>(watch, WATCH_TURN);
}

export function dataOf(watch: usize): u64 {
  return load<u64>(watch, WATCH_DATA);
}

export function setData(watch: usize, data: u64): void {
  store<u64>(watch, data, WATCH_DATA);
}

export function stateOf(watch: usize): u32 {
  return load<u8>(watch, WATCH_STATE);
}

export function setState(watch: usize, state: u32): void {
  store<u8>(watch, state, WATCH_STATE);
}

export function waits(watch: usize): u32 {
  return load<u8>(watch, WATCH_WAITS);
}

export function setWaits(watch: usize, directions: u32): void {
  store<u8>(watch, directions, WATCH_WAITS);
}

export function armedMask(watch: usize): u32 {
  return load<u16>(watch, WATCH_ARMED);
}

export function setArmedMask(watch: usize, mask: u32): void {
  store<u16>(watch, mask, WATCH_ARMED);
}

export function nextOfFd(watch: usize): usize {
  return load<u32>(watch, WATCH_NEXT_OF_FD);
}

export function setNextOfFd(watch: usize, next: usize): void {
  store<u32>(watch, next, WATCH_NEXT_OF_FD);
}

export function nextOfInstance(watch: usize): usize {
  return load<u32>(watch, WATCH_NEXT_OF_INSTANCE);
}

/** Puts `watch` first on its instance's list, whose head is at `head`. */
export function linkToInstance(watch: usize, head: usize): void {
  const first = <usize>load<u32>(head);
  store<u32>(watch, first, WATCH_NEXT_OF_INSTANCE);
  store<u32>(watch, 0, WATCH_PREV_OF_INSTANCE);
  if (first != 0) store<u32>(first, watch, WATCH_PREV_OF_INSTANCE);
  store<u32>(head, watch);
}

export function unlinkFromInstance(watch: usize, head: usize): void {
  const next = <usize>load<u32>(watch, WATCH_NEXT_OF_INSTANCE);
  const prev = <usize>load<u32>(watch, WATCH_PREV_OF_INSTANCE);
  if (prev == 0) store<u32>(head, next);
  else store<u32>(prev, next, WATCH_NEXT_OF_INSTANCE);
  if (next != 0) store<u32>(next, prev, WATCH_PREV_OF_INSTANCE);
}

/** The address of its event in the batch that is being dispatched; 0: none. */
export function batchEvent(watch: usize): usize {
  return load<u32>(watch, WATCH_BATCH);
}

export function setBatchEvent(watch: usize, event: usize): void {
  store<u32>(watch, event, WATCH_BATCH);
}
