/** What can be watched. */
import { Errno } from "../wasi-host/errno.ts";
import { SystemError } from "../wasi-host/system-error.ts";

/** A descriptor number, or what has one: a `Socket`, an `Epoll`, anything with a `fileno()`. */
export type Fileno = number | { readonly fd: number } | { fileno(): number };

/** The number. Throws EBADF for what is none, or a negative one, and names it. */
export function filenoOf(target: Fileno, syscall: string): number {
  if (typeof target === "number" && target >>> 0 === target && target <= 0x7fff_ffff) return target;
  let fd: unknown = target;
  if (typeof target === "object" && target !== null) fd = "fileno" in target ? target.fileno() : target.fd;
  if (typeof fd === "number" && Number.isInteger(fd) && fd >= 0) return fd;
  throw new SystemError(Errno.BADF, syscall, `${String(fd)}: expected a descriptor, or an object with fileno() or fd`);
}
