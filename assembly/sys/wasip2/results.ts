/**
 * The results of a 0.2 host's calls (the component model's canonical ABI).
 *
 * A result that fits into one number is returned. Others are written to an address of the caller: `area`, one for all calls, because
 * calls never overlap. The host gets memory for lists from `cabi_realloc`. A caller that lends the place for its list before the
 * call saves a copy and an allocation.
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
} from "../../abi/errno";

/** Room for the largest result: `result<ip-socket-address, error-code>`, 36 bytes. */
export const area = memory.data(40, 8);

/** Whether the call whose result is in `area` failed. */
export function failed(): bool {
  return load<u8>(area) != 0;
}

/** 0, or the negated errno of a failed call's `error-code` at `offset`. */
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

/** Lends the place for the list that the next call returns, until `takeBack`: a call that fails asks for no memory. */
export function lend(address: usize, size: usize): void {
  lent = address;
  lentSize = size;
}

export function takeBack(): void {
  lent = 0;
}

/** The component's `cabi_realloc`: memory for the host's results. */
export function provide(address: usize, size: usize, newSize: usize): usize {
  if (address != 0) return heap.realloc(address, newSize);
  if (size == 0 && lent != 0 && newSize <= lentSize) {
    address = lent;
    lent = 0;
    return address;
  }
  return heap.alloc(newSize);
}
