/** wasi:io/error's resource: why a stream has failed. */
import { errnoName } from "../../../abi/errno.ts";

export class IoError {
  /** WASI preview1's, positive. */
  readonly errno: number;
  /** Whose error codes it has: `network-error-code` and `filesystem-error-code` know their own. */
  readonly of: "network" | "filesystem";

  constructor(errno: number, of: IoError["of"]) {
    this.errno = errno;
    this.of = of;
  }

  /** What to-debug-string tells, such as "ECONNRESET". */
  get text(): string {
    return errnoName(this.errno);
  }
}
