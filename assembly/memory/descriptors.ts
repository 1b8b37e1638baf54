/** The descriptor table: what the engine knows of each fd, indexed by fd. */
import {
  DESCRIPTOR_FIRST_WATCH,
  DESCRIPTOR_GENERATION,
  DESCRIPTOR_LAST_WATCH,
  DESCRIPTOR_READ_SLOT,
  DESCRIPTOR_SIZE,
  DESCRIPTOR_TAKEN_TURN,
} from "./layout";
import { capacity, entry, reach, SEGMENTS_SIZE } from "./segments";
import { nextOfFd, setNextOfFd } from "./watches";

const table = memory.data(SEGMENTS_SIZE, 8);

/** The descriptor's entry; 0 for an fd that never had a watch. */
export function descriptor(fd: i32): usize {
  return <u32>fd < capacity(table) ? entry(table, <u32>fd, DESCRIPTOR_SIZE) : 0;
}

/** The same, made if need be; 0 when memory has run out. `fd` must be known to be open: the table is as large as it. */
export function descriptorFor(fd: i32): usize {
  return reach(table, <u32>fd, DESCRIPTOR_SIZE) ? entry(table, <u32>fd, DESCRIPTOR_SIZE) : 0;
}

export function firstWatch(descriptor: usize): usize {
  return load<u32>(descriptor, DESCRIPTOR_FIRST_WATCH);
}

/** Counts the lives of an fd number: an event that carries another count is about a file that was closed. */
export function generation(descriptor: usize): u32 {
  return load<u32>(descriptor, DESCRIPTOR_GENERATION);
}

export function endGeneration(descriptor: usize): void {
  store<u32>(descriptor, generation(descriptor) + 1, DESCRIPTOR_GENERATION);
}

export function takenTurn(descriptor: usize): u32 {
  return load<u32>(descriptor, DESCRIPTOR_TAKEN_TURN);
}

export function setTakenTurn(descriptor: usize, turn: u32): void {
  store<u32>(descriptor, turn, DESCRIPTOR_TAKEN_TURN);
}

/** The subscription array's slot for reading (tag 1) or writing (tag 2); -1 when that direction is not armed. */
export function slot(descriptor: usize, tag: u32): i32 {
  return load<u32>(descriptor + ((tag - 1) << 2), DESCRIPTOR_READ_SLOT) - 1;
}

export function setSlot(descriptor: usize, tag: u32, index: i32): void {
  store<u32>(descriptor + ((tag - 1) << 2), index + 1, DESCRIPTOR_READ_SLOT);
}

/**
 * Puts a watch on the list of those that see this descriptor's wakeups: exclusive ones last, and in their order, the
 * others first, as the kernel keeps its wait queues. `list` is the address of a (first, last) pair of pointers: the
 * descriptor's, or an epoll instance's.
 */
export function link(firstField: usize, lastField: usize, watch: usize, atTail: bool): void {
  const first = load<u32>(firstField);
  if (atTail && first != 0) {
    setNextOfFd(load<u32>(lastField), watch);
    setNextOfFd(watch, 0);
    store<u32>(lastField, watch);
    return;
  }
  setNextOfFd(watch, first);
  store<u32>(firstField, watch);
  if (first == 0) store<u32>(lastField, watch);
}

export function unlink(firstField: usize, lastField: usize, watch: usize): void {
  let before: usize = 0;
  for (let at: usize = load<u32>(firstField); at != watch; at = nextOfFd(at)) before = at;
  if (before == 0) store<u32>(firstField, nextOfFd(watch));
  else setNextOfFd(before, nextOfFd(watch));
  if (<usize>load<u32>(lastField) == watch) store<u32>(lastField, before);
}

export function firstWatchField(descriptor: usize): usize {
  return descriptor + DESCRIPTOR_FIRST_WATCH;
}

export function lastWatchField(descriptor: usize): usize {
  return descriptor + DESCRIPTOR_LAST_WATCH;
}
