/**
 * A value of type list: a chain of blocks. Each holds elements one behind the other, a length and its bytes.
 *
 *      list ─→ first ⇄ ... ⇄ last          ┌──────┬────────────────────────┬──────┐
 *                                          │ free │ 5 hello  3 foo  0      │ free │
 *                                          └──────┴────────────────────────┴──────┘
 *                                          0      begin                    end    capacity
 *
 * An element is put before `begin` or behind `end`. A new block is for one of the two: all of its room is on that side.
 */
import { dataset } from "./memory";

@unmanaged
export class List {
  length: i32;
  first: Block | null;
  last: Block | null;
}

@unmanaged
class Block {
  next: Block | null;
  previous: Block | null;
  /** Number of elements, never 0. */
  count: i32;
  begin: i32;
  end: i32;
  capacity: i32;
}

const LIST_SIZE: usize = offsetof<List>();
const BLOCK_SIZE: usize = offsetof<Block>();
/** What stands before an element: its length. */
const PREFIX: i32 = 4;
/** A block holds as much as its neighbour doubled, within these bounds; a longer element has one to itself. */
const LEAST: i32 = 64;
const MOST: i32 = 8192;

export function newList(): List {
  const list = changetype<List>(dataset.allocate(LIST_SIZE));
  list.length = 0;
  list.first = null;
  list.last = null;
  return list;
}

export function freeList(list: List): void {
  let block = list.first;
  while (block != null) {
    const next = block.next;
    freeBlock(block);
    block = next;
  }
  dataset.free(changetype<usize>(list), LIST_SIZE);
}

export function pushFirst(list: List, bytes: usize, length: i32): void {
  let block = list.first;
  if (block == null || block.begin < PREFIX + length) {
    block = newBlock(block, PREFIX + length);
    block.begin = block.end = block.capacity;
    const next = list.first;
    block.next = next;
    if (next != null) next.previous = block;
    else list.last = block;
    list.first = block;
  }
  block.begin -= PREFIX + length;
  put(list, block, block.begin, bytes, length);
}

export function pushLast(list: List, bytes: usize, length: i32): void {
  let block = list.last;
  if (block == null || block.capacity - block.end < PREFIX + length) {
    block = newBlock(block, PREFIX + length);
    const previous = list.last;
    block.previous = previous;
    if (previous != null) previous.next = block;
    else list.first = block;
    list.last = block;
  }
  put(list, block, block.end, bytes, length);
  block.end += PREFIX + length;
}

/** The first element of a list that is not empty: `lengthOf` and `bytesOf` read it. */
export function firstOf(list: List): usize {
  const block = list.first!;
  return bytesIn(block) + block.begin;
}

export function lastOf(list: List): usize {
  const block = list.last!;
  let element = bytesIn(block) + block.begin;
  for (let index = 1; index < block.count; index++) element = behind(element);
  return element;
}

export function dropFirst(list: List): void {
  const block = list.first!;
  block.begin += PREFIX + lengthOf(firstOf(list));
  drop(list, block);
}

export function dropLast(list: List): void {
  const block = list.last!;
  block.end -= PREFIX + lengthOf(lastOf(list));
  drop(list, block);
}

export function lengthOf(element: usize): i32 {
  return load<i32>(element);
}

export function bytesOf(element: usize): usize {
  return element + PREFIX;
}

/** A walk from the element with this index to the end. */
export class Walk {
  private block: Block | null;
  private element: usize = 0;
  /** Elements of the block from here on. */
  private left: i32 = 0;

  constructor(list: List, index: i32) {
    let block = list.first;
    if (index < list.length >> 1) {
      while (block != null && index >= block.count) {
        index -= block.count;
        block = block.next;
      }
    } else {
      block = list.last;
      let before = list.length - (block != null ? block.count : 0);
      while (block != null && index < before) {
        block = block.previous;
        before -= block != null ? block.count : 0;
      }
      index -= before;
    }
    this.block = block;
    this.enter();
    for (; index > 0; index--) this.next();
  }

  /** The element; then goes to the one behind it. Only while there is one. */
  next(): usize {
    const element = this.element;
    this.left--;
    if (this.left > 0) {
      this.element = behind(element);
    } else {
      this.block = this.block!.next;
      this.enter();
    }
    return element;
  }

  private enter(): void {
    const block = this.block;
    if (block == null) return;
    this.element = bytesIn(block) + block.begin;
    this.left = block.count;
  }
}

function newBlock(neighbour: Block | null, needed: i32): Block {
  const usual = neighbour == null ? LEAST : min(neighbour.capacity << 1, MOST);
  const capacity = max(usual, needed);
  const block = changetype<Block>(dataset.allocate(BLOCK_SIZE + capacity));
  block.next = null;
  block.previous = null;
  block.count = 0;
  block.begin = 0;
  block.end = 0;
  block.capacity = capacity;
  return block;
}

function put(list: List, block: Block, at: i32, bytes: usize, length: i32): void {
  store<i32>(bytesIn(block) + at, length);
  memory.copy(bytesIn(block) + at + PREFIX, bytes, length);
  block.count++;
  list.length++;
}

/** An element less; and the block, if it was the last. */
function drop(list: List, block: Block): void {
  list.length--;
  block.count--;
  if (block.count > 0) return;
  const next = block.next;
  const previous = block.previous;
  if (next != null) next.previous = previous;
  else list.last = previous;
  if (previous != null) previous.next = next;
  else list.first = next;
  freeBlock(block);
}

function bytesIn(block: Block): usize {
  return changetype<usize>(block) + BLOCK_SIZE;
}

function behind(element: usize): usize {
  return element + PREFIX + lengthOf(element);
}

function freeBlock(block: Block): void {
  dataset.free(changetype<usize>(block), BLOCK_SIZE + block.capacity);
}
