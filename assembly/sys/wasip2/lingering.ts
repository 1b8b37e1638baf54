/**
 * Streams that the program has closed while the host still holds bytes of theirs: dropping one would lose those. They are
 * kept until the host has passed on everything, as a kernel does with a closed socket; every sleep waits for them too.
 */
import { output_stream_check_write, output_stream_subscribe } from "../wasi-0-2";
import { dropError } from "./process";
import { area, failed } from "./results";
import { dropWriter } from "./sockets";

/** `{i32 tcp-socket, i32 output-stream, i32 pollable}` each. */
const SIZE: usize = 12;

let list: usize = 0;
let room: i32 = 0;
let count: i32 = 0;

export function linger(handle: i32, output: i32, pollable: i32): void {
  if (count == room) {
    room = max(room << 1, 16);
    list = list == 0 ? heap.alloc(<usize>room * SIZE) : heap.realloc(list, <usize>room * SIZE);
  }
  const at = list + <usize>count * SIZE;
  store<i32>(at, handle);
  store<i32>(at, output, 4);
  store<i32>(at, pollable != 0 ? pollable : output_stream_subscribe(output), 8);
  count++;
}

export function lingerers(): i32 {
  return count;
}

export function pollableOf(lingerer: i32): i32 {
  return load<i32>(list + <usize>lingerer * SIZE, 8);
}

/** Drops whatever has gone out meanwhile, or cannot go out any more. */
export function settle(): void {
  for (let index = count - 1; index >= 0; index--) {
    const at = list + <usize>index * SIZE;
    output_stream_check_write(load<i32>(at, 4), area);
    if (failed()) dropError(8);
    else if (load<u64>(area, 8) == 0) continue;
    dropWriter(load<i32>(at), load<i32>(at, 4), load<i32>(at, 8));
    count--;
    memory.copy(at, list + <usize>count * SIZE, SIZE);
  }
}
