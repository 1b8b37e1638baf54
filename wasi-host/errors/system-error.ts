import { errnoName } from "../abi/errno.ts";

/** A failed system call, in the form of Node's errors: `code` is 'EADDRINUSE', `syscall` is 'bind'. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly code: string;
  /** Negated WASI errno. */
  readonly errno: number;
  readonly syscall: string;

  /**
   * @param errno - a positive WASI errno
   * @param syscall - name of the call
   * @param subject - the call's subject, such as an address
   */
  constructor(errno: number, syscall: string, subject = "") {
    super(`${errnoName(errno)}: ${syscall}${subject === "" ? "" : ` ${subject}`}`);
    this.code = errnoName(errno);
    this.errno = -errno;
    this.syscall = syscall;
  }
}

/** Calls `call` and returns its result, or the negated errno of the SystemError that it throws. */
export function attempt(call: () => number): number {
  try {
    return call();
  } catch (error) {
    if (error instanceof SystemError) return error.errno;
    throw error;
  }
}
