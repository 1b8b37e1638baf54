/**
 * A component's arguments: a list of strings, `{u32 address, u32 length}` each. The host gets the memory for them from
 * `cabi_realloc`. An empty list or string has no memory. `list` is the address of the host's `{u32 address, u32
 * count}`; the list is freed.
 */

export function countOf(list: usize): i32 {
  const count = load<i32>(list, 4);
  forget(load<u32>(list), count);
  return count;
}

/** An array of pointers to NUL-terminated copies. The caller owns it. */
export function copyOf(list: usize): usize {
  const strings: usize = load<u32>(list);
  const count = load<i32>(list, 4);
  let size: usize = 0;
  for (let index = 0; index < count; index++) size += load<u32>(strings + ((<usize>index) << 3), 4) + 1;
  const pointers = heap.alloc(((<usize>count) << 2) + size);
  let text = pointers + ((<usize>count) << 2);
  for (let index = 0; index < count; index++) {
    const string = strings + ((<usize>index) << 3);
    const length: usize = load<u32>(string, 4);
    memory.copy(text, load<u32>(string), length);
    store<u8>(text + length, 0);
    store<u32>(pointers + ((<usize>index) << 2), text);
    text += length + 1;
  }
  forget(strings, count);
  return pointers;
}

/**
 * Copies an environment, a list of pairs of strings, in the same way: `NAME=VALUE`, and a pointer of 0 at the end. A
 * pair is laid out as two strings.
 */
export function copyOfPairs(list: usize): usize {
  const pairs: usize = load<u32>(list);
  const count = load<i32>(list, 4);
  let size: usize = 0;
  for (let index = 0; index < count << 1; index++) size += load<u32>(pairs + ((<usize>index) << 3), 4) + 1;
  const end = (<usize>count) << 2;
  const pointers = heap.alloc(end + 4 + size);
  store<u32>(pointers + end, 0);
  let text = pointers + end + 4;
  for (let index = 0; index < count; index++) {
    const pair = pairs + ((<usize>index) << 4);
    const nameLength: usize = load<u32>(pair, 4);
    const valueLength: usize = load<u32>(pair, 12);
    store<u32>(pointers + ((<usize>index) << 2), text);
    memory.copy(text, load<u32>(pair), nameLength);
    store<u8>(text + nameLength, 0x3d);
    memory.copy(text + nameLength + 1, load<u32>(pair, 8), valueLength);
    store<u8>(text + nameLength + 1 + valueLength, 0);
    text += nameLength + valueLength + 2;
  }
  forget(pairs, count << 1);
  return pointers;
}

function forget(strings: usize, count: i32): void {
  for (let index = 0; index < count; index++) {
    const string = strings + ((<usize>index) << 3);
    if (load<u32>(string, 4) != 0) heap.free(load<u32>(string));
  }
  if (count > 0) heap.free(strings);
}
