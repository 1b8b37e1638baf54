/**
 * Closed streams whose bytes the host still buffers: dropping them would lose the bytes. They linger until the host has
 * sent everything, like a kernel's closed sockets. Every sleep waits for them too. Memory for each is reserved when it
 * is made: a close never fails for lack of memory.
 */
import { block, giveBack } from "../../memory/blocks";
import { output_stream_check_write, output_stream_subscribe } from "../wasi-0-2";
import { dropError } from "./process";
import { area, failed } from "./results";
import { dropWriter } from "./sockets";

/** `{i32 tcp-socket, i32 output-stream, i32 pollable}` each. */
const SIZE: usize = 12;

let list: usize = 0;
let room: i32 = 0;
let count: i32 = 0;

/** The most streams that can linger: open ones, and lingering ones. */
let most: i32 = 0;

/** Reserves memory for the close of a new stream. False if memory cannot grow. */
export function expect(): bool {
  if (most == room) {
    const larger = max(room << 1, 64);
    const longer = block(<usize>larger * SIZE);
    if (longer == 0) return false;
    if (list != 0) {
      memory.copy(longer, list, <usize>count * SIZE);
      giveBack(list, <usize>room * SIZE);
    }
    list = longer;
    room = larger;
  }
  most++;
  return true;
}

/** A stream that could have lingered was dropped. */
export function dropped(): void {
  most--;
}

export function mostLingerers(): i32 {
  return most;
}

export function linger(handle: i32, output: i32, pollable: i32): void {
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

/** Drops the streams whose bytes are sent, or cannot be sent any more. */
export function settle(): void {
  for (let index = count - 1; index >= 0; index--) {
    const at = list + <usize>index * SIZE;
    output_stream_check_write(load<i32>(at, 4), area);
    if (failed()) dropError(8);
    else if (load<u64>(area, 8) == 0) continue;
    dropWriter(load<i32>(at), load<i32>(at, 4), load<i32>(at, 8));
    count--;
    dropped();
    memory.copy(at, list + <usize>count * SIZE, SIZE);
  }
}
