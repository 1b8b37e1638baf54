/**
 * How results come back from a 0.2 host (the component model's canonical ABI).
 *
 * What fits into one number is returned. Everything else is left at an address that the caller gives: `area`, one for all
 * calls, since none of them is under way while another begins. Lists are put into memory that the host asks `cabi_realloc`
 * for: a caller who knows where its list shall go lends that place before the call, so that bytes are copied once, by the
 * host, and nothing is allocated.
 *
 *      result<T, E>     ┌────────┬───────┬──────────────────────────────────────────────┐
 *                       │ 0 or 1 │ …     │ T or E, at the alignment of the larger of both │
 *                       └────────┴───────┴──────────────────────────────────────────────┘
 */
import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  EALREADY,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EHOSTUNREACH,
  EINVAL,
  EIO,
  EMFILE,
  EMSGSIZE,
  ENOMEM,
  ENOTSUP,
  ETIMEDOUT,
} from "../errno";

/** Large enough for the largest: `result<ip-socket-address, error-code>`, 36 bytes. */
export const area = memory.data(40, 8);

/** Did the call that left its result in `area` fail? */
export function failed(): bool {
  return load<u8>(area) != 0;
}

/** 0, or the negated errno that stands for the `error-code` of the failed call, which lies at `offset`. */
export function outcome(offset: usize): i32 {
  return failed() ? -(<i32>load<u8>(codes + load<u8>(area + offset))) : 0;
}

/** An errno for each `wasi:sockets/network.error-code`, in their order. */
const codes = memory.data<u8>([
  <u8>EIO, // unknown
  <u8>EACCES, // access-denied
  <u8>ENOTSUP, // not-supported
  <u8>EINVAL, // invalid-argument
  <u8>ENOMEM, // out-of-memory
  <u8>ETIMEDOUT, // timeout
  <u8>EALREADY, // concurrency-conflict
  <u8>EINVAL, // not-in-progress
  <u8>EAGAIN, // would-block
  <u8>EINVAL, // invalid-state
  <u8>EMFILE, // new-socket-limit
  <u8>EADDRNOTAVAIL, // address-not-bindable
  <u8>EADDRINUSE, // address-in-use
  <u8>EHOSTUNREACH, // remote-unreachable
  <u8>ECONNREFUSED, // connection-refused
  <u8>ECONNRESET, // connection-reset
  <u8>ECONNABORTED, // connection-aborted
  <u8>EMSGSIZE, // datagram-too-large
  <u8>EIO, // name-unresolvable
  <u8>EIO, // temporary-resolver-failure
  <u8>EIO, // permanent-resolver-failure
]);

let lent: usize = 0;
let lentSize: usize = 0;

/** Where the list that the next call returns shall go. Ends with `takeBack`: a call that fails asks for no memory. */
export function lend(address: usize, size: usize): void {
  lent = address;
  lentSize = size;
}

export function takeBack(): void {
  lent = 0;
}

/** The component's `cabi_realloc`, by which the host gets memory for what it returns. */
export function provide(address: usize, size: usize, newSize: usize): usize {
  if (address != 0) return heap.realloc(address, newSize);
  if (size == 0 && lent != 0 && newSize <= lentSize) {
    address = lent;
    lent = 0;
    return address;
  }
  return heap.alloc(newSize);
}
