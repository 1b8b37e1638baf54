/**
 * Where the engine keeps its state (`memory/layout.ts`), for observers of a program: `pollux run --explain`.
 *
 * A module exports the table of its epoll instances as `pollux_instances`, an immutable global (`standard/transform.mjs`).
 * A test compares these offsets with the compiler's.
 */

/*                          Table of instances (`memory/segments.ts`)
   ┌───────────────────────┬────────────────────┐
   │ segments in use (4)   │ bases (4 each)     │    instance n is at base + n * INSTANCE_SIZE
   └───────────────────────┴────────────────────┘ */
export const TABLE_SEGMENTS = 0;
export const TABLE_BASES = TABLE_SEGMENTS + 4;
/** The first segment has 2^6 entries, and each later one as many as all before it. */
export const TABLE_FIRST_BITS = 6;

export const INSTANCE_FD = 8;
export const INSTANCE_READY_COUNT = INSTANCE_FD + 4;
/** The first watch on the ready list; 0 for none. */
export const INSTANCE_READY_HEAD = INSTANCE_READY_COUNT + 4;
/** The first of its watches; 0 for none. */
export const INSTANCE_FIRST_MEMBER = INSTANCE_READY_HEAD + 8;
export const INSTANCE_SIZE = 48;

export const WATCH_FD = 0;
/** Readiness bits that the program asked for, and the flags above them. */
export const WATCH_EVENTS = WATCH_FD + 8;
/** WATCH_IDLE, WATCH_QUEUED or WATCH_SILENT. */
export const WATCH_STATE = WATCH_EVENTS + 16;
/** The turn that saw `known`; WATCH_CERTAIN if the program met EAGAIN or a short count: not ready until a wakeup. */
export const WATCH_TURN = WATCH_STATE + 4;
/** The next watch on the ready list. */
export const WATCH_READY_NEXT = WATCH_TURN + 4;
/** The next watch of its instance. */
export const WATCH_NEXT_MEMBER = WATCH_READY_NEXT + 12;
export const WATCH_SIZE = 64;

export const WATCH_CERTAIN = 0xffffffff;

/** Waits for a wakeup. */
export const WATCH_IDLE = 0;
/** On the ready list. */
export const WATCH_QUEUED = 1;
/** A one-shot that has been delivered: ignores wakeups until EPOLL_CTL_MOD. */
export const WATCH_SILENT = 2;
