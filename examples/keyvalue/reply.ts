/** Replies in RESP2: commands write them here, one behind the other, and the client's session sends them. */
import { Buffer } from "./buffer";
import { clients } from "./memory";
import { LONGEST, writeInteger } from "./numbers";
import { REPLY_LIMIT, SCARCE } from "./settings";

const CRLF: u16 = 0x0a0d;
const STRING: u8 = 0x24;
const ARRAY: u8 = 0x2a;
const STATUS: u8 = 0x2b;
const ERROR: u8 = 0x2d;
const INTEGER: u8 = 0x3a;
/** A type, a number, and two line ends. */
const HEADER: i32 = LONGEST + 5;

const buffer = new Buffer();
/** The length before the command that runs. */
let began: i32 = 0;
let hasOverflown: bool = false;

export function begin(): void {
  began = buffer.length;
  hasOverflown = false;
}

/** A reply that has become too long is replaced by an error. */
export function finish(): void {
  if (!hasOverflown) return;
  hasOverflown = false;
  buffer.truncate(began);
  error("ERR reply exceeds client-output-buffer-limit");
}

/** Whether `finish` will replace what the command has written. */
export function isTooLong(): bool {
  return hasOverflown;
}

export function length(): i32 {
  return buffer.length;
}

export function start(): usize {
  return buffer.start;
}

export function clear(): void {
  buffer.shift(buffer.length);
}

/** Gives up what was written from `length` on. */
export function truncate(length: i32): void {
  buffer.truncate(length);
}

/** Room for `size` bytes; 0 if the reply would be too long. */
function reserve(size: i32): usize {
  const limit = clients.isFull ? SCARCE : REPLY_LIMIT;
  if (hasOverflown || buffer.length - began + size > limit) {
    hasOverflown = true;
    return 0;
  }
  return buffer.reserve(size);
}

function header(type: u8, value: i64): void {
  const at = reserve(HEADER);
  if (at == 0) return;
  store<u8>(at, type);
  const digits = writeInteger(at + 1, value);
  store<u16>(at + 1 + digits, CRLF);
  buffer.extend(digits + 3);
}

function line(type: u8, text: string): void {
  const size = text.length;
  const at = reserve(size + 3);
  if (at == 0) return;
  store<u8>(at, type);
  for (let index = 0; index < size; index++) store<u8>(at + 1 + index, letterOfLine(text.charCodeAt(index)));
  store<u16>(at + 1 + size, CRLF);
  buffer.extend(size + 3);
}

function letterOfLine(letter: i32): u8 {
  return letter == 0x0d || letter == 0x0a ? 0x20 : <u8>letter;
}

/** A status such as OK, in ASCII. */
export function status(text: string): void {
  line(STATUS, text);
}

export function ok(): void {
  const at = reserve(5);
  if (at == 0) return;
  store<u32>(at, 0x0d4b4f2b);
  store<u8>(at + 4, 0x0a);
  buffer.extend(5);
}

/** An error with its code, such as `ERR syntax error`. Its characters are bytes, as in `latin1`; line ends become spaces. */
export function error(text: string): void {
  line(ERROR, text);
}

export function integer(value: i64): void {
  header(INTEGER, value);
}

/** The head of an array: `count` replies follow. */
export function array(count: i32): void {
  header(ARRAY, count);
}

export function nothing(): void {
  header(STRING, -1);
}

export function nothingOfArray(): void {
  header(ARRAY, -1);
}

export function bytes(start: usize, length: i32): void {
  const at = reserve(HEADER + length);
  if (at == 0) return;
  store<u8>(at, STRING);
  const text = at + 1 + writeInteger(at + 1, length);
  store<u16>(text, CRLF);
  memory.copy(text + 2, start, length);
  store<u16>(text + 2 + length, CRLF);
  buffer.extend(<i32>(text + 4 + length - at));
}

/** A string as a bulk string; each character is a byte, as in `latin1`. */
export function text(value: string): void {
  const size = value.length;
  const at = reserve(HEADER + size);
  if (at == 0) return;
  store<u8>(at, STRING);
  let end = at + 1 + writeInteger(at + 1, size);
  store<u16>(end, CRLF);
  end += 2;
  for (let index = 0; index < size; index++) store<u8>(end++, <u8>value.charCodeAt(index));
  store<u16>(end, CRLF);
  buffer.extend(<i32>(end + 2 - at));
}
