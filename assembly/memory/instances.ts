/** Epoll instances, indexed by their own descriptors. */
import {
  INSTANCE_ASLEEP,
  INSTANCE_BATCH,
  INSTANCE_BATCH_COUNT,
  INSTANCE_FD,
  INSTANCE_FD_BASE,
  INSTANCE_FIRST_OUTER,
  INSTANCE_FIRST_WATCH,
  INSTANCE_LAST_OUTER,
  INSTANCE_NEXT_FREE,
  INSTANCE_QUIET,
  INSTANCE_SIZE,
} from "./layout";
import { capacity, entry, reach, SEGMENTS_SIZE } from "./segments";

const table = memory.data(SEGMENTS_SIZE, 8);
let used: u32 = 0;
let free: usize = 0;

/** A zeroed instance with its descriptor set; 0 when memory has run out. */
export function allocateInstance(): usize {
  let instance = free;
  let fd: u32;
  if (instance != 0) {
    free = load<u32>(instance, INSTANCE_NEXT_FREE);
    fd = INSTANCE_FD_BASE + indexOf(instance);
    memory.fill(instance, 0, INSTANCE_SIZE);
  } else {
    if (!reach(table, used, INSTANCE_SIZE)) return 0;
    instance = entry(table, used, INSTANCE_SIZE);
    fd = INSTANCE_FD_BASE + used++;
  }
  store<u32>(instance, fd, INSTANCE_FD);
  return instance;
}

/** A free instance keeps its index where its batch was. */
function indexOf(instance: usize): u32 {
  return load<u32>(instance, INSTANCE_BATCH);
}

export function freeInstance(instance: usize): void {
  store<u32>(instance, load<u32>(instance, INSTANCE_FD) - INSTANCE_FD_BASE, INSTANCE_BATCH);
  store<u32>(instance, 0, INSTANCE_FD);
  store<u32>(instance, free, INSTANCE_NEXT_FREE);
  free = instance;
}

export function isInstanceFd(fd: i32): bool {
  return fd >= INSTANCE_FD_BASE;
}

/** The open instance whose descriptor is `fd`; 0 for any other number. */
export function instance(fd: i32): usize {
  const index = <u32>(fd - INSTANCE_FD_BASE);
  if (fd < INSTANCE_FD_BASE || index >= min(used, capacity(table))) return 0;
  const found = entry(table, index, INSTANCE_SIZE);
  return load<i32>(found, INSTANCE_FD) == fd ? found : 0;
}

/** The `index`-th instance ever made, for going through all of them; 0 past the last. It may be free: ask `fdOfInstance`. */
export function instanceAt(index: u32): usize {
  return index < used ? entry(table, index, INSTANCE_SIZE) : 0;
}

export function fdOfInstance(instance: usize): i32 {
  return load<i32>(instance, INSTANCE_FD);
}

export function firstWatchOfInstance(instance: usize): usize {
  return load<u32>(instance, INSTANCE_FIRST_WATCH);
}

/** Where the head of its list of watches is. */
export function watchesField(instance: usize): usize {
  return instance + INSTANCE_FIRST_WATCH;
}

/** The watches that other instances have on this one. */
export function firstOuter(instance: usize): usize {
  return load<u32>(instance, INSTANCE_FIRST_OUTER);
}

export function firstOuterField(instance: usize): usize {
  return instance + INSTANCE_FIRST_OUTER;
}

export function lastOuterField(instance: usize): usize {
  return instance + INSTANCE_LAST_OUTER;
}

/** How many callers sleep in a wait on this instance. */
export function asleep(instance: usize): u32 {
  return load<u32>(instance, INSTANCE_ASLEEP);
}

export function setAsleep(instance: usize, sleepers: u32): void {
  store<u32>(instance, sleepers, INSTANCE_ASLEEP);
}

/** How many on its ready list are known to have nothing, so that a wait may sleep though they stand there. */
export function quiet(instance: usize): u32 {
  return load<u32>(instance, INSTANCE_QUIET);
}

export function addQuiet(instance: usize, change: i32): void {
  store<u32>(instance, quiet(instance) + change, INSTANCE_QUIET);
}

/** The events that the last wait delivered, while they are being dispatched. */
export function batch(instance: usize): usize {
  return load<u32>(instance, INSTANCE_BATCH);
}

export function batchCount(instance: usize): u32 {
  return load<u32>(instance, INSTANCE_BATCH_COUNT);
}

export function setBatch(instance: usize, events: usize, count: u32): void {
  store<u32>(instance, events, INSTANCE_BATCH);
  store<u32>(instance, count, INSTANCE_BATCH_COUNT);
}
