/** Errors of the loop's calls, with a `code`, as the library's. */

import { ArgumentError } from "../../wasi-host/index.ts";
import { OutOfRangeError, shown } from "../../wasi-host/internal.ts";

/** A call that is impossible now, such as a second read while one is pending. `code` is ERR_INVALID_STATE. */
export class StateError extends Error {
  readonly code = "ERR_INVALID_STATE";
}

/**
 * @throws ArgumentError for another value than a function
 */
export function checkCallback(callback: unknown, call: string): void {
  if (typeof callback === "function") return;
  throw new ArgumentError(`${call}(${shown(callback)}): expected a function`, "ERR_INVALID_ARG_TYPE");
}

/**
 * Checks a time in milliseconds.
 *
 * @throws ArgumentError for another type; OutOfRangeError for NaN, a time before `least`, and one above 2^53 - 1
 */
export function checkMilliseconds(time: unknown, call: string, least = 0): void {
  if (typeof time !== "number") {
    throw new ArgumentError(`${call}(${shown(time)}): expected milliseconds as a number`, "ERR_INVALID_ARG_TYPE");
  }
  if (time >= least && time <= Number.MAX_SAFE_INTEGER) return;
  throw new OutOfRangeError(`${call}(${time}): expected milliseconds from ${least} to 2^53 - 1`);
}

/**
 * @throws ArgumentError, OutOfRangeError for a mark that is not a positive whole number
 */
export function checkMark(mark: unknown, call: string): void {
  if (mark === undefined) return;
  if (typeof mark !== "number") {
    throw new ArgumentError(
      `${call}: highWaterMark ${shown(mark)}: expected a number of bytes`,
      "ERR_INVALID_ARG_TYPE",
    );
  }
  if (Number.isInteger(mark) && mark > 0) return;
  throw new OutOfRangeError(`${call}: highWaterMark ${mark}: expected a whole number of bytes from 1 on`);
}
