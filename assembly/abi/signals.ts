/** Signals that a program can catch, with WASI's numbers (witx, `$signal`), which are also Linux's. */

/** The terminal is gone; by custom, read the settings again. */
export const SIGHUP = 1;
/** Ctrl-C. */
export const SIGINT = 2;
/** The request to end. */
export const SIGTERM = 15;
/** The bits of all of them in OP_SIGNALS: signal n has bit n. */
export const CATCHABLE = (1 << SIGHUP) | (1 << SIGINT) | (1 << SIGTERM);
