import { errnoName } from "./errno.ts";

/** A refused system call, in the shape of Node's own errors: `code` is 'EADDRINUSE', `syscall` is 'bind'. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly code: string;
  /** Negated WASI errno. */
  readonly errno: number;
  readonly syscall: string;

  /** `errno`: WASI's, positive. `subject`: what the call was about, such as an address. */
  constructor(errno: number, syscall: string, subject = "") {
    super(`${errnoName(errno)}: ${syscall}${subject === "" ? "" : ` ${subject}`}`);
    this.code = errnoName(errno);
    this.errno = -errno;
    this.syscall = syscall;
  }
}

/** What a call that throws such errors returns, or the negated errno of the one that it threw. */
export function attempt(call: () => number): number {
  try {
    return call();
  } catch (error) {
    if (error instanceof SystemError) return error.errno;
    throw error;
  }
}
