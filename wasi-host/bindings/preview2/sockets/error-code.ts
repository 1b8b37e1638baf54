/** wasi:sockets/network's error-code, and the code of each errno. */
import { Errno } from "../../../abi/errno.ts";

const NAMES = [
  "unknown",
  "access-denied",
  "not-supported",
  "invalid-argument",
  "out-of-memory",
  "timeout",
  "concurrency-conflict",
  "not-in-progress",
  "would-block",
  "invalid-state",
  "new-socket-limit",
  "address-not-bindable",
  "address-in-use",
  "remote-unreachable",
  "connection-refused",
  "connection-reset",
  "connection-aborted",
  "datagram-too-large",
  "name-unresolvable",
  "temporary-resolver-failure",
  "permanent-resolver-failure",
] as const;

export const ErrorCode = Object.fromEntries(NAMES.map((name, number) => [name, number])) as Readonly<
  Record<(typeof NAMES)[number], number>
>;

/** The result of a successful call; otherwise an ErrorCode. */
export const OK = -1;

const CODES = new Uint8Array(256); // unknown
for (const [code, errnos] of Object.entries({
  "access-denied": ["ACCES", "PERM", "NOTCAPABLE"],
  "not-supported": ["NOTSUP", "NOSYS", "NOPROTOOPT", "PROTONOSUPPORT", "PROTOTYPE", "AFNOSUPPORT"],
  "invalid-argument": ["INVAL", "FAULT", "DOM", "DESTADDRREQ", "NODEV", "RANGE"],
  "out-of-memory": ["NOMEM", "NOBUFS"],
  timeout: ["TIMEDOUT"],
  "concurrency-conflict": ["ALREADY", "INPROGRESS"],
  "would-block": ["AGAIN"],
  "invalid-state": ["ISCONN", "NOTCONN", "PIPE", "BADF"],
  "new-socket-limit": ["MFILE", "NFILE"],
  "address-not-bindable": ["ADDRNOTAVAIL"],
  "address-in-use": ["ADDRINUSE"],
  "remote-unreachable": ["HOSTUNREACH", "NETUNREACH", "NETDOWN", "NETRESET"],
  "connection-refused": ["CONNREFUSED"],
  "connection-reset": ["CONNRESET"],
  "connection-aborted": ["CONNABORTED"],
  "datagram-too-large": ["MSGSIZE"],
} satisfies Partial<Record<keyof typeof ErrorCode, (keyof typeof Errno)[]>>)) {
  for (const errno of errnos) CODES[Errno[errno as keyof typeof Errno]] = ErrorCode[code as keyof typeof ErrorCode];
}

/** The code of a positive WASI preview1 errno. */
export function codeOf(errno: number): number {
  return CODES[errno];
}

/** OK for 0 and above; the code of a negated errno. */
export function outcomeOf(result: number): number {
  return result < 0 ? CODES[-result] : OK;
}

/** The same for connect(2), which also chooses a port: on Linux, EADDRNOTAVAIL means that none is left. */
export function outcomeOfConnect(result: number): number {
  if (result === -Errno.ADDRNOTAVAIL) return ErrorCode["address-in-use"];
  return result === -Errno.AFNOSUPPORT ? ErrorCode["invalid-argument"] : outcomeOf(result);
}
