/**
 * The ready file: a descriptor through which the host passes wakeups to a guest that asks for them. It has three verbs.
 *
 * - fd_write submits operations (`operation.ts`). The host writes each result into its record before the call returns.
 * - fd_read returns queued wakeups, as many as fit into the buffer. It never sleeps: if none is queued, it returns EAGAIN.
 * - poll_oneoff, subscribed to fd_read, sleeps until a wakeup is queued. The subscription may name a buffer for wakeups, which
 *   saves the fd_read; or an array of `struct pollfd`: then the sleep is poll(2) over it, as OP_LOOK is without a sleep.
 */

/**
 * Its descriptor (".PLX"), above every number that a descriptor table assigns and below INSTANCE_FD_BASE. fd_fdstat_get opens
 * the file. Until then the number is EBADF, like any closed number.
 */
export const READY_FILE = 0x2e504c58;

/*                          Wakeup, 8 bytes
   ┌────────┬──────────┬───────────┐
   │ fd (4) │ mask (2) │ ready (2) │
   └────────┴──────────┴───────────┘ */
export const WAKEUP_FD = 0;
/** The mask under which fd was armed. At most one wakeup is queued for each (fd, mask). */
export const WAKEUP_MASK = WAKEUP_FD + 4;
/** The readiness under the mask. */
export const WAKEUP_READY = WAKEUP_MASK + 2;
export const WAKEUP_SIZE = WAKEUP_READY + 2;

/*                          A subscription to fd_read of the ready file, in the part that WASI leaves unused
   ┌────────────────────────┬────────────┬────────────┬─────────────┬────────────┬───────┐
   │ userdata, tag, fd (24) │ buffer (4) │ length (4) │ pollfds (4) │ length (4) │ … (8) │
   └────────────────────────┴────────────┴────────────┴─────────────┴────────────┴───────┘ */
/** The buffer for wakeups; 0 for none. The event's nbytes is the number of bytes that poll_oneoff has written there. */
export const SUBSCRIPTION_WAKEUPS = 24;
/** The length of that buffer in bytes. */
export const SUBSCRIPTION_WAKEUPS_LENGTH = SUBSCRIPTION_WAKEUPS + 4;
/**
 * Since version 1.2. The array of `struct pollfd`; 0 for none. The call then sleeps until an entry has revents, which the host writes
 * into each. A buffer for wakeups is not used. Only a relative monotonic clock may stand before this subscription; with any other
 * array of subscriptions, its event is EINVAL, as it is for a misaligned array and for more than MAX_LOOKS entries.
 */
export const SUBSCRIPTION_POLLFDS = SUBSCRIPTION_WAKEUPS_LENGTH + 4;
/** The length of that array in bytes. */
export const SUBSCRIPTION_POLLFDS_LENGTH = SUBSCRIPTION_POLLFDS + 4;
/** In the event of such a subscription, in the part that WASI leaves unused: the number of entries with revents (4 bytes). */
export const EVENT_POLLFDS = 28;
