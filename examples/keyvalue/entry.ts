/**
 * A key and what is known of it.
 *
 *     ┌──────────────┬──────────┬──────────┬──────────────┬──────────┬────────────┬──────────┬──────────────┐
 *     │ deadline (8) │ next (4) │ hash (4) │ deadline's   │ type (4) │ value (4)  │ key's    │ key ...      │
 *     │              │          │          │ index (4)    │          │            │ length(4)│              │
 *     └──────────────┴──────────┴──────────┴──────────────┴──────────┴────────────┴──────────┴──────────────┘
 */
import { freeList, List } from "./list";
import { dataset } from "./memory";
import { freeText, Text } from "./text";

/** Types of values. */
export const STRING: u32 = 0;
export const LIST: u32 = 1;

/** A deadline that does not come. */
export const NEVER: i64 = -1;
/** The index of a key without a deadline. */
export const NO_INDEX: i32 = -1;

@unmanaged
export class Entry {
  /** Milliseconds since 1970, or NEVER. */
  deadline: i64;
  /** In the same bucket. */
  next: Entry | null;
  hash: u32;
  /** In the heap of deadlines. */
  deadlineIndex: i32;
  type: u32;
  /** A Text or a List. */
  value: usize;
  keyLength: i32;
}

const SIZE: usize = offsetof<Entry>();

/** An entry without a value. */
export function newEntry(key: usize, length: i32, hash: u32): Entry {
  const entry = changetype<Entry>(dataset.allocate(SIZE + length));
  entry.deadline = NEVER;
  entry.next = null;
  entry.hash = hash;
  entry.deadlineIndex = NO_INDEX;
  entry.type = STRING;
  entry.value = 0;
  entry.keyLength = length;
  memory.copy(keyOf(entry), key, length);
  return entry;
}

export function keyOf(entry: Entry): usize {
  return changetype<usize>(entry) + SIZE;
}

export function freeEntry(entry: Entry): void {
  freeValue(entry);
  dataset.free(changetype<usize>(entry), SIZE + entry.keyLength);
}

export function freeValue(entry: Entry): void {
  if (entry.value == 0) return;
  if (entry.type == STRING) freeText(changetype<Text>(entry.value));
  else freeList(changetype<List>(entry.value));
  entry.value = 0;
}
