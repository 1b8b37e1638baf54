/**
 * Sizes, alignments and places in memory of the WIT's types, by the canonical ABI (component-model, CanonicalABI.md, "Loading",
 * "Storing"): each field at the next multiple of its alignment, a variant's payload behind its case at the alignment of the
 * largest.
 *
 *      result<T, E>   ┌────────┬─────┬──────────────────────────────┐
 *                     │ 0 or 1 │ ... │ T, or E                      │
 *                     └────────┴─────┴──────────────────────────────┘
 *                                    payload
 */

export interface Layout {
  readonly size: number;
  readonly align: number;
}

export interface ResultLayout extends Layout {
  /** The offset of the value or the error. */
  readonly payload: number;
}

export const HANDLE: Layout = { size: 4, align: 4 };
export const U32: Layout = { size: 4, align: 4 };
/** A list of any type: a pointer, and the number of elements. */
export const LIST = { size: 8, align: 4, length: 4 } as const;
/** A pointer, and the number of bytes. */
export const STRING = LIST;

/** result<_, error-code>, of sockets and of filesystem; result<bool, error-code>, result<u8, error-code>. */
export const RESULT_BYTE: ResultLayout = { size: 2, align: 1, payload: 1 };
/** result<own, error-code>, result<u32, error-code>. */
export const RESULT_WORD: ResultLayout = { size: 8, align: 4, payload: 4 };
/** result<tuple<own, own>, error-code>. */
export const RESULT_TWO_HANDLES: ResultLayout = { size: 12, align: 4, payload: 4 };
/** result<tuple<own, own, own>, error-code>. */
export const RESULT_THREE_HANDLES: ResultLayout = { size: 16, align: 4, payload: 4 };
/** result<u64, error-code>. */
export const RESULT_U64: ResultLayout = { size: 16, align: 8, payload: 8 };
/** option<error-code>. */
export const OPTION_BYTE: ResultLayout = { size: 2, align: 1, payload: 1 };
/** option<own>. */
export const OPTION_HANDLE: ResultLayout = { size: 8, align: 4, payload: 4 };
/** option<string>. */
export const OPTION_STRING: ResultLayout = { size: 12, align: 4, payload: 4 };

/** wasi:io/streams, variant stream-error: its case, then an error's handle. */
export const STREAM_ERROR = { size: 8, align: 4, payload: 4 } as const;
/** result<_, stream-error>, result<list<u8>, stream-error>. */
export const RESULT_STREAM: ResultLayout = { size: 12, align: 4, payload: 4 };
/** result<u64, stream-error>. */
export const RESULT_STREAM_U64: ResultLayout = { size: 16, align: 8, payload: 8 };

/** wasi:clocks/wall-clock, record datetime. */
export const DATETIME = { size: 16, align: 8, nanoseconds: 8 } as const;
/** tuple<u64, u64>. */
export const TWO_U64: Layout = { size: 16, align: 8 };

/** wasi:sockets/network, variant ip-socket-address; offsets from its start. */
export const IP_SOCKET_ADDRESS = {
  size: 32,
  align: 4,
  port: 4,
  /** tuple<u8, u8, u8, u8> of ipv4-socket-address. */
  ipv4: 6,
  flowInfo: 8,
  /** Eight u16 of ipv6-socket-address. */
  ipv6: 12,
  scope: 28,
} as const;
/** result<ip-socket-address, error-code>. */
export const RESULT_ADDRESS: ResultLayout = { size: 36, align: 4, payload: 4 };

/** wasi:sockets/udp, record incoming-datagram: list<u8>, ip-socket-address. */
export const INCOMING_DATAGRAM = { size: 40, align: 4, address: 8 } as const;
/** Record outgoing-datagram: list<u8>, option<ip-socket-address>. */
export const OUTGOING_DATAGRAM = { size: 44, align: 4, option: 8, address: 12 } as const;
/**
 * wasi:sockets/ip-name-lookup, result<option<ip-address>, error-code>: the option, the address's case, and its bytes.
 */
export const RESULT_IP_ADDRESS = { size: 22, align: 2, payload: 2, address: 4, bytes: 6 } as const;

/** tuple<descriptor, string>. */
export const DIRECTORY_AND_NAME = { size: 12, align: 4, name: 4 } as const;
/** result<list<...>, error-code>, result<string, error-code>. */
export const RESULT_LIST: ResultLayout = { size: 12, align: 4, payload: 4 };
/** result<tuple<list<u8>, bool>, error-code>; the bool, from the start. */
export const RESULT_BYTES_AND_END = { size: 16, align: 4, payload: 4, end: 12 } as const;
/** wasi:filesystem/types, record descriptor-stat: link-count, size, and three option<datetime>. */
export const DESCRIPTOR_STAT = {
  size: 96,
  align: 8,
  links: 8,
  bytes: 16,
  accessed: 24,
  modified: 48,
  changed: 72,
  /** The datetime in an option<datetime>. */
  datetime: 8,
} as const;
/** result<descriptor-stat, error-code>. */
export const RESULT_STAT: ResultLayout = { size: 104, align: 8, payload: 8 };
/** result<metadata-hash-value, error-code>: two u64. */
export const RESULT_HASH: ResultLayout = { size: 24, align: 8, payload: 8 };
/** record directory-entry. */
export const DIRECTORY_ENTRY = { size: 12, align: 4, name: 4 } as const;
/** result<option<directory-entry>, error-code>. */
export const RESULT_DIRECTORY_ENTRY: ResultLayout = { size: 20, align: 4, payload: 4 };
