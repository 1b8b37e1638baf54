/**
 * The structures of the guest alone in linear memory. `abi/` has those that it shares with the host. All fields are
 * little-endian, and aligned to their size. Pointers are 4 bytes; 0 is null.
 */

/** Something that can be watched: a descriptor of the host, or an epoll instance. */
@unmanaged
export class Watched {
  /** The watches on it, linked by `next`: exclusive ones last and in the order of their ADD, the others first. */
  firstWatch: Watch | null;
  lastWatch: Watch | null;
}

/*                          Descriptor: one per fd, 24 bytes
   ┌──────────────────────┬────────────────┬──────────────────────────────────────────┬───────────────────┐
   │ watches: first, last │ generation (4) │ subscription index + 1: read, write (8)  │ taken in turn (4) │
   │ (8)                  │                │                                          │                   │
   └──────────────────────┴────────────────┴──────────────────────────────────────────┴───────────────────┘ */
@unmanaged
export class Descriptor extends Watched {
  /** Counts the lives of the number: a wakeup with another count belongs to a closed descriptor. */
  generation: u32;
  /** Index + 1 in the subscription array; 0: not armed. */
  readSlot: u32;
  writeSlot: u32;
  /** The turn in which a sleeping exclusive watch took this descriptor's wakeup. */
  takenTurn: u32;
}

/*                          Watch: one per (epoll instance, fd), 64 bytes
   ┌────────┬──────────────┬────────────┬───────────┬───────────────┬───────────┬───────────┬────────────┐
   │ fd (4) │ instance (4) │ events (4) │ known (4) │ user data (8) │ state (1) │ waits (1) │ armed (2)  │
   ├────────┴──┬───────────┴────────────┴──┬────────┴─┬─────────────┴───────────┴──┬────────┴──┬─────────┤
   │ turn (4)  │ ready list: next, prev (8)│ next (4) │ instance: next, prev (8)   │ since (8) │ … (4)   │
   └───────────┴───────────────────────────┴──────────┴────────────────────────────┴───────────┴─────────┘ */
@unmanaged
export class Watch {
  fd: i32;
  instance: Instance;
  /** As given to ctl: readiness bits, and the flags above them. */
  events: u32;
  /** The readiness when it was last seen, including unrequested bits. */
  known: u32;
  data: u64;
  /** IDLE, QUEUED or SILENT (`engine/trigger.ts`). */
  state: u8;
  /** Level source: the directions in which an edge-triggered watch still waits (1 read, 2 write). */
  waits: u8;
  /** Edge source: the mask under which its wakeups come. */
  armed: u16;
  /** The turn that saw `known`. */
  turn: u32;
  readyNext: Watch | null;
  readyPrev: Watch | null;
  /** The next watch on the same descriptor or instance; of a free watch, the next free one. */
  next: Watch | null;
  /** The neighbours among the watches of its instance. */
  nextMember: Watch | null;
  prevMember: Watch | null;
  /** The last delivery before it was added or modified: its earlier events are not current. */
  since: u64;
}

/*                          Epoll instance, 48 bytes
   ┌──────────────────────────┬──────────────────────┬─────────────────────┬─────────────────────────────┐
   │ watches: first, last (8) │ epoll descriptor (4) │ ready count (4)     │ ready list: head, tail (8)  │
   ├──────────────────────────┼──────────────────────┼─────────────────────┼─────────────┬───────────────┤
   │ first member (4)         │ asleep (4)           │ last delivery (8)   │ quiet (4)   │ next free (4) │
   └──────────────────────────┴──────────────────────┴─────────────────────┴─────────────┴───────────────┘ */
@unmanaged
export class Instance extends Watched {
  /** The descriptor. A free instance has its complement, which is negative. */
  fd: i32;
  readyCount: u32;
  readyHead: Watch | null;
  readyTail: Watch | null;
  /** Its own watches, linked by `nextMember`. */
  firstMember: Watch | null;
  /** The number of callers that sleep in a wait on it. */
  asleep: u32;
  /** The number of its last delivery; 0 if there was none. Deliveries are numbered from 1, over all instances. */
  lastDelivery: u64;
  /** Watches on the ready list that are known not to be ready: a wait may sleep although they are queued. */
  quiet: u32;
  nextFree: Instance | null;
}

/*                          Socket of a WASI 0.2 host: one per fd, 64 bytes
   ┌────────────────┬────────────────┬────────────────┬────────────────────────────────────────────────────┐
   │ kind (4)       │ tcp-socket (4) │ streams: input, output (8)  │ pollables: socket's, input's, output's (12) │
   ├────────────────┼────────────────┴────┬───────────┬────────────┴─┬──────────────────────────────────────┤
   │ blocking, bulk │ quiet: in, out (2)  │ errno (4) │ ended (4)    │ ahead: chunk, start, end (12)        │
   ├────────────────┼─────────────────────┴───────────┴──────────────┴──────────────────────────────────────┤
   │ next free (4)  │ datagram (4)        │ … (4)                                                           │
   └────────────────┴───────────────────────────────────────────────────────────────────────────────────────┘ */
export const SOCKET_KIND = 0;
/** Handles of resources; 0: none. */
export const SOCKET_HANDLE = SOCKET_KIND + 4;
export const SOCKET_INPUT = SOCKET_HANDLE + 4;
export const SOCKET_OUTPUT = SOCKET_INPUT + 4;
export const SOCKET_POLLABLE = SOCKET_OUTPUT + 4;
export const SOCKET_INPUT_POLLABLE = SOCKET_POLLABLE + 4;
export const SOCKET_OUTPUT_POLLABLE = SOCKET_INPUT_POLLABLE + 4;
export const SOCKET_BLOCKING = SOCKET_OUTPUT_POLLABLE + 4;
/** Whether the last read was large, and whether the pollable has been believed since. */
export const SOCKET_BULK = SOCKET_BLOCKING + 1;
/** Whether only the pollable is asked about a direction (\`sys/wasip2/sockets.ts\`). */
export const SOCKET_QUIET_INPUT = SOCKET_BULK + 1;
export const SOCKET_QUIET_OUTPUT = SOCKET_QUIET_INPUT + 1;
/** An error that the program has not seen yet, of a failed connection or of a read ahead. */
export const SOCKET_ERRNO = SOCKET_QUIET_OUTPUT + 1;
export const SOCKET_ENDED = SOCKET_ERRNO + 4;
/** Bytes read ahead of the program: the chunk (0: none), and the start and end of the rest. */
export const SOCKET_AHEAD = SOCKET_ENDED + 4;
export const SOCKET_AHEAD_START = SOCKET_AHEAD + 4;
export const SOCKET_AHEAD_END = SOCKET_AHEAD_START + 4;
export const SOCKET_NEXT_FREE = SOCKET_AHEAD_END + 4;
/** The state of a datagram socket (\`sys/wasip2/datagrams.ts\`). */
export const SOCKET_DATAGRAM = SOCKET_NEXT_FREE + 4;
export const SOCKET_SIZE = SOCKET_DATAGRAM + 4 + 4;
