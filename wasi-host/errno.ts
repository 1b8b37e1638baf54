/**
 * One table of error numbers: WASI preview1's `errno` (witx, `$errno`), in the witx's order.
 *
 * Inside the host a call that can fail returns a count, or one of these negated (`-Errno.AGAIN`), as Linux's own system
 * calls do; only the outermost function of a WASI call turns that into "errno, and the count through a pointer".
 */
export const ERRNO_NAMES = [
  "SUCCESS",
  "2BIG",
  "ACCES",
  "ADDRINUSE",
  "ADDRNOTAVAIL",
  "AFNOSUPPORT",
  "AGAIN",
  "ALREADY",
  "BADF",
  "BADMSG",
  "BUSY",
  "CANCELED",
  "CHILD",
  "CONNABORTED",
  "CONNREFUSED",
  "CONNRESET",
  "DEADLK",
  "DESTADDRREQ",
  "DOM",
  "DQUOT",
  "EXIST",
  "FAULT",
  "FBIG",
  "HOSTUNREACH",
  "IDRM",
  "ILSEQ",
  "INPROGRESS",
  "INTR",
  "INVAL",
  "IO",
  "ISCONN",
  "ISDIR",
  "LOOP",
  "MFILE",
  "MLINK",
  "MSGSIZE",
  "MULTIHOP",
  "NAMETOOLONG",
  "NETDOWN",
  "NETRESET",
  "NETUNREACH",
  "NFILE",
  "NOBUFS",
  "NODEV",
  "NOENT",
  "NOEXEC",
  "NOLCK",
  "NOLINK",
  "NOMEM",
  "NOMSG",
  "NOPROTOOPT",
  "NOSPC",
  "NOSYS",
  "NOTCONN",
  "NOTDIR",
  "NOTEMPTY",
  "NOTRECOVERABLE",
  "NOTSOCK",
  "NOTSUP",
  "NOTTY",
  "NXIO",
  "OVERFLOW",
  "OWNERDEAD",
  "PERM",
  "PIPE",
  "PROTO",
  "PROTONOSUPPORT",
  "PROTOTYPE",
  "RANGE",
  "ROFS",
  "SPIPE",
  "SRCH",
  "STALE",
  "TIMEDOUT",
  "TXTBSY",
  "XDEV",
  "NOTCAPABLE",
] as const;

type ErrnoName = (typeof ERRNO_NAMES)[number];

/** The numbers by name, without the `E`: `Errno.AGAIN === 6`. */
export const Errno = Object.fromEntries(ERRNO_NAMES.map((name, number) => [name, number])) as Readonly<
  Record<ErrnoName, number>
>;

/** `"EAGAIN"` for 6; a number that the table does not have is shown as it is. */
export function errnoName(errno: number): string {
  return errno in ERRNO_NAMES ? `E${ERRNO_NAMES[errno]}` : `errno ${errno}`;
}

/** Second names of one number on Linux; WASI has the first ones. */
const SYNONYMS: Readonly<Record<string, ErrnoName>> = { EWOULDBLOCK: "AGAIN", EOPNOTSUPP: "NOTSUP" };

/** The WASI number for a Node error code (`"ECONNREFUSED"`); EIO for what WASI has no name for. */
export function errnoOfCode(code: string | undefined): number {
  if (code === undefined) return Errno.IO;
  return Errno[SYNONYMS[code] ?? (code.slice(1) as ErrnoName)] ?? Errno.IO;
}
