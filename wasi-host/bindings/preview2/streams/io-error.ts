/** wasi:io/error's resource: the reason for a stream's failure. */
import { errnoName } from "../../../abi/errno.ts";

export class IoError {
  /** The positive WASI preview1 errno. */
  readonly errno: number;
  /** The owner of its codes: `network-error-code` and `filesystem-error-code` know their own. */
  readonly of: "network" | "filesystem";

  constructor(errno: number, of: IoError["of"]) {
    this.errno = errno;
    this.of = of;
  }

  /** The text of to-debug-string, such as "ECONNRESET". */
  get text(): string {
    return errnoName(this.errno);
  }
}
