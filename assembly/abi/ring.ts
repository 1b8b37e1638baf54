/** The ring of an asynchronous program: the guest puts operations in (`operation.ts`), and the host puts completions in. */

/*                          Ring: a header of 24 bytes, then two arrays of `capacity` entries, a power of two
   ┌──────────────┬──────────────────────────────┬──────────────────────────────┬───────┐
   │ capacity (4) │ submissions: head, tail (8)  │ completions: head, tail (8)  │ … (4) │
   ├──────────────┴────────────────────┬─────────┴──────────────────────────────┴───────┤
   │ operations (32 each)              │ completions (16 each)                          │
   └───────────────────────────────────┴────────────────────────────────────────────────┘
   Heads and tails are counters that wrap at 2^32: entry n is at index n & (capacity - 1). The producer moves the tail, the
   consumer the head. The guest produces submissions, the host produces completions. */
export const RING_CAPACITY = 0;
export const RING_SUBMISSION_HEAD = RING_CAPACITY + 4;
export const RING_SUBMISSION_TAIL = RING_SUBMISSION_HEAD + 4;
export const RING_COMPLETION_HEAD = RING_SUBMISSION_TAIL + 4;
export const RING_COMPLETION_TAIL = RING_COMPLETION_HEAD + 4;
export const RING_SUBMISSIONS = RING_COMPLETION_TAIL + 4 + 4;
/** As io_uring's IORING_MAX_ENTRIES. */
export const RING_MOST_ENTRIES = 32_768;

/*                          Completion, 16 bytes
   ┌───────────────┬────────────┬───────┐
   │ user data (8) │ result (4) │ 0 (4) │
   └───────────────┴────────────┴───────┘ */
export const COMPLETION_DATA = 0;
/** A count (recv: 0 is end of stream), the new descriptor (accept), or a negated errno. */
export const COMPLETION_RESULT = COMPLETION_DATA + 8;
export const COMPLETION_SIZE = COMPLETION_RESULT + 4 + 4;
