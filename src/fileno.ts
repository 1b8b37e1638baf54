/** Descriptors and objects that have one. */
import { Errno, SystemError } from "../wasi-host/internal.ts";

/** A descriptor number, or an object that has one: a `Socket`, an `Epoll`, anything with `fileno()`. */
export type Fileno = number | { readonly fd: number } | { fileno(): number };

/**
 * The descriptor number of `target`.
 *
 * @throws SystemError EBADF for a negative number or a value without one; the message names it
 */
export function filenoOf(target: Fileno, syscall: string): number {
  if (typeof target === "number" && target >>> 0 === target && target <= 0x7fff_ffff) return target;
  let fd: unknown = target;
  if (typeof target === "object" && target !== null) fd = "fileno" in target ? target.fileno() : target.fd;
  if (typeof fd === "number" && Number.isInteger(fd) && fd >= 0) return fd;
  throw new SystemError(Errno.BADF, syscall, `${String(fd)}: expected a descriptor, or an object with fileno() or fd`);
}
