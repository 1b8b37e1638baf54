/** A program's process on a 0.3 host: arguments, output, time and exit. */
import {
  exit_with_code,
  get_arguments,
  get_environment,
  get_random_u64,
  now as monotonicNow,
  stderr_future_drop,
  stderr_stream_drop,
  stderr_stream_new,
  stderr_stream_write,
  stderr_write_via_stream,
  stdout_future_drop,
  stdout_stream_drop,
  stdout_stream_new,
  stdout_stream_write,
  stdout_write_via_stream,
  system_clock_now as wallClockNow,
  waitable_join,
  waitable_set_new,
  waitable_set_wait,
} from "../wasi-0-3";
import { EBADF, EIO, EPIPE } from "../../abi/errno";
import { copyOf, copyOfPairs, countOf } from "../argument-list";
import { area, BLOCKED, copied, isDropped } from "./results";

const STDOUT: i32 = 1;
const STDERR: i32 = 2;

/** The writable ends; 0: not made yet; CLOSED: the host takes no more. */
let stdout: i32 = 0;
let stderr: i32 = 0;
const CLOSED: i32 = -1;
/** A separate set for writes to stdio: a write to a full pipe sleeps without taking events of sockets. */
let set: i32 = 0;
const event = memory.data(8, 4);

/** Writes all bytes to standard output (1) or error (2), however long it takes. */
export function write(fd: i32, bytes: usize, length: i32): i32 {
  if (fd != STDOUT && fd != STDERR) return -EBADF;
  const output = outputOf(fd);
  for (let at = 0; at < length; ) {
    let status = output == CLOSED ? 1 : writeSome(fd, output, bytes + at, length - at);
    if (status == BLOCKED) {
      waitable_set_wait(set, event);
      status = load<i32>(event, 4);
    }
    const count = copied(status);
    at += count;
    if (at == length) break;
    if (isDropped(status)) return closed(fd, output);
    if (count == 0) return -EIO; // a host that takes nothing and promises nothing
  }
  return length;
}

/** The host takes no more. */
function closed(fd: i32, output: i32): i32 {
  if (output == CLOSED) return -EPIPE;
  if (fd == STDOUT) {
    stdout_stream_drop(output);
    stdout = CLOSED;
  } else {
    stderr_stream_drop(output);
    stderr = CLOSED;
  }
  return -EPIPE;
}

function writeSome(fd: i32, output: i32, bytes: usize, length: i32): i32 {
  return fd == STDOUT ? stdout_stream_write(output, bytes, length) : stderr_stream_write(output, bytes, length);
}

/** The stream to write to. The host gets its readable end. */
function outputOf(fd: i32): i32 {
  const made = fd == STDOUT ? stdout : stderr;
  if (made != 0) return made;
  if (set == 0) set = waitable_set_new();
  const pair = fd == STDOUT ? stdout_stream_new() : stderr_stream_new();
  const output = <i32>(pair >> 32);
  if (fd == STDOUT) {
    stdout = output;
    stdout_future_drop(stdout_write_via_stream(<i32>pair));
  } else {
    stderr = output;
    stderr_future_drop(stderr_write_via_stream(<i32>pair));
  }
  waitable_join(output, set);
  return output;
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

/** Written bytes have been passed on: a write ends only then. */
export function exit(status: u32): void {
  exit_with_code(status & 255);
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
