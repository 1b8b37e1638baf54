/**
 * WASI preview1's error numbers by name. assembly/abi/errno.ts has their values.
 *
 * Inside the host a call that can fail returns a count, or one of these negated (`-Errno.AGAIN`), as Linux's system
 * calls do. Only the outermost function of a WASI call turns that into "errno, and the count through a pointer".
 */
import * as numbers from "../../assembly/abi/errno.ts";

type ErrnoName = "SUCCESS" | (keyof typeof numbers extends `E${infer Name}` ? Name : never);

/** The numbers by name, without the `E`: `Errno.AGAIN === 6`. */
export const Errno = Object.fromEntries([
  ["SUCCESS", 0],
  ...Object.entries(numbers).map(([name, number]) => [name.slice(1), number]),
]) as Readonly<Record<ErrnoName, number>>;

/** The names in the order of their numbers, which begin at 0 without gaps. */
export const ERRNO_NAMES = Object.keys(Errno).sort(
  (one, other) => Errno[one as ErrnoName] - Errno[other as ErrnoName],
) as readonly ErrnoName[];

/** What WasmEdge's sock_getaddrinfo answers beside them (thirdparty/wasi/api.hpp, `__WASI_ERRNO_AIADDRFAMILY` and following). */
export const LookupErrno = {
  ADDRFAMILY: 77,
  AGAIN: 78,
  BADFLAGS: 79,
  FAIL: 80,
  FAMILY: 81,
  MEMORY: 82,
  NODATA: 83,
  NONAME: 84,
  SERVICE: 85,
  SOCKTYPE: 86,
  SYSTEM: 87,
} as const;

const LOOKUP_NAMES = new Map<number, string>(
  Object.entries(LookupErrno).map(([name, number]) => [number, `EAI_${name}`]),
);

/** `"EAGAIN"` for 6; an unknown number is shown as it is. */
export function errnoName(errno: number): string {
  return errno in ERRNO_NAMES ? `E${ERRNO_NAMES[errno]}` : (LOOKUP_NAMES.get(errno) ?? `errno ${errno}`);
}

/** Second names of one number on Linux; WASI has the first ones. */
const SYNONYMS: Readonly<Record<string, ErrnoName>> = { EWOULDBLOCK: "AGAIN", EOPNOTSUPP: "NOTSUP" };

/** The WASI number for a Node error code (`"ECONNREFUSED"`); EIO if WASI has no such name. */
export function errnoOfCode(code: string | undefined): number {
  if (code === undefined) return Errno.IO;
  return Errno[SYNONYMS[code] ?? (code.slice(1) as ErrnoName)] ?? Errno.IO;
}
