/** wasi:filesystem/types' error-code, and the code of each errno. */
import { Errno } from "../../../abi/errno.ts";

/** In the WIT's order, each with its errnos. */
const CODES = [
  ["access", "ACCES"],
  ["would-block", "AGAIN"],
  ["already", "ALREADY"],
  ["bad-descriptor", "BADF"],
  ["busy", "BUSY"],
  ["deadlock", "DEADLK"],
  ["quota", "DQUOT"],
  ["exist", "EXIST"],
  ["file-too-large", "FBIG"],
  ["illegal-byte-sequence", "ILSEQ"],
  ["in-progress", "INPROGRESS"],
  ["interrupted", "INTR"],
  ["invalid", "INVAL", "FAULT", "DOM", "RANGE"],
  ["io", "IO"],
  ["is-directory", "ISDIR"],
  ["loop", "LOOP"],
  ["too-many-links", "MLINK"],
  ["message-size", "MSGSIZE"],
  ["name-too-long", "NAMETOOLONG"],
  ["no-device", "NODEV"],
  ["no-entry", "NOENT"],
  ["no-lock", "NOLCK"],
  // The WIT has no code for a process that may open no more files.
  ["insufficient-memory", "NOMEM", "MFILE", "NFILE"],
  ["insufficient-space", "NOSPC"],
  ["not-directory", "NOTDIR"],
  ["not-empty", "NOTEMPTY"],
  ["not-recoverable", "NOTRECOVERABLE"],
  ["unsupported", "NOTSUP", "NOSYS"],
  ["no-tty", "NOTTY"],
  ["no-such-device", "NXIO"],
  ["overflow", "OVERFLOW"],
  ["not-permitted", "PERM", "NOTCAPABLE"],
  ["pipe", "PIPE"],
  ["read-only", "ROFS"],
  ["invalid-seek", "SPIPE"],
  ["text-file-busy", "TXTBSY"],
  ["cross-device", "XDEV"],
] as const satisfies readonly (readonly [string, ...(keyof typeof Errno)[]])[];

const codes = new Uint8Array(256).fill(CODES.findIndex(([name]) => name === "io"));
for (const [code, [, ...errnos]] of CODES.entries()) for (const errno of errnos) codes[Errno[errno]] = code;

/** The code of a positive WASI preview1 errno; `io` if the WIT has none. */
export function codeOf(errno: number): number {
  return codes[errno];
}
