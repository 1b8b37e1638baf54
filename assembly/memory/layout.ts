/**
 * Every structure of the guest in linear memory, as chained offsets: each the one before plus its size. The host reads
 * these same constants when it inspects a core, so nothing here may import anything. All fields are little-endian, and
 * aligned to their size. Pointers are 4 bytes; 0 is none.
 */

/*                          Descriptor: one per fd, 24 bytes
   ┌─────────────────┬────────────┬────────────────────┬────────────────────┬──────────┬───────────────┐
   │ first watch (4) │ generation │ read subscription  │ write subscription │ taken in │ last watch (4)│
   │                 │ (4)        │ index + 1 (4)      │ index + 1 (4)      │ turn (4) │               │
   └─────────────────┴────────────┴────────────────────┴────────────────────┴──────────┴───────────────┘ */
export const DESCRIPTOR_FIRST_WATCH = 0;
export const DESCRIPTOR_GENERATION = DESCRIPTOR_FIRST_WATCH + 4;
/** Index + 1 in the subscription array; 0: not armed. The write side follows the read side. */
export const DESCRIPTOR_READ_SLOT = DESCRIPTOR_GENERATION + 4;
export const DESCRIPTOR_WRITE_SLOT = DESCRIPTOR_READ_SLOT + 4;
/** The turn in which a sleeping exclusive watch took this descriptor's wakeup. */
export const DESCRIPTOR_TAKEN_TURN = DESCRIPTOR_WRITE_SLOT + 4;
export const DESCRIPTOR_LAST_WATCH = DESCRIPTOR_TAKEN_TURN + 4;
export const DESCRIPTOR_SIZE = DESCRIPTOR_LAST_WATCH + 4;

/*                          Watch: one per (epoll instance, fd), 64 bytes
   ┌────────┬──────────────┬────────────┬───────────┬───────────────┬───────────┬───────────┬────────────┐
   │ fd (4) │ instance (4) │ events (4) │ known (4) │ user data (8) │ state (1) │ waits (1) │ armed (2)  │
   ├────────┴──┬───────────┴──────┬─────┴───────────┼───────────────┴───┬───────┴───────────┴─┬──────────┤
   │ turn (4)  │ ready next, prev │ next of fd (4)  │ of instance: next, prev (8) │ batch (4) │ free (8) │
   └───────────┴──────────────────┴─────────────────┴─────────────────────────────┴───────────┴──────────┘ */
export const WATCH_FD = 0;
export const WATCH_INSTANCE = WATCH_FD + 4;
/** As given to ctl: readiness bits, and the flags above them. */
export const WATCH_EVENTS = WATCH_INSTANCE + 4;
/** The readiness when it was last seen, what the mask does not ask for included. */
export const WATCH_KNOWN = WATCH_EVENTS + 4;
export const WATCH_DATA = WATCH_KNOWN + 4;
export const WATCH_STATE = WATCH_DATA + 8;
/** Level source: the directions in which an edge-triggered watch still waits (1 read, 2 write). */
export const WATCH_WAITS = WATCH_STATE + 1;
/** Edge source: the mask under which its wakeups come. */
export const WATCH_ARMED = WATCH_WAITS + 1;
/** The turn in which `known` was seen. */
export const WATCH_TURN = WATCH_ARMED + 2;
export const WATCH_READY_NEXT = WATCH_TURN + 4;
export const WATCH_READY_PREV = WATCH_READY_NEXT + 4;
export const WATCH_NEXT_OF_FD = WATCH_READY_PREV + 4;
export const WATCH_NEXT_OF_INSTANCE = WATCH_NEXT_OF_FD + 4;
export const WATCH_PREV_OF_INSTANCE = WATCH_NEXT_OF_INSTANCE + 4;
/** Its event in the batch that is being dispatched; 0: none. */
export const WATCH_BATCH = WATCH_PREV_OF_INSTANCE + 4;
export const WATCH_SIZE = WATCH_BATCH + 4 + 4;

/*                          Epoll instance, 48 bytes
   ┌──────────────────────────────────┬─────────────────────────┬───────────────────────┐
   │ epoll descriptor (4), 0 when free│ ready: head, tail (8)   │ ready count (4)       │
   ├──────────────────────┬───────────┴─────────┬───────────────┴───┬───────────────────┤
   │ first watch (4)      │ first outer (4)     │ last outer (4)    │ asleep (4)        │
   ├──────────────────────┼─────────────────────┴───────────────────┴───────────────────┤
   │ batch: address (4)   │ batch: count (4)    │ next free (4)     │ quiet count (4)   │
   └──────────────────────┴─────────────────────┴───────────────────┴───────────────────┘ */
export const INSTANCE_FD = 0;
export const INSTANCE_READY_HEAD = INSTANCE_FD + 4;
export const INSTANCE_READY_TAIL = INSTANCE_READY_HEAD + 4;
export const INSTANCE_READY_COUNT = INSTANCE_READY_TAIL + 4;
export const INSTANCE_FIRST_WATCH = INSTANCE_READY_COUNT + 4;
/** The watches of other instances on this one. */
export const INSTANCE_FIRST_OUTER = INSTANCE_FIRST_WATCH + 4;
export const INSTANCE_LAST_OUTER = INSTANCE_FIRST_OUTER + 4;
/** How many callers sleep in a wait on it. */
export const INSTANCE_ASLEEP = INSTANCE_LAST_OUTER + 4;
export const INSTANCE_BATCH = INSTANCE_ASLEEP + 4;
export const INSTANCE_BATCH_COUNT = INSTANCE_BATCH + 4;
export const INSTANCE_NEXT_FREE = INSTANCE_BATCH_COUNT + 4;
/** How many on the ready list are known to have nothing. */
export const INSTANCE_QUIET = INSTANCE_NEXT_FREE + 4;
export const INSTANCE_SIZE = INSTANCE_QUIET + 4;
/** Epoll descriptors are the guest's own, and stand above all of the host's numbers: this plus the instance's index. */
export const INSTANCE_FD_BASE = 0x40000000;

/*                          epoll_event as waits deliver it, 16 bytes
   ┌────────────┬────────┬───────────────┐
   │ events (4) │ fd (4) │ user data (8) │
   └────────────┴────────┴───────────────┘ */
export const EPOLL_EVENT_EVENTS = 0;
export const EPOLL_EVENT_FD = EPOLL_EVENT_EVENTS + 4;
export const EPOLL_EVENT_DATA = EPOLL_EVENT_FD + 4;
export const EPOLL_EVENT_SIZE = EPOLL_EVENT_DATA + 8;

/*                          struct pollfd, 8 bytes
   ┌────────┬────────────┬─────────────┐
   │ fd (4) │ events (2) │ revents (2) │
   └────────┴────────────┴─────────────┘ */
export const POLLFD_FD = 0;
export const POLLFD_EVENTS = POLLFD_FD + 4;
export const POLLFD_REVENTS = POLLFD_EVENTS + 2;
export const POLLFD_SIZE = POLLFD_REVENTS + 2;

/*                          Transfer, 20 bytes
   ┌────────┬────────┬────────────┬────────────┬────────────┐
   │ op (4) │ fd (4) │ buffer (4) │ length (4) │ result (4) │
   └────────┴────────┴────────────┴────────────┴────────────┘ */
/** OP_RECV or OP_SEND, as of a submission. */
export const TRANSFER_OP = 0;
export const TRANSFER_FD = TRANSFER_OP + 4;
export const TRANSFER_BUFFER = TRANSFER_FD + 4;
export const TRANSFER_LENGTH = TRANSFER_BUFFER + 4;
/** A count, or a negated errno. */
export const TRANSFER_RESULT = TRANSFER_LENGTH + 4;
export const TRANSFER_SIZE = TRANSFER_RESULT + 4;

/*                          WASI subscription (witx, $subscription), 48 bytes
   ┌──────────────┬─────────┬────────┬──────────────────────────────────────────────────────────────────┐
   │ userdata (8) │ tag (1) │ … (7)  │ fd (4) … or clock (4) … timeout (8) precision (8) flags (2) … (6) │
   └──────────────┴─────────┴────────┴──────────────────────────────────────────────────────────────────┘ */
export const SUBSCRIPTION_USERDATA = 0;
export const SUBSCRIPTION_TAG = SUBSCRIPTION_USERDATA + 8;
export const SUBSCRIPTION_FD = SUBSCRIPTION_TAG + 8;
export const SUBSCRIPTION_CLOCK = SUBSCRIPTION_FD;
export const SUBSCRIPTION_TIMEOUT = SUBSCRIPTION_CLOCK + 8;
export const SUBSCRIPTION_PRECISION = SUBSCRIPTION_TIMEOUT + 8;
export const SUBSCRIPTION_FLAGS = SUBSCRIPTION_PRECISION + 8;
export const SUBSCRIPTION_SIZE = SUBSCRIPTION_FLAGS + 8;

/*                          WASI event (witx, $event), 32 bytes
   ┌──────────────┬───────────┬──────────┬───────┬────────────┬───────────────┬───────┐
   │ userdata (8) │ error (2) │ type (1) │ … (5) │ nbytes (8) │ hangup... (2) │ … (6) │
   └──────────────┴───────────┴──────────┴───────┴────────────┴───────────────┴───────┘ */
export const EVENT_USERDATA = 0;
export const EVENT_ERROR = EVENT_USERDATA + 8;
export const EVENT_TYPE = EVENT_ERROR + 2;
export const EVENT_NBYTES = EVENT_TYPE + 6;
export const EVENT_FLAGS = EVENT_NBYTES + 8;
export const EVENT_SIZE = EVENT_FLAGS + 8;

/*                          Ready file record, 8 bytes
   ┌────────┬──────────┬────────────────────────────────────┐
   │ fd (4) │ mask (2) │ op when written, ready when read (2)│
   └────────┴──────────┴────────────────────────────────────┘ */
export const RECORD_FD = 0;
export const RECORD_MASK = RECORD_FD + 4;
export const RECORD_OP = RECORD_MASK + 2;
export const RECORD_READY = RECORD_OP;
export const RECORD_SIZE = RECORD_OP + 2;

/*                          Ring, 24 bytes of header, and two arrays of `capacity` entries (a power of two) behind it
   ┌──────────────┬──────────────────────────────┬──────────────────────────────┬───────┐
   │ capacity (4) │ submissions: head, tail (8)  │ completions: head, tail (8)  │ … (4) │
   ├──────────────┴────────────────────┬─────────┴──────────────────────────────┴───────┤
   │ submissions (24 each)             │ completions (16 each)                          │
   └───────────────────────────────────┴────────────────────────────────────────────────┘
   Heads and tails count on and on, and wrap at 2^32: entry n stands at n & (capacity - 1). Who puts in moves the tail,
   who takes out the head: submissions go from guest to host, completions come back. */
export const RING_CAPACITY = 0;
export const RING_SUBMISSION_HEAD = RING_CAPACITY + 4;
export const RING_SUBMISSION_TAIL = RING_SUBMISSION_HEAD + 4;
export const RING_COMPLETION_HEAD = RING_SUBMISSION_TAIL + 4;
export const RING_COMPLETION_TAIL = RING_COMPLETION_HEAD + 4;
export const RING_SUBMISSIONS = RING_COMPLETION_TAIL + 4 + 4;
/** As io_uring's IORING_MAX_ENTRIES. */
export const RING_MOST_ENTRIES = 32_768;

/*                          Submission, 24 bytes
   ┌────────┬────────┬────────────┬────────────┬───────────────┐
   │ op (4) │ fd (4) │ buffer (4) │ length (4) │ user data (8) │
   └────────┴────────┴────────────┴────────────┴───────────────┘ */
export const SUBMISSION_OP = 0;
export const SUBMISSION_FD = SUBMISSION_OP + 4;
export const SUBMISSION_BUFFER = SUBMISSION_FD + 4;
export const SUBMISSION_LENGTH = SUBMISSION_BUFFER + 4;
export const SUBMISSION_DATA = SUBMISSION_LENGTH + 4;
export const SUBMISSION_SIZE = SUBMISSION_DATA + 8;

/** What a submission asks for: nothing, sock_recv, sock_send, sock_accept of a non-blocking stream. */
export const OP_NOP = 0;
export const OP_RECV = 1;
export const OP_SEND = 2;
export const OP_ACCEPT = 3;

/*                          Completion, 16 bytes
   ┌───────────────┬────────────┬───────┐
   │ user data (8) │ result (4) │ 0 (4) │
   └───────────────┴────────────┴───────┘ */
export const COMPLETION_DATA = 0;
/** A count (recv: 0 is end of stream), the new descriptor (accept), or a negated errno. */
export const COMPLETION_RESULT = COMPLETION_DATA + 8;
export const COMPLETION_SIZE = COMPLETION_RESULT + 4 + 4;

/*                          Socket of a WASI 0.2 host: one per fd, 64 bytes
   ┌────────────────┬────────────────┬────────────────┬────────────────────────────────────────────────────┐
   │ kind (4)       │ tcp-socket (4) │ streams: input, output (8)  │ pollables: socket's, input's, output's (12) │
   ├────────────────┼────────────────┴────┬───────────┬────────────┴─┬──────────────────────────────────────┤
   │ blocking (2)   │ quiet: in, out (2)  │ errno (4) │ ended (4)    │ ahead: chunk, start, end (12)        │
   ├────────────────┼─────────────────────┴───────────┴──────────────┴──────────────────────────────────────┤
   │ next free (4)  │ … (8)                                                                                 │
   └────────────────┴───────────────────────────────────────────────────────────────────────────────────────┘ */
export const SOCKET_KIND = 0;
/** Handles of resources, each above 0; 0: there is none. */
export const SOCKET_HANDLE = SOCKET_KIND + 4;
export const SOCKET_INPUT = SOCKET_HANDLE + 4;
export const SOCKET_OUTPUT = SOCKET_INPUT + 4;
export const SOCKET_POLLABLE = SOCKET_OUTPUT + 4;
export const SOCKET_INPUT_POLLABLE = SOCKET_POLLABLE + 4;
export const SOCKET_OUTPUT_POLLABLE = SOCKET_INPUT_POLLABLE + 4;
export const SOCKET_BLOCKING = SOCKET_OUTPUT_POLLABLE + 4;
/** Nothing was to be had in this direction when it was last tried: only its pollable can tell when that changes. */
export const SOCKET_QUIET_INPUT = SOCKET_BLOCKING + 2;
export const SOCKET_QUIET_OUTPUT = SOCKET_QUIET_INPUT + 1;
/** What went wrong and has not been told yet: of a connection that failed, or of bytes that were read ahead. */
export const SOCKET_ERRNO = SOCKET_QUIET_OUTPUT + 1;
export const SOCKET_ENDED = SOCKET_ERRNO + 4;
/** Bytes that were read before the program asked for them: the chunk (0: none), and what of it is left. */
export const SOCKET_AHEAD = SOCKET_ENDED + 4;
export const SOCKET_AHEAD_START = SOCKET_AHEAD + 4;
export const SOCKET_AHEAD_END = SOCKET_AHEAD_START + 4;
export const SOCKET_NEXT_FREE = SOCKET_AHEAD_END + 4;
export const SOCKET_SIZE = SOCKET_NEXT_FREE + 4 + 8;
