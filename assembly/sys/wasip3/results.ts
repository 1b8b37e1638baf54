/**
 * How results come back from a 0.3 host (the component model's canonical ABI).
 *
 * A plain call leaves a result that does not fit into one number at `area`, one for all calls, since none of them is under way
 * while another begins. A stream's call, and the payload of its event, is BLOCKED or a *status*:
 *
 *      ┌───────────────────────────────────┬───────────────┐
 *      │ how many elements were copied (28) │ end's state (4) │      0 open still, 1 dropped by the other side, 2 cancelled
 *      └───────────────────────────────────┴───────────────┘
 */
import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EHOSTUNREACH,
  EINVAL,
  EIO,
  EMSGSIZE,
  ENOMEM,
  ENOTSUP,
  EPIPE,
  ETIMEDOUT,
} from "../../abi/errno";

/** Instead of a status: the call is under way, and an event of its waitable ends it. */
export const BLOCKED: i32 = -1;
/** The read of a future, or its cancellation, has returned a result. */
export const COMPLETED: i32 = 0;
const STATE: i32 = 15;
const DROPPED: i32 = 1;
/** The most elements that one call copies. */
export const MOST_ELEMENTS: i32 = (1 << 28) - 1;

/** The offset of a result's payload, which contains pointers: 4-aligned. */
const PAYLOAD: usize = 4;
/** `error-code.other(option<string>)`, and the offset of its string after the code. */
const OTHER: u32 = 14;
const OTHER_IS_SOME: usize = 4;
const OTHER_STRING: usize = 8;
const OTHER_LENGTH: usize = 12;

/** `result<_, error-code>`. */
export const RESULT_SIZE = 20;

/** Room for the largest result: `result<ip-socket-address, error-code>`, 36 bytes. */
export const area = memory.data(40, 8);

export function copied(status: i32): i32 {
  return status >>> 4;
}

/** Whether the other side of the stream has gone. No more elements can be moved. */
export function isDropped(status: i32): bool {
  return (status & STATE) == DROPPED;
}

/** 0, or the negated errno for the `error-code` of the result at `result`. */
export function outcome(result: usize = area): i32 {
  if (load<u8>(result) == 0) return 0;
  const code: u32 = load<u8>(result + PAYLOAD);
  if (code == OTHER && load<u8>(result + PAYLOAD, OTHER_IS_SOME) != 0) {
    // The host's error text, for which `provide` allocated memory. An empty string has no memory.
    if (load<u32>(result + PAYLOAD, OTHER_LENGTH) != 0) heap.free(load<u32>(result + PAYLOAD, OTHER_STRING));
  }
  return -(<i32>load<u8>(errnos() + code));
}

/** The value of a successful result. */
export function value(): i32 {
  return load<i32>(area, PAYLOAD);
}

/**
 * An errno for each `wasi:sockets/types.error-code`, in their order. In a function, so that programs for other hosts
 * have no such table.
 */
function errnos(): usize {
  return memory.data<u8>([
    <u8>EACCES, // access-denied
    <u8>ENOTSUP, // not-supported
    <u8>EINVAL, // invalid-argument
    <u8>ENOMEM, // out-of-memory
    <u8>ETIMEDOUT, // timeout
    <u8>EINVAL, // invalid-state
    <u8>EADDRNOTAVAIL, // address-not-bindable
    <u8>EADDRINUSE, // address-in-use
    <u8>EHOSTUNREACH, // remote-unreachable
    <u8>ECONNREFUSED, // connection-refused
    <u8>EPIPE, // connection-broken
    <u8>ECONNRESET, // connection-reset
    <u8>ECONNABORTED, // connection-aborted
    <u8>EMSGSIZE, // datagram-too-large
    <u8>EIO, // other
  ]);
}

/** The component's `cabi_realloc`: memory for the host's results. */
export function provide(address: usize, newSize: usize): usize {
  return address != 0 ? heap.realloc(address, newSize) : heap.alloc(newSize);
}
