/**
 * The descriptors of a program on a 0.3 host, which has none: each number stands for a socket with its streams.
 *
 *      tcp-socket ──┬── stream of tcp-sockets            a listener
 *                   ├── connect, a subtask               a connection that is being made
 *                   ├── input: stream of bytes, and the future that says how it ended
 *                   └── output: stream of bytes, made by the first send
 *
 * Standard input has an input and no more, and the number 0 once it is open.
 *
 * A socket's record never moves: reads that are under way write there.
 */
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLRDHUP, EPOLLRDNORM, WRITABLE } from "../../abi/events";
import { entry, reach, SEGMENTS_SIZE } from "../../memory/segments";
import { CONNECTING, DATAGRAMS, FAILED, FIRST, FREE, INPUT, LISTENER } from "../socket-kinds";
import { RESULT_SIZE } from "./results";

/** The operations of a socket. An event ends each. */
export const READING: u32 = 1;
/** A write of no bytes, which ends when the host takes bytes again. */
export const WRITING: u32 = 2;
/** The read of the future that says how the input ended. */
export const SETTLING: u32 = 4;
/** The ends that are members of the set. */
export const INPUT_JOINED: u32 = 8;
export const OUTPUT_JOINED: u32 = 16;
/** The next probe has not begun. */
export const RESTING: u32 = 32;

/** Bytes read before the program asks for them; for a listener, handles of 4 bytes. */
export const PROBE: i32 = 256;

/*                          Socket of a WASI 0.3 host: one per fd, 332 bytes
   ┌────────┬──────────┬─────────────────┬────────────────┬────────────────────────────┬──────────────────────────┐
   │ fd (4) │ kind (4) │ under way (4)   │ tcp-socket (4) │ input and its future (8)   │ output (4), connect (4)  │
   ├────────┴──────────┼─────────────────┼────────────────┴────────────────────────────┼──────────────────────────┤
   │ unread: start,    │ errno (4)       │ blocking, ended, reset, silent (1 each)      │ result of the future (20)│
   │ end (8)           │                 │ next free (4)    resting: previous, next (8) │ send (4)                 │
   ├───────────────────┴─────────────────┴─────────────────────────────────────────────┴──────────────────────────┤
   │ probe: what was read ahead (256)                                                                              │
   └───────────────────────────────────────────────────────────────────────────────────────────────────────────────┘ */
@unmanaged
export class Socket {
  fd: i32;
  kind: u32;
  /** READING, WRITING, SETTLING, RESTING; INPUT_JOINED, OUTPUT_JOINED. */
  underWay: u32;
  /** Handles, each above 0; 0 if there is none. */
  handle: i32;
  input: i32;
  inputResult: i32;
  output: i32;
  connect: i32;
  /** The unread part of the probe. */
  start: i32;
  end: i32;
  /** An error that has not been reported yet. */
  errno: i32;
  blocking: bool;
  /** Nothing follows the unread bytes. */
  ended: bool;
  /** The connection is broken in both directions. */
  reset: bool;
  /** The output has ended: the program has shut it down, or the host takes no more. */
  silent: bool;
  /** For a free entry: one more than the entry freed before it. */
  nextFree: i32;
  /** For a resting socket: its neighbours, 0 at the ends. */
  previous: usize;
  next: usize;
  /** The memory of a datagram socket's send under way. */
  sendCall: usize;

  /** The address of the future's result. */
  get result(): usize {
    return changetype<usize>(this) + offsetof<Socket>();
  }

  get probe(): usize {
    return this.result + RESULT_SIZE;
  }

  get unread(): i32 {
    return this.end - this.start;
  }

  /** Whether a read, a write or the future's read is under way. */
  has(what: u32): bool {
    return (this.underWay & what) != 0;
  }

  set(what: u32): void {
    this.underWay |= what;
  }

  clear(what: u32): void {
    this.underWay &= ~what;
  }
}

const SIZE: u32 = offsetof<Socket>() + RESULT_SIZE + PROBE;

const table = memory.data(SEGMENTS_SIZE, 8);
let used: i32 = 0;
/** One more than the newest free entry; 0 if there is none. */
let free: i32 = 0;

const input = changetype<Socket>(memory.data(SIZE, 8));

function at(index: i32): Socket {
  return changetype<Socket>(entry(table, index, SIZE));
}

/** The socket of a descriptor; null if there is none. */
export function socketOf(fd: i32): Socket | null {
  if (fd < FIRST || fd >= FIRST + used) return fd == input.fd && input.kind == INPUT ? input : null;
  const socket = at(fd - FIRST);
  return socket.kind == FREE ? null : socket;
}

/** A descriptor for a tcp-socket; null if memory cannot grow. */
export function enter(kind: u32, handle: i32): Socket | null {
  let index = free - 1;
  if (index < 0) {
    if (!reach(table, used, SIZE)) return null;
    index = used++;
  } else free = at(index).nextFree;
  const socket = at(index);
  memory.fill(changetype<usize>(socket), 0, offsetof<Socket>());
  socket.fd = FIRST + index;
  socket.kind = kind;
  socket.handle = handle;
  return socket;
}

/** Standard input before it is opened. */
export function enterInput(): Socket {
  input.kind = INPUT;
  return input;
}

/** Frees the number; standard input keeps its own. */
export function leave(socket: Socket): void {
  const wasInput = socket.kind == INPUT;
  socket.kind = FREE;
  if (wasInput) return;
  socket.nextFree = free;
  free = socket.fd - FIRST + 1;
}

export function hasDatagrams(socket: Socket): bool {
  return socket.kind >= DATAGRAMS;
}

/** The known readiness of a socket, in the bits of `sys/epoll.h`. */
export function readinessOf(socket: Socket): u32 {
  const kind = socket.kind;
  if (kind == CONNECTING) return 0;
  if (kind == FAILED) {
    return EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLHUP | WRITABLE | (socket.errno != 0 ? EPOLLERR : 0);
  }
  // A socket with no operation under way does not know its readiness: the program's own call finds out.
  const readable = socket.unread > 0 || socket.ended || !socket.has(READING | SETTLING | RESTING);
  let readiness: u32 = readable ? EPOLLIN | EPOLLRDNORM : 0;
  if (kind == LISTENER) return readiness;
  if (kind == INPUT) return readiness | (socket.ended ? EPOLLHUP : 0) | (socket.errno != 0 ? EPOLLERR : 0);
  if (!socket.has(WRITING)) readiness |= WRITABLE;
  if (socket.ended) readiness |= EPOLLRDHUP;
  if (socket.reset || (socket.ended && socket.silent)) readiness |= EPOLLHUP;
  if (socket.errno != 0) readiness |= EPOLLERR;
  return readiness;
}
