/** The keys, their values and their deadlines. A key whose deadline has passed is not found, and a timer takes it away. */
import { Callback, defaultLoop, Timer, wallTime } from "pollux/assembly";
import { Bytes } from "./bytes";
import * as deadlines from "./deadlines";
import { Dictionary } from "./dictionary";
import { Entry, freeEntry, freeValue, LIST, NEVER, newEntry, STRING } from "./entry";
import { hashOf } from "./hash";
import { List, newList } from "./list";
import { fits, newText, startOf, Text } from "./text";

/** Keys that the timer takes away before it is the clients' turn. */
const MOST_AT_ONCE: i32 = 256;
const FAR: i64 = i64.MAX_VALUE;

export const entries = new Dictionary();
/** Counted for INFO. */
export let expired: u64 = 0;
export let hits: u64 = 0;
export let misses: u64 = 0;

let timer: Timer | null = null;
let timerDeadline: i64 = FAR;

/** Milliseconds since 1970. */
export function now(): i64 {
  return <i64>wallTime();
}

/** The entry of a key that is there, and not expired. */
export function find(key: Bytes): Entry | null {
  const entry = entries.find(key.start, key.length, hashOf(key.start, key.length));
  return entry != null && expireOne(entry) ? null : entry;
}

/** The same for commands that read: counted as a hit or a miss. */
export function read(key: Bytes): Entry | null {
  const entry = find(key);
  if (entry != null) hits++;
  else misses++;
  return entry;
}

/** Whether its deadline has passed. It is freed then. */
export function expireOne(entry: Entry): bool {
  if (entry.deadline == NEVER || entry.deadline > now()) return false;
  remove(entry);
  expired++;
  return true;
}

/** Sets a key to a string. `entry` is what `find` has returned for it. */
export function setText(key: Bytes, entry: Entry | null, bytes: usize, length: i32): Entry {
  const changed = entry != null ? entry : add(key);
  const text = roomFor(changed, length);
  text.length = length;
  memory.copy(startOf(text), bytes, length);
  return changed;
}

/** The text of an entry, with room for `length` bytes. What it held may be gone. */
function roomFor(entry: Entry, length: i32): Text {
  if (entry.value != 0 && entry.type == STRING && fits(changetype<Text>(entry.value), length)) {
    return changetype<Text>(entry.value);
  }
  freeValue(entry);
  const text = newText(length);
  entry.type = STRING;
  entry.value = changetype<usize>(text);
  return text;
}

/** An entry whose value is an empty list. */
export function addList(key: Bytes): List {
  const entry = add(key);
  const list = newList();
  entry.type = LIST;
  entry.value = changetype<usize>(list);
  return list;
}

function add(key: Bytes): Entry {
  const entry = newEntry(key.start, key.length, hashOf(key.start, key.length));
  entries.add(entry);
  return entry;
}

export function remove(entry: Entry): void {
  deadlines.remove(entry);
  entries.remove(entry);
  freeEntry(entry);
}

export function removeAll(): void {
  deadlines.clear();
  for (let bucket: u32 = 0; bucket < entries.bucketCount; bucket++) {
    let entry = entries.firstOf(bucket);
    while (entry != null) {
      const next = entry.next;
      freeEntry(entry);
      entry = next;
    }
  }
  entries.clear();
}

/** @param deadline - milliseconds since 1970, or NEVER */
export function setDeadline(entry: Entry, deadline: i64): void {
  if (deadline == NEVER && entry.deadline == NEVER) return;
  deadlines.setDeadline(entry, deadline);
  if (deadline != NEVER && deadline < timerDeadline) setTimer();
}

function setTimer(): void {
  const before = timer;
  if (before != null) before.cancel();
  const first = deadlines.earliest();
  timerDeadline = first == null ? FAR : first.deadline;
  timer = first == null ? null : defaultLoop().callLater(<f64>(first.deadline - now()), new Expiry());
}

class Expiry extends Callback {
  call(): void {
    for (let count = 0; count < MOST_AT_ONCE; count++) {
      const first = deadlines.earliest();
      if (first == null || !expireOne(first)) break;
    }
    setTimer();
  }
}
