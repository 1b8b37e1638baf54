/** A server's messages: lines are built in a buffer and written in one call. */
import { exit, write } from "../sys/system";

const STDOUT: i32 = 1;
const STDERR: i32 = 2;
const FAILED: u32 = 1;
const SIZE: i32 = 512;
const PRINTABLE_FIRST: u32 = 0x20;
const PRINTABLE_LAST: u32 = 0x7e;

const line = memory.data(SIZE, 8);
let length: i32 = 0;
let quiet: bool = false;

/** Suppresses all further messages but those of `fail`. */
export function beQuiet(): void {
  quiet = true;
}

function byte(value: u32): void {
  if (length < SIZE - 1) store<u8>(line + length++, value);
}

/** ASCII text. */
export function text(words: string): void {
  for (let index = 0; index < words.length; index++) byte(words.charCodeAt(index));
}

export function number(value: i32): void {
  if (value < 0) byte(0x2d);
  let rest: u32 = value < 0 ? -value : value;
  let unit: u32 = 1;
  while (rest / unit >= 10) unit *= 10;
  for (; unit != 0; unit /= 10) {
    byte(0x30 + rest / unit);
    rest %= unit;
  }
}

/** Up to 64 received bytes, with dots for unprintable ones. */
export function bytes(buffer: usize, count: i32): void {
  for (let index = 0; index < min(count, 64); index++) {
    const value: u32 = load<u8>(buffer + index);
    byte(value < PRINTABLE_FIRST || value > PRINTABLE_LAST ? 0x2e : value);
  }
  if (count > 64) text("...");
}

/** A NUL-terminated text. */
export function cString(address: usize): void {
  for (let at = address; load<u8>(at) != 0; at++) byte(load<u8>(at));
}

/** Ends the line and writes it to standard output. */
export function printLine(): void {
  end(STDOUT);
}

/** Ends the line and writes it to standard error. */
export function printError(): void {
  end(STDERR);
}

/** Drops a line that cannot be written: a server goes on if its output is closed or full. */
function end(fd: i32): void {
  byte(0x0a);
  write(fd, line, length);
  length = 0;
}

/** Exits with status 1 if a wait has failed: the next wait would fail too, and spin. */
export function checkWait(result: i32): void {
  if (result >= 0) return;
  text("cannot wait: errno ");
  number(-result);
  printError();
  exit(FAILED);
}

export function sayCame(fd: i32): void {
  if (quiet) return;
  text("client ");
  number(fd);
  text(" came");
  printLine();
}

export function sayReceived(fd: i32, buffer: usize, count: i32): void {
  if (quiet) return;
  text("client ");
  number(fd);
  text(": received ");
  number(count);
  text(" bytes: ");
  bytes(buffer, count);
  printLine();
}

export function sayExceptional(fd: i32): void {
  if (quiet) return;
  text("client ");
  number(fd);
  text(": exceptional condition");
  printLine();
}

export function sayWent(fd: i32): void {
  if (quiet) return;
  text("client ");
  number(fd);
  text(" went");
  printLine();
}
