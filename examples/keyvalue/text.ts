/** A value of type string: its length, its room, and its bytes behind. */
import { dataset } from "./memory";

@unmanaged
export class Text {
  length: i32;
  capacity: i32;
}

const SIZE: usize = offsetof<Text>();
/** The longest number fits, so that a counter keeps its place. */
const LEAST: i32 = 24;

export function newText(length: i32): Text {
  const capacity = max(length, LEAST);
  const text = changetype<Text>(dataset.allocate(SIZE + capacity));
  text.length = length;
  text.capacity = capacity;
  return text;
}

/** The address of its bytes. */
export function startOf(text: Text): usize {
  return changetype<usize>(text) + SIZE;
}

export function freeText(text: Text): void {
  dataset.free(changetype<usize>(text), SIZE + text.capacity);
}

/** Whether bytes fit in its place without wasting most of it. */
export function fits(text: Text, length: i32): bool {
  return length <= text.capacity && (text.capacity == LEAST || length >= text.capacity >> 1);
}
