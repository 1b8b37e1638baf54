/** Entries with a deadline, the earliest one first: a binary heap. An entry knows its index, so that it can be taken out. */
import { Entry, NEVER, NO_INDEX } from "./entry";
import { dataset } from "./memory";

const LEAST: i32 = 64;

let table: usize = dataset.allocate((<usize>LEAST) << 2);
let capacity: i32 = LEAST;
/** Number of entries that have a deadline. */
export let count: i32 = 0;

/** The entry whose deadline is the earliest; null if there is none. */
export function earliest(): Entry | null {
  return count == 0 ? null : at(0);
}

/** Sets, changes or, with NEVER, takes away a deadline. */
export function setDeadline(entry: Entry, deadline: i64): void {
  if (deadline == NEVER) {
    remove(entry);
    return;
  }
  entry.deadline = deadline;
  if (entry.deadlineIndex == NO_INDEX) {
    if (count == capacity) enlarge();
    put(entry, count++);
  }
  rise(entry);
  sink(entry);
}

export function remove(entry: Entry): void {
  const index = entry.deadlineIndex;
  if (index == NO_INDEX) return;
  entry.deadline = NEVER;
  entry.deadlineIndex = NO_INDEX;
  const last = at(--count);
  if (last == entry) return;
  put(last, index);
  rise(last);
  sink(last);
}

/** Forgets all entries, which are about to be freed. */
export function clear(): void {
  count = 0;
}

function at(index: i32): Entry {
  return changetype<Entry>(<usize>load<u32>(table + ((<usize>index) << 2)));
}

function put(entry: Entry, index: i32): void {
  store<u32>(table + ((<usize>index) << 2), changetype<usize>(entry));
  entry.deadlineIndex = index;
}

function rise(entry: Entry): void {
  while (entry.deadlineIndex > 0) {
    const index = entry.deadlineIndex;
    const above = at((index - 1) >> 1);
    if (above.deadline <= entry.deadline) return;
    put(entry, above.deadlineIndex);
    put(above, index);
  }
}

function sink(entry: Entry): void {
  while (true) {
    const index = entry.deadlineIndex;
    let below = 2 * index + 1;
    if (below >= count) return;
    if (below + 1 < count && at(below + 1).deadline < at(below).deadline) below++;
    const other = at(below);
    if (entry.deadline <= other.deadline) return;
    put(entry, below);
    put(other, index);
  }
}

function enlarge(): void {
  const larger = dataset.allocate((<usize>capacity) << 3);
  memory.copy(larger, table, (<usize>capacity) << 2);
  dataset.free(table, (<usize>capacity) << 2);
  table = larger;
  capacity <<= 1;
}
