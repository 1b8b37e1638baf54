/** The words of the request that runs: its command's name and arguments. */
import { Bytes } from "./bytes";

const SIZE: usize = offsetof<Bytes>();
const LEAST: i32 = 1024;

let table: usize = heap.alloc(<usize>LEAST * SIZE);
let capacity: i32 = LEAST;
/** Number of words. */
export let count: i32 = 0;

/** Must not be kept: the next request has the same place. */
export function word(index: i32): Bytes {
  return changetype<Bytes>(table + <usize>index * SIZE);
}

export function add(start: usize, length: i32): void {
  if (count == capacity) resize(capacity << 1);
  const word = changetype<Bytes>(table + <usize>count * SIZE);
  word.start = start;
  word.length = length;
  count++;
}

export function clear(): void {
  count = 0;
  if (capacity > LEAST) resize(LEAST);
}

function resize(size: i32): void {
  table = heap.realloc(table, <usize>size * SIZE);
  capacity = size;
}
