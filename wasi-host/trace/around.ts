/** A call with something done before it, and after it: also if it returns a promise, and if it throws. */
import type { Arguments } from "./decoder.ts";

export type Call = (...args: Arguments) => unknown;

/** What is done after a call. */
export interface After {
  returned(value: number | bigint | undefined): void;
  /** It left by an exception: proc_exit, a trap, or a forced end of a sleep. */
  left(): void;
}

export function around(call: Call, before: (args: Arguments) => After): Call {
  return (...args) => {
    const after = before(args);
    const answered = (value: unknown) => {
      after.returned(value as number | bigint | undefined);
      return value;
    };
    const left = (error: unknown) => {
      after.left();
      throw error;
    };
    try {
      const value = call(...args);
      return value instanceof Promise ? value.then(answered, left) : answered(value);
    } catch (error) {
      return left(error);
    }
  };
}
