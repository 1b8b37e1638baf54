/**
 * Where the engine keeps its state (`memory/layout.ts`), for observers of a program: `pollux run --explain`, and the live page.
 *
 * A module exports the table of its epoll instances as `pollux_instances`, an immutable global (`standard/transform.mjs`).
 * core.wasm exports its table of descriptors too, as `pollux_descriptors`. A test compares these offsets with the compiler's.
 */

/*                          Table of instances, and of descriptors (`memory/segments.ts`)
   ┌───────────────────────┬────────────────────┐
   │ segments in use (4)   │ bases (4 each)     │    entry n is at base + n * INSTANCE_SIZE or DESCRIPTOR_SIZE
   └───────────────────────┴────────────────────┘ */
export const TABLE_SEGMENTS = 0;
export const TABLE_BASES = TABLE_SEGMENTS + 4;
/** The first segment has 2^6 entries, and each later one as many as all before it. */
export const TABLE_FIRST_BITS = 6;

/** What can be watched, an instance or a descriptor, begins with the watches on it; 0 for none. */
export const WATCHED_FIRST_WATCH = 0;
export const WATCHED_LAST_WATCH = WATCHED_FIRST_WATCH + 4;
export const WATCHED_SIZE = WATCHED_LAST_WATCH + 4;

export const DESCRIPTOR_GENERATION = WATCHED_SIZE;
export const DESCRIPTOR_READ_SLOT = DESCRIPTOR_GENERATION + 4;
export const DESCRIPTOR_WRITE_SLOT = DESCRIPTOR_READ_SLOT + 4;
export const DESCRIPTOR_TAKEN_TURN = DESCRIPTOR_WRITE_SLOT + 4;
export const DESCRIPTOR_SIZE = DESCRIPTOR_TAKEN_TURN + 4;

export const INSTANCE_FD = WATCHED_SIZE;
export const INSTANCE_READY_COUNT = INSTANCE_FD + 4;
/** The first watch on the ready list; 0 for none. */
export const INSTANCE_READY_HEAD = INSTANCE_READY_COUNT + 4;
export const INSTANCE_READY_TAIL = INSTANCE_READY_HEAD + 4;
/** The first of its watches; 0 for none. */
export const INSTANCE_FIRST_MEMBER = INSTANCE_READY_TAIL + 4;
export const INSTANCE_ASLEEP = INSTANCE_FIRST_MEMBER + 4;
export const INSTANCE_LAST_DELIVERY = INSTANCE_ASLEEP + 4;
export const INSTANCE_QUIET = INSTANCE_LAST_DELIVERY + 8;
export const INSTANCE_NEXT_FREE = INSTANCE_QUIET + 4;
export const INSTANCE_SIZE = INSTANCE_NEXT_FREE + 4;

export const WATCH_FD = 0;
export const WATCH_INSTANCE = WATCH_FD + 4;
/** Readiness bits that the program asked for, and the flags above them. */
export const WATCH_EVENTS = WATCH_INSTANCE + 4;
export const WATCH_KNOWN = WATCH_EVENTS + 4;
export const WATCH_DATA = WATCH_KNOWN + 4;
/** WATCH_IDLE, WATCH_QUEUED or WATCH_SILENT. */
export const WATCH_STATE = WATCH_DATA + 8;
export const WATCH_WAITS = WATCH_STATE + 1;
export const WATCH_ARMED = WATCH_WAITS + 1;
/** The turn that saw `known`; WATCH_CERTAIN if the program met EAGAIN or a short count: not ready until a wakeup. */
export const WATCH_TURN = WATCH_ARMED + 2;
/** The next watch on the ready list. */
export const WATCH_READY_NEXT = WATCH_TURN + 4;
export const WATCH_READY_PREV = WATCH_READY_NEXT + 4;
/** The next watch on the same descriptor or instance. */
export const WATCH_NEXT = WATCH_READY_PREV + 4;
/** The next watch of its instance. */
export const WATCH_NEXT_MEMBER = WATCH_NEXT + 4;
export const WATCH_PREV_MEMBER = WATCH_NEXT_MEMBER + 4;
/** Aligned to its 8 bytes. */
export const WATCH_SINCE = WATCH_PREV_MEMBER + 8;
export const WATCH_SIZE = WATCH_SINCE + 8;

export const WATCH_CERTAIN = 0xffffffff;

/** Waits for a wakeup. */
export const WATCH_IDLE = 0;
/** On the ready list. */
export const WATCH_QUEUED = 1;
/** A one-shot that has been delivered: ignores wakeups until EPOLL_CTL_MOD. */
export const WATCH_SILENT = 2;
