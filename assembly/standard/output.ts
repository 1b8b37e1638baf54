/** Text on the standard streams, as UTF-8. */
import { write } from "../sys/system";

const STDOUT: i32 = 1;
const STDERR: i32 = 2;
const LINE_FEED: u8 = 0x0a;
/** The most UTF-8 bytes of a UTF-16 code unit. */
const WIDEST: usize = 3;

/** Writes a line to standard output. @returns 0 or a negated errno */
export function print(text: string): i32 {
  return writeText(STDOUT, text, true);
}

/** Writes a line to standard error. @returns 0 or a negated errno */
export function printError(text: string): i32 {
  return writeText(STDERR, text, true);
}

/**
 * Writes text, with a line feed after it if `endsLine`, in one host call if the host takes it whole.
 *
 * @returns 0 or a negated errno
 */
export function writeText(fd: i32, text: string, endsLine: bool = false): i32 {
  const bytes = heap.alloc(<usize>text.length * WIDEST + 1);
  let length = String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, bytes);
  if (endsLine) store<u8>(bytes + length++, LINE_FEED);
  const error = writeBytes(fd, bytes, <i32>length);
  heap.free(bytes);
  return error;
}

/** Writes all of the bytes. @returns 0 or a negated errno */
export function writeBytes(fd: i32, bytes: usize, length: i32): i32 {
  while (length > 0) {
    const written = write(fd, bytes, length);
    if (written <= 0) return written;
    bytes += written;
    length -= written;
  }
  return 0;
}
