import type { SocketAddress } from "../../addresses/socket-address.ts";
import type {
  Adoption,
  Batches,
  BoundStreams,
  Datagrams,
  DeferredListening,
  Inheritance,
  RecvFlags,
  SocketOptions,
  UnixPaths,
} from "./capabilities.ts";
import type { IoVector } from "./io-vector.ts";

/**
 * A driver owns the sockets of a host, its clock and its random numbers: the calls of `Streams`, `Waits` and `Clock`.
 * Capabilities are calls of some drivers only.
 *
 * - A _handle_ is a number that the driver assigns; for the posix driver, an operating system descriptor. Guests never
 *   see handles.
 * - No call blocks except `poll` and `EdgeQueue.park`, the host's two ways to sleep.
 * - A call returns a count or a handle (0 or more), or a negated WASI errno (`-Errno.AGAIN`). Only the calls that open a socket at
 *   an address, which comes from users, throw: a `SystemError` with Node's `code` and `syscall`.
 * - Bytes move directly between the socket and `bytes`: a linear memory, or another Uint8Array. The caller has checked
 *   offset and length.
 */
export interface Driver extends Streams, Waits, Clock {
  readonly name: string;

  readonly datagrams?: Datagrams;
  readonly bound?: BoundStreams;
  readonly options?: SocketOptions;
  readonly adoption?: Adoption;
  readonly inheritance?: Inheritance;
  readonly unixPaths?: UnixPaths;
  readonly batches?: Batches;
  readonly deferredListening?: DeferredListening;

  /** Closes every open handle. */
  dispose(): void;
}

/** Connections, Unix pairs and pipes. */
interface Streams {
  /** Opens a listener with SO_REUSEADDR. Port 0 lets the system choose. */
  listen(address: SocketAddress, backlog?: number): number;
  /** Starts a connection. The handle is writable when connected, and has ERR if it failed. */
  connect(address: SocketAddress): number;
  /** Opens two connected streams. */
  socketPair(): [number, number];
  /** Opens a pipe: [read end, write end]. */
  pipe(): [number, number];
  /** Accepts a connection. Returns its handle, or a negated errno: -EAGAIN if none is waiting. */
  accept(listener: number): number;
  /** Receives up to `length` bytes; 0 is the end of the stream. */
  recv(handle: number, bytes: Uint8Array, offset: number, length: number, flags: RecvFlags): number;
  /** Sends up to `length` bytes. Returns a short count, or -EAGAIN if the buffer is full. */
  send(handle: number, bytes: Uint8Array, offset: number, length: number): number;
  /**
   * Receives into several buffers, as recvmsg(2) and readv(2). The vector has at least one buffer and is not changed.
   */
  recvVector(handle: number, bytes: Uint8Array, vector: IoVector): number;
  /** Sends several buffers together, as sendmsg(2) and writev(2): in one segment if they fit. */
  sendVector(handle: number, bytes: Uint8Array, vector: IoVector): number;
  /** Shuts down the read side (1), the write side (2), or both (3), as WASI's sdflags. */
  shutdown(handle: number, how: number): number;
  /** Closes a handle. Returns 0 or -EBADF. The number can be reused. */
  close(handle: number): number;
  /** Number of readable bytes (FIONREAD); 0 if unknown. */
  available(handle: number): number;
  /** Returns and clears the pending error of a socket as a WASI errno (SO_ERROR); 0 for none. */
  takeError(handle: number): number;
  /** The local address; undefined if there is none. getsockname(2) */
  localAddress(handle: number): SocketAddress | undefined;
  /** The peer's address; undefined if there is no peer. getpeername(2) */
  peerAddress(handle: number): SocketAddress | undefined;
}

/** Present readiness, sleeps for it, and wakeups. */
interface Waits {
  /**
   * poll(2): `fds` is an array of `struct pollfd`, two 32-bit words each (handle; events in the low half of the second
   * word, revents written to its high half), as `pollfd.ts` packs them. Sleeps for at most `timeout` nanoseconds
   * (Infinity: for ever), until an entry is ready or, with `edges`, until a wakeup is queued. May return early with 0
   * (a signal): the caller knows its deadline. `fds` has room for one entry more, which the driver may use. Returns the
   * number of entries with revents, or a negated errno.
   */
  poll(fds: Int32Array, count: number, timeout: number, edges?: EdgeQueue): number;
  /** Same as `poll`, with the event loop free. `cancel` ends the wait early with 0. */
  pollAsync(
    fds: Int32Array,
    count: number,
    timeout: number,
    edges: EdgeQueue | undefined,
    cancel: AbortSignal,
  ): Promise<number>;
  /**
   * Opens a queue of wakeups, which a ready file reads. `poll` and `pollAsync` take only queues of their own driver.
   */
  edges(): EdgeQueue;
}

/** The guest's clock and random numbers, so that a simulated driver controls both. */
interface Clock {
  /** Nanoseconds since an arbitrary moment: the guest's monotonic clock, which also ends the driver's sleeps. */
  now(): bigint;
  /** Nanoseconds since 1970-01-01: the guest's time of day. */
  timeOfDay(): bigint;
  /**
   * Fills `bytes` with random numbers for the guest: cryptographically strong, unless the driver is deterministic.
   *
   * @param bytes not in shared memory
   */
  random(bytes: Uint8Array): void;
}

/**
 * A queue of wakeups: at most one for each (key, mask), and none is lost. The key is the number that the arming side
 * uses for the handle: the guest's descriptor.
 */
export interface EdgeQueue {
  /**
   * From now on a wakeup on `handle` that concerns `mask` is queued as (key, mask). Arming twice is arming once.
   * A handle that is ready already causes no wakeup. The number of masks is not limited: a driver that cannot separate all masks
   * reports spurious wakeups, but loses none. Returns 0, -EPERM if the handle cannot be polled, or the system's errno.
   */
  arm(handle: number, mask: number, key: number): number;
  /** Disarms one mask of `key` and drops its wakeups. */
  disarm(handle: number, mask: number, key: number): void;
  /** Disarms all masks of `key` and drops their wakeups. Call it before the handle is closed. */
  forget(handle: number, key: number): void;
  /**
   * Moves up to `room` wakeups to `view` at `offset`, oldest first within a mask, as the ready file's records: u32 key,
   * u16 mask, u16 readiness under the mask at its collection. Returns their number, or a negated errno.
   */
  take(view: DataView, offset: number, room: number): number;
  /** A handle that is readable while wakeups are queued, to poll with others. -1 or undefined: call `park`. */
  readonly handle?: number;
  /**
   * Sleeps until a wakeup is queued, at most `timeout` nanoseconds; may return early. Returns 1 if a wakeup is queued,
   * else 0, or the negated errno of a refused sleep.
   */
  park(timeout: number): number;
  /** Disarms everything and closes the queue. */
  close(): void;
}
