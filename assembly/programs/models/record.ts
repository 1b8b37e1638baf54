/**
 * The steps of a program, with monotonic times: recorded while it runs, and printed at its end, because printing is a step too.
 *
 * A line is `nanoseconds TAB step TAB value`. `src/cli/models/recording.ts` reads the lines.
 */
import { now, write } from "../../sys/system";

/*   ┌──────────┬────────────────────┬─────┬───────────┐
     │ time (8) │ step's name (4)    │ … 4 │ value (8) │    one entry; the array doubles when it is full
     └──────────┴────────────────────┴─────┴───────────┘ */
const TIME: usize = 0;
const STEP: usize = TIME + 8;
const VALUE: usize = STEP + 8;
const SIZE: usize = VALUE + 8;

const STDOUT: i32 = 1;
const BUFFER: i32 = 0x4000;
/** A line is shorter than this: two numbers of 20 digits, and a name. */
const MAX_LINE: i32 = 80;
const TAB: u32 = 0x09;
const NEWLINE: u32 = 0x0a;

let entries: usize = 0;
let count: i32 = 0;
let capacity: i32 = 0;

/** Records that `step` happens now. The name must be a literal, because only its address is kept. */
export function record(step: string, value: u64 = 0): void {
  if (count == capacity) {
    capacity = capacity == 0 ? 4096 : capacity << 1;
    entries = count == 0 ? heap.alloc(<usize>capacity * SIZE) : heap.realloc(entries, <usize>capacity * SIZE);
  }
  const at = entries + <usize>count * SIZE;
  count++;
  store<u32>(at, changetype<usize>(step), STEP);
  store<u64>(at, value, VALUE);
  store<u64>(at, now(), TIME);
}

const buffer = memory.data(BUFFER, 8);
let length: i32 = 0;

/** Prints the record to standard output. */
export function print(): void {
  for (let at = entries, end = entries + <usize>count * SIZE; at < end; at += SIZE) {
    if (length + MAX_LINE > BUFFER) flush();
    decimal(load<u64>(at, TIME));
    byte(TAB);
    const step = changetype<string>(<usize>load<u32>(at, STEP));
    for (let index = 0; index < step.length; index++) byte(step.charCodeAt(index));
    byte(TAB);
    decimal(load<u64>(at, VALUE));
    byte(NEWLINE);
  }
  flush();
}

function flush(): void {
  for (let sent = 0; sent < length; ) {
    const went = write(STDOUT, buffer + sent, length - sent);
    if (went <= 0) break; // the reader has gone
    sent += went;
  }
  length = 0;
}

function byte(value: u32): void {
  store<u8>(buffer + length++, value);
}

function decimal(value: u64): void {
  let unit: u64 = 1;
  while (value / unit >= 10) unit *= 10;
  for (; unit != 0; unit /= 10) byte(0x30 + <u32>((value / unit) % 10));
}
