/**
 * One record for all requests to the ready file and to the ring. fd_write to the ready file submits an array of them: they
 * complete at once, and the host writes each `result`. The ring (`ring.ts`) takes the same records and completes them later.
 */

/*                          Operation, 32 bytes
   ┌────────┬────────┬────────────┬────────────┬───────────────┬────────────┬──────────┐
   │ op (4) │ fd (4) │ buffer (4) │ length (4) │ user data (8) │ result (4) │ mask (4) │
   └────────┴────────┴────────────┴────────────┴───────────────┴────────────┴──────────┘ */
export const OPERATION_OP = 0;
export const OPERATION_FD = OPERATION_OP + 4;
export const OPERATION_BUFFER = OPERATION_FD + 4;
/** The length of the buffer in bytes. */
export const OPERATION_LENGTH = OPERATION_BUFFER + 4;
/** The ring returns it with the completion. The ready file does not read it. */
export const OPERATION_DATA = OPERATION_LENGTH + 4;
/** From the ready file: a count, a descriptor, or a negated errno. */
export const OPERATION_RESULT = OPERATION_DATA + 8;
/** OP_ARM and OP_STOP: readiness bits (`events.ts`). OP_SIGNALS: bits of signals (`signals.ts`). */
export const OPERATION_MASK = OPERATION_RESULT + 4;
export const OPERATION_SIZE = OPERATION_MASK + 4;

/** Does nothing. Ring only. */
export const OP_NOP = 0;
/** sock_recv into the buffer. The result is a count; 0 is end of stream. */
export const OP_RECV = 1;
/** sock_send from the buffer. The result is a count, which may be short. */
export const OP_SEND = 2;
/** sock_accept of a non-blocking stream. The result is its descriptor. */
export const OP_ACCEPT = 3;
/**
 * From now on, queues a wakeup when something happens on fd that concerns the mask. Readiness at this moment queues no
 * wakeup. Ready file only. The result is 0, -EBADF, -EPERM (poll cannot wait for fd), or an error of the driver.
 */
export const OP_ARM = 4;
/** Stops queueing wakeups for (fd, mask). Ready file only. */
export const OP_STOP = 5;
/**
 * poll(2) without a sleep: the buffer is an array of `struct pollfd`, and the host writes each revents. The ready file's own
 * number is POLLIN while wakeups are queued. Ready file only. The result is the number of entries with revents.
 */
export const OP_LOOK = 6;
/**
 * Exchanges versions (`version.ts`): the guest's is in the field of fd, and the result is the host's. Ready file only.
 */
export const OP_VERSION = 7;
/**
 * Catches the signals of the mask and no others: each is written as a byte, its number, to a descriptor, in place of its default
 * action. Ready file only. The result is the descriptor, the same one while it is open; -EINVAL for another signal; -ENOTSUP if
 * the host delivers no signals. `pollux run` delivers them to modules that import `proc_raise`.
 */
export const OP_SIGNALS = 8;

/** The most operations in one fd_write. With more, fd_write returns a short count. */
export const MAX_OPERATIONS = 64;
/** The most entries of one OP_LOOK. More are -EINVAL. */
export const MAX_LOOKS = 65_536;
