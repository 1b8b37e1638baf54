/** The world around a program on a 0.2 host: arguments, output, time, and its end. */
import {
  error_drop,
  exit as exitWith,
  get_arguments,
  get_stderr,
  get_stdout,
  now as monotonicNow,
  output_stream_blocking_write_and_flush,
} from "../wasi-0-2";
import { EBADF, EPIPE } from "../errno";
import { area, failed } from "./results";

const STDOUT: i32 = 1;
const STDERR: i32 = 2;
/** What `blocking-write-and-flush` takes at once. */
const MOST: i32 = 4096;

let stdout: i32 = 0;
let stderr: i32 = 0;

/** Standard output (1) or error (2): all of it, however long that takes. */
export function write(fd: i32, bytes: usize, length: i32): i32 {
  if (fd != STDOUT && fd != STDERR) return -EBADF;
  if (fd == STDOUT && stdout == 0) stdout = get_stdout();
  if (fd == STDERR && stderr == 0) stderr = get_stderr();
  for (let at = 0; at < length; at += MOST) {
    const part = min(length - at, MOST);
    output_stream_blocking_write_and_flush(fd == STDOUT ? stdout : stderr, bytes + at, part, area);
    if (failed()) {
      dropError();
      return -EPIPE;
    }
  }
  return length;
}

/** A `stream-error` lies behind the first word of `area`: its error, if it carries one, is ours to drop. True: closed. */
export function dropError(offset: usize = 4): bool {
  if (load<u8>(area + offset) != 0) return true;
  error_drop(load<i32>(area + offset, 4));
  return false;
}

/** Monotonic nanoseconds. */
export function now(): u64 {
  return monotonicNow();
}

/** 0.2 knows success and failure only: a process of wasmtime's ends with 0 or 1. */
export function exit(status: u32): void {
  exitWith(status != 0 ? 1 : 0);
}

export function argumentCount(): i32 {
  get_arguments(area);
  const count = load<i32>(area, 4);
  forget(load<u32>(area), count);
  return count;
}

/** An array of `argumentCount()` pointers to NUL-ended UTF-8 strings, which is the caller's. */
export function args(): usize {
  get_arguments(area);
  const strings: usize = load<u32>(area);
  const count = load<i32>(area, 4);
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

/** Gives back a list of strings that `provide` made room for. An empty list or string has no memory. */
function forget(strings: usize, count: i32): void {
  for (let index = 0; index < count; index++) {
    const string = strings + ((<usize>index) << 3);
    if (load<u32>(string, 4) != 0) heap.free(load<u32>(string));
  }
  if (count > 0) heap.free(strings);
}
