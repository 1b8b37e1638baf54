/** Numbers by their names in the witx: enumerations, flags, and text in C's notation. */
import { READY_FILE } from "../../assembly/abi/ready-file.ts";

/** Names by value. A value without a name is shown as a number. */
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  clockid: ["realtime", "monotonic", "process_cputime_id", "thread_cputime_id"],
  advice: ["normal", "sequential", "random", "willneed", "dontneed", "noreuse"],
  whence: ["set", "cur", "end"],
  family: ["unspec", "inet4", "inet6", "unix"],
  socktype: ["any", "dgram", "stream"],
  sockopt: [
    "reuseaddr",
    "type",
    "error",
    "dontroute",
    "broadcast",
    "sndbuf",
    "rcvbuf",
    "keepalive",
    "oobinline",
    "linger",
    "rcvlowat",
    "rcvtimeo",
    "sndtimeo",
    "acceptconn",
    "bindtodevice",
  ],
  filetype: [
    "unknown",
    "block_device",
    "character_device",
    "directory",
    "regular_file",
    "socket_dgram",
    "socket_stream",
    "symbolic_link",
  ],
  eventtype: ["clock", "fd_read", "fd_write"],
};

/** Bits, the lowest first. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  fdflags: ["append", "dsync", "nonblock", "rsync", "sync"],
  fstflags: ["atim", "atim_now", "mtim", "mtim_now"],
  lookupflags: ["symlink_follow"],
  oflags: ["creat", "directory", "excl", "trunc"],
  riflags: ["recv_peek", "recv_waitall"],
  siflags: [],
  sdflags: ["rd", "wr"],
  roflags: ["recv_data_truncated"],
  eventrwflags: ["hangup"],
  readiness: [
    ...["in", "pri", "out", "err", "hup", "nval", "rdnorm", "rdband", "wrnorm", "wrband", "msg"],
    ...["0x800", "0x1000", "rdhup"],
  ],
  signals: [
    ...["none", "hup", "int", "quit", "ill", "trap", "abrt", "bus"],
    ...["fpe", "kill", "usr1", "segv", "usr2", "pipe", "alrm", "term"],
  ],
};

/** `kind` is a name in ENUMS or FLAGS, or fd; all other kinds are numbers. */
export function valueText(kind: string, value: number): string {
  if (kind === "fd" && value === READY_FILE) return "ready_file";
  const names = ENUMS[kind];
  if (names !== undefined) return names[value] ?? String(value);
  return kind in FLAGS ? flagsText(FLAGS[kind], value) : String(value);
}

function flagsText(names: readonly string[], value: number): string {
  if (value === 0) return "0";
  const set = names.filter((_, bit) => (value & (1 << bit)) !== 0);
  const rest = value & ~((1 << names.length) - 1);
  if (rest !== 0) set.push(`0x${(rest >>> 0).toString(16)}`);
  return set.join("|");
}

export function hexadecimal(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** Nanoseconds as seconds. */
export function seconds(nanoseconds: bigint): string {
  const digits = nanoseconds.toString().padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return `${digits.slice(0, -9)}${fraction === "" ? "" : `.${fraction}`}s`;
}

const ESCAPES: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\" };

/** The first `most` bytes as a C string, followed by `...` if there are more. */
export function excerpt(bytes: Uint8Array, most: number): string {
  let text = "";
  for (const byte of bytes.subarray(0, most)) {
    if (byte in ESCAPES) text += ESCAPES[byte];
    else text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `"${text}"${bytes.length > most ? "..." : ""}`;
}
