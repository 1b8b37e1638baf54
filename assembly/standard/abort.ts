/** The end of a program after a failed assertion, an exception or an index out of range. */
import { writeBytes } from "./output";

const STDERR: i32 = 2;
/** The most code units printed of a message and of a file's name. */
const LONGEST_MESSAGE: i32 = 512;
const LONGEST_NAME: i32 = 128;
/** The most UTF-8 bytes of a code unit. */
const WIDEST: i32 = 3;
/** `abort: `, ` at `, two colons, two numbers and the line feed. */
const REST: i32 = 40;

/** Nothing is allocated here, because a program also aborts when memory is used up. */
const line = memory.data((LONGEST_MESSAGE + LONGEST_NAME) * WIDEST + REST);

/**
 * Prints `abort: MESSAGE at FILE:LINE:COLUMN` to standard error, and traps. The host prints the stack, and ends the
 * program with status 134 (`pollux run`, wasmtime).
 */
export function abortWith(message: string | null, file: string | null, row: u32, column: u32): void {
  let end = append(line, message != null && message.length > 0 ? "abort: " : "abort", 8);
  if (message != null) end = append(end, message, LONGEST_MESSAGE);
  if (file != null) {
    end = append(append(end, " at ", 4), file, LONGEST_NAME);
    end = appendNumber(append(end, ":", 1), row);
    end = appendNumber(append(end, ":", 1), column);
  }
  end = append(end, "\n", 1);
  writeBytes(STDERR, line, <i32>(end - line));
  unreachable();
}

function append(at: usize, text: string, longest: i32): usize {
  return at + String.UTF8.encodeUnsafe(changetype<usize>(text), min(text.length, longest), at);
}

function appendNumber(at: usize, value: u32): usize {
  const end = value > 9 ? appendNumber(at, value / 10) : at;
  store<u8>(end, <u8>(0x30 + (value % 10)));
  return end + 1;
}
