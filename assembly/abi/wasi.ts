/** Records of WASI preview1 (witx) that guest and host both read: those of poll_oneoff, and fdstat. */

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

/** Tags of subscriptions, and types of events (witx, $eventtype). */
export const CLOCK = 0;
export const FD_READ = 1;
export const FD_WRITE = 2;

/** Flag of a subscription to a clock: its timeout is a point in time (witx, $subclockflags). */
export const SUBSCRIPTION_CLOCK_ABSTIME = 1;
/** Flag of an event: the peer has closed its end (witx, $eventrwflags). */
export const FD_READWRITE_HANGUP = 1;

/** witx, $clockid. */
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;

/*                          WASI fdstat (witx, $fdstat), 24 bytes
   ┌──────────────┬───────┬───────────┬───────┬────────────┬───────────────────────┐
   │ filetype (1) │ … (1) │ flags (2) │ … (4) │ rights (8) │ inherited rights (8)  │
   └──────────────┴───────┴───────────┴───────┴────────────┴───────────────────────┘ */
export const FDSTAT_FILETYPE = 0;
export const FDSTAT_FLAGS = FDSTAT_FILETYPE + 2;
export const FDSTAT_RIGHTS = FDSTAT_FLAGS + 6;
export const FDSTAT_INHERITED_RIGHTS = FDSTAT_RIGHTS + 8;
export const FDSTAT_SIZE = FDSTAT_INHERITED_RIGHTS + 8;
