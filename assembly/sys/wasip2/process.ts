/** A program's process on a 0.2 host: arguments, output, time and exit. */
import {
  error_drop,
  exit as exitWith,
  get_arguments,
  get_environment,
  get_random_u64,
  get_stderr,
  get_stdout,
  now as monotonicNow,
  output_stream_blocking_write_and_flush,
  wall_clock_now as wallClockNow,
} from "../wasi-0-2";
import { EBADF, EPIPE } from "../../abi/errno";
import { copyOf, copyOfPairs, countOf } from "../argument-list";
import { area, failed } from "./results";

const STDOUT: i32 = 1;
const STDERR: i32 = 2;
/** The most bytes of one `blocking-write-and-flush`. */
const MOST: i32 = 4096;

let stdout: i32 = 0;
let stderr: i32 = 0;

/** Writes all bytes to standard output (1) or error (2), however long it takes. */
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

/** Whether the `stream-error` after the first word of `area` is `closed`. Otherwise drops the error that it carries. */
export function dropError(offset: usize = 4): bool {
  if (load<u8>(area + offset) != 0) return true;
  error_drop(load<i32>(area + offset, 4));
  return false;
}

/** Monotonic nanoseconds. */
export function clock(): i64 {
  return <i64>monotonicNow();
}

/** Nanoseconds since 1970. */
export function wallClock(): i64 {
  wallClockNow(area);
  return load<i64>(area) * 1_000_000_000 + load<u32>(area, 8);
}

/** Fills `length` bytes at `buffer`. 0: it cannot fail. */
export function random(buffer: usize, length: i32): i32 {
  for (; length > 0; length -= 8, buffer += 8) {
    store<u64>(area, get_random_u64());
    memory.copy(buffer, area, min(length, 8));
  }
  return 0;
}

/** 0.2 has only success and failure: wasmtime exits with 0 or 1. */
export function exit(status: u32): void {
  exitWith(status != 0 ? 1 : 0);
}

export function argumentCount(): i32 {
  get_arguments(area);
  return countOf(area);
}

/** An array of `argumentCount()` pointers to NUL-terminated UTF-8 strings. The caller owns it. */
export function args(): usize {
  get_arguments(area);
  return copyOf(area);
}

/** An array of pointers to NUL-terminated `NAME=VALUE`, and a 0. The caller owns it. */
export function environment(): usize {
  get_environment(area);
  return copyOfPairs(area);
}
