/**
 * Completions: I/O that the host does while the program computes.
 *
 * A ring in linear memory (abi/ring.ts): the program submits operations, returns to its host from time to time
 * (`pollux_step`), and finds completions there. Received bytes are already in its memory. Only a host that knows
 * `pollux_ring` (docs/abi.md) completes operations.
 */
import { block } from "../memory/blocks";
import {
  COMPLETION_SIZE,
  RING_CAPACITY,
  RING_COMPLETION_HEAD,
  RING_COMPLETION_TAIL,
  RING_SUBMISSION_HEAD,
  RING_SUBMISSION_TAIL,
  RING_SUBMISSIONS,
} from "../abi/ring";
import {
  OPERATION_BUFFER,
  OPERATION_DATA,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_SIZE,
} from "../abi/operation";

const USUAL_CAPACITY: u32 = 64;

let ring: usize = 0;
let capacity: u32 = 0;
let completions: usize = 0;

/**
 * Makes the ring; call it in `_initialize`. `entries`, a power of two up to RING_MOST_ENTRIES, is also the limit of
 * operations under way. Without this call the ring has 64 entries. False if memory cannot grow.
 */
export function openRing(entries: u32): bool {
  ring = block(<usize>entries * (OPERATION_SIZE + COMPLETION_SIZE) + RING_SUBMISSIONS);
  if (ring == 0) return false;
  capacity = entries;
  completions = ring + RING_SUBMISSIONS + <usize>entries * OPERATION_SIZE;
  store<u32>(ring, entries, RING_CAPACITY);
  return true;
}

/** Export it from the program: `export { pollux_ring } from "pollux/assembly"`. The host asks once. */
export function pollux_ring(): usize {
  if (ring == 0) openRing(USUAL_CAPACITY);
  return ring;
}

/**
 * Asks the host to do `op` (OP_RECV, OP_SEND, OP_ACCEPT, OP_NOP); `data` comes back with its completion. The `length`
 * bytes at `buffer` belong to the host until then. False if the ring is full: take completions, and return to the host.
 */
export function submit(op: u32, fd: i32, buffer: usize, length: i32, data: u64): bool {
  pollux_ring();
  const tail = load<u32>(ring, RING_SUBMISSION_TAIL);
  if (tail - load<u32>(ring, RING_SUBMISSION_HEAD) == capacity) return false;
  const at = ring + RING_SUBMISSIONS + <usize>(tail & (capacity - 1)) * OPERATION_SIZE;
  store<u32>(at, op, OPERATION_OP);
  store<i32>(at, fd, OPERATION_FD);
  store<u32>(at, buffer, OPERATION_BUFFER);
  store<i32>(at, length, OPERATION_LENGTH);
  store<u64>(at, data, OPERATION_DATA);
  store<u32>(ring, tail + 1, RING_SUBMISSION_TAIL);
  return true;
}

/**
 * The oldest unseen completion (COMPLETION_DATA, COMPLETION_RESULT), valid until `completionSeen`; 0 if there is none.
 */
export function nextCompletion(): usize {
  const head = load<u32>(pollux_ring(), RING_COMPLETION_HEAD);
  if (head == load<u32>(ring, RING_COMPLETION_TAIL)) return 0;
  return completions + <usize>(head & (capacity - 1)) * COMPLETION_SIZE;
}

/** Returns the completion's place to the host. */
export function completionSeen(): void {
  store<u32>(ring, load<u32>(ring, RING_COMPLETION_HEAD) + 1, RING_COMPLETION_HEAD);
}
