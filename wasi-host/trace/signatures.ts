/**
 * Every host call with its parameters, in the order of the witx (WASI repository, `wasi_snapshot_preview1.witx`;
 * WasmEdge, `lib/host/wasi/wasifunc.cpp`): one entry for each WebAssembly parameter.
 *
 * A pointer to several things is followed by a parameter of kind `count` or `length`.
 */

/** i32: a value; `values.ts` has the meaning of its number. */
type Value =
  | "fd"
  | "u32"
  | "port"
  | "clockid"
  | "advice"
  | "whence"
  | "fdflags"
  | "fstflags"
  | "lookupflags"
  | "oflags"
  | "riflags"
  | "siflags"
  | "sdflags"
  | "family"
  | "socktype"
  | "sockopt";
/** i64. */
type Wide = "u64" | "s64" | "timestamp" | "rights";
/** i32: a pointer to input of the call. */
type Input = "text" | "ciovecs" | "subscriptions" | "address" | "bytes";
/** i32: a pointer to output of the call. */
type Output =
  | "iovecs"
  | "events"
  | "buffer"
  | "result-address"
  | "result-fd"
  | "result-u16"
  | "result-u32"
  | "result-u64"
  | "result-fdstat"
  | "result-filestat"
  | "result-prestat"
  | "result-pointers";
export type Kind = Value | Wide | Input | Output | "length" | "count";

/** The parameters by name, in order. */
export type Signature = Readonly<Record<string, Kind>>;

const strings = { pointers: "result-pointers", text: "result-pointers" } as const;
const sizes = { count: "result-u32", size: "result-u32" } as const;
const path = { fd: "fd", path: "text", path_length: "length" } as const;
const at = { fd: "fd", flags: "lookupflags", path: "text", path_length: "length" } as const;
const reading = { fd: "fd", iovs: "iovecs", iovs_length: "count" } as const;
const writing = { fd: "fd", iovs: "ciovecs", iovs_length: "count" } as const;
const times = { atim: "timestamp", mtim: "timestamp", fst_flags: "fstflags" } as const;

export const PREVIEW1 = {
  args_get: strings,
  args_sizes_get: sizes,
  environ_get: strings,
  environ_sizes_get: sizes,
  clock_res_get: { id: "clockid", resolution: "result-u64" },
  clock_time_get: { id: "clockid", precision: "timestamp", time: "result-u64" },
  fd_advise: { fd: "fd", offset: "u64", len: "u64", advice: "advice" },
  fd_allocate: { fd: "fd", offset: "u64", len: "u64" },
  fd_close: { fd: "fd" },
  fd_datasync: { fd: "fd" },
  fd_fdstat_get: { fd: "fd", stat: "result-fdstat" },
  fd_fdstat_set_flags: { fd: "fd", flags: "fdflags" },
  fd_fdstat_set_rights: { fd: "fd", base: "rights", inheriting: "rights" },
  fd_filestat_get: { fd: "fd", stat: "result-filestat" },
  fd_filestat_set_size: { fd: "fd", size: "u64" },
  fd_filestat_set_times: { fd: "fd", ...times },
  fd_pread: { ...reading, offset: "u64", size: "result-u32" },
  fd_prestat_get: { fd: "fd", prestat: "result-prestat" },
  fd_prestat_dir_name: { fd: "fd", path: "buffer", path_length: "length" },
  fd_pwrite: { ...writing, offset: "u64", size: "result-u32" },
  fd_read: { ...reading, size: "result-u32" },
  fd_readdir: { fd: "fd", buffer: "buffer", length: "length", cookie: "u64", size: "result-u32" },
  fd_renumber: { fd: "fd", to: "fd" },
  fd_seek: { fd: "fd", offset: "s64", whence: "whence", position: "result-u64" },
  fd_sync: { fd: "fd" },
  fd_tell: { fd: "fd", position: "result-u64" },
  fd_write: { ...writing, size: "result-u32" },
  path_create_directory: path,
  path_filestat_get: { ...at, stat: "result-filestat" },
  path_filestat_set_times: { ...at, ...times },
  path_link: { ...at, new_fd: "fd", new_path: "text", new_path_length: "length" },
  path_open: {
    fd: "fd",
    dirflags: "lookupflags",
    path: "text",
    path_length: "length",
    oflags: "oflags",
    rights: "rights",
    inheriting: "rights",
    fdflags: "fdflags",
    opened: "result-fd",
  },
  path_readlink: { ...path, buffer: "buffer", length: "length", size: "result-u32" },
  path_remove_directory: path,
  path_rename: { ...path, new_fd: "fd", new_path: "text", new_path_length: "length" },
  path_symlink: { target: "text", target_length: "length", ...path },
  path_unlink_file: path,
  poll_oneoff: { in: "subscriptions", out: "events", count: "count", events: "result-u32" },
  proc_exit: { code: "u32" },
  proc_raise: { signal: "u32" },
  sched_yield: {},
  random_get: { buffer: "result-pointers", length: "u32" },
  sock_accept: { fd: "fd", flags: "fdflags", accepted: "result-fd" },
  sock_recv: { ...reading, flags: "riflags", size: "result-u32", roflags: "result-u16" },
  sock_send: { ...writing, flags: "siflags", size: "result-u32" },
  sock_shutdown: { fd: "fd", how: "sdflags" },
} as const satisfies Record<string, Signature>;

const option = { fd: "fd", level: "u32", name: "sockopt" } as const;

const opening = { family: "family", type: "socktype", opened: "result-fd" } as const;
const naming = { fd: "fd", address: "address", port: "port" } as const;
const receivingFrom = {
  ...reading,
  address: "result-address",
  flags: "riflags",
  port: "result-u16",
  size: "result-u32",
  roflags: "result-u16",
} as const;
const named = { fd: "fd", address: "result-address", port: "result-u32" } as const;

/** WasmEdge's calls; versions of one name differ in the number of their parameters. */
export const WASMEDGE = {
  sock_open: [opening],
  sock_bind: [naming],
  sock_listen: [{ fd: "fd", backlog: "u32" }],
  sock_accept: [{ fd: "fd", accepted: "result-fd" }],
  sock_connect: [naming],
  sock_getlocaladdr: [{ fd: "fd", address: "result-address", family: "result-u32", port: "result-u32" }, named],
  sock_getpeeraddr: [{ fd: "fd", address: "result-address", family: "result-u32", port: "result-u32" }, named],
  sock_send_to: [{ ...writing, address: "address", port: "port", flags: "siflags", size: "result-u32" }],
  sock_recv_from: [
    { ...reading, address: "result-address", flags: "riflags", size: "result-u32", roflags: "result-u16" },
    receivingFrom,
  ],
  sock_getaddrinfo: [
    {
      node: "text",
      node_length: "length",
      service: "text",
      service_length: "length",
      hints: "u32",
      results: "u32",
      most: "u32",
      found: "result-u32",
    },
  ],
  sock_getsockopt: [{ ...option, value: "result-u32", length: "u32" }],
  sock_setsockopt: [{ ...option, value: "bytes", length: "length" }],
  sock_open_v2: [opening],
  sock_bind_v2: [naming],
  sock_listen_v2: [{ fd: "fd", backlog: "u32" }],
  sock_accept_v2: [PREVIEW1.sock_accept],
  sock_connect_v2: [naming],
  sock_recv_v2: [PREVIEW1.sock_recv],
  sock_send_v2: [PREVIEW1.sock_send],
  sock_send_to_v2: [{ ...writing, address: "address", port: "port", flags: "siflags", size: "result-u32" }],
  sock_recv_from_v2: [receivingFrom],
  sock_getlocaladdr_v2: [named],
  sock_getpeeraddr_v2: [named],
} as const satisfies Record<string, readonly Signature[]>;

/** The signature of a call with this many parameters; undefined for an unknown one. */
export function signatureOf(name: string, parameters: number): Signature | undefined {
  const known: readonly (Signature | undefined)[] = [
    (PREVIEW1 as Record<string, Signature>)[name],
    ...((WASMEDGE as Record<string, readonly Signature[]>)[name] ?? []),
  ];
  return known.find((signature) => signature !== undefined && Object.keys(signature).length === parameters);
}
