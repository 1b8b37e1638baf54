/**
 * The contract between the host and whatever owns the sockets.
 *
 * - A *handle* is a number that the driver gave out (for the posix driver an operating system descriptor). Handles are
 *   never shown to a guest.
 * - Nothing here blocks, except `poll` and `EdgeQueue.park`, which are the host's two ways to sleep.
 * - A call returns a count or handle >= 0, or a negated WASI errno (`-Errno.AGAIN`). Only `listen`, `connect` and
 *   `datagrams`, which are called with what a person typed, throw; a `SystemError` with Node's `code` and `syscall`.
 * - Bytes go between `bytes` (all of a linear memory, or any other Uint8Array) and the socket directly. The caller has
 *   checked offset and length.
 */
export interface Driver {
  readonly name: string;
  /** What can be promised of it, for `docs` and for tests: never used to choose a path inside the host. */
  readonly supports: { readonly adopt: boolean };

  /** Binds and listens, with SO_REUSEADDR. Port 0 lets the system choose. */
  listen(address: SocketAddress, backlog?: number): number;
  /**
   * Of a driver that cannot answer within the call: resolves when a handle that `listen` has given has its address. Rejects
   * with what `listen` would have thrown, and the handle is closed then.
   */
  opened?(handle: number, address: SocketAddress): Promise<void>;
  /** Of a driver that cannot adopt: a socket that listens already, by the operating system's descriptor. */
  inherit?(osDescriptor: number): number;
  /**
   * Of a driver that cannot adopt: a handle that reads the process's standard input, where that is something to wait for; -1
   * for a file, which is always ready.
   */
  standardInput?(): number;
  /** Starts a connection; the handle is writable when it is made, and has ERR when it failed. */
  connect(address: SocketAddress): number;
  /** Two connected streams. */
  socketPair(): [number, number];
  /** A one-way channel: [read end, write end]. */
  pipe(): [number, number];
  /** Takes over an operating system descriptor, which the driver will not close unless `close` is called. */
  adopt(osDescriptor: number): number;

  accept(listener: number): number;
  /** Up to `length` bytes; 0 is end of stream. */
  recv(handle: number, bytes: Uint8Array, offset: number, length: number, flags: RecvFlags): number;
  send(handle: number, bytes: Uint8Array, offset: number, length: number): number;
  /**
   * Many receives and sends, in their order, each as `recv` or `send`: a list as in `transfers.ts`. A driver that has nothing
   * better has no such call.
   */
  transfer?(list: Int32Array, count: number, bytes: Uint8Array): void;
  /**
   * A datagram socket (UDP) at `address`; port 0 lets the system choose. Throws as `listen` does. It is a handle like any
   * other: `poll`, `edges`, `close`, `localAddress`, `peerAddress`, `takeError`; after `connectDatagrams` also `send`.
   */
  datagrams(address: SocketAddress): number;
  /** connect(2) of a datagram socket: `send` goes to `peer`, and nothing comes from elsewhere. 0, or a negated errno. */
  connectDatagrams(handle: number, peer: SocketAddress): number;
  /** One datagram. -EMSGSIZE where it is too long for one; that it arrives is not promised. */
  sendTo(handle: number, bytes: Uint8Array, offset: number, length: number, to: SocketAddress): number;
  /** The oldest datagram: its own length, which is over `length` where the rest was cut off; its sender in `from`. */
  recvFrom(
    handle: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    flags: RecvFlags,
    from: MutableAddress,
  ): number;
  /** `how`: 1 the read side, 2 the write side, 3 both (WASI's sdflags). */
  shutdown(handle: number, how: number): number;
  close(handle: number): number;
  /** Bytes that can be read now (FIONREAD); 0 where there is no such count. */
  available(handle: number): number;
  /** The pending error of a socket as a WASI errno, cleared by asking (SO_ERROR); 0 for none. */
  takeError(handle: number): number;
  localAddress(handle: number): SocketAddress | undefined;
  peerAddress(handle: number): SocketAddress | undefined;

  /**
   * poll(2): `fds` is an array of `struct pollfd`, two 32-bit words each (handle; events in the low half of the second
   * word, revents written to its high half), as `pollfd.ts` packs them. Sleeps for at most `timeout` nanoseconds
   * (Infinity: for ever), until an entry is ready or, with `edges`, until a wakeup is queued. May return early with 0
   * (a signal): the caller knows its deadline. `fds` has room for one entry more, which the driver may use. Returns the
   * number of entries with revents, or a negated errno.
   */
  poll(fds: Int32Array, count: number, timeout: number, edges?: EdgeQueue): number;
  /** The same, leaving the event loop free. `cancel` ends the wait early with 0. */
  pollAsync(
    fds: Int32Array,
    count: number,
    timeout: number,
    edges: EdgeQueue | undefined,
    cancel: AbortSignal,
  ): Promise<number>;

  /** Monotonic nanoseconds, for a driver that has a clock of its own: then this is the guest's time too. */
  now?(): bigint;

  /** A new queue of wakeups: what stands behind one ready file. */
  edges(): EdgeQueue;
  /** Closes every handle that is still open. */
  dispose(): void;
}

/** WASI's riflags: 1 peek, 2 wait for all (which is the host's to do, and ignored here). */
export type RecvFlags = number;

/** `host` is an IPv4 or IPv6 literal; or a path, with port -1, for Unix sockets. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** Where an address is written, so that receiving allocates nothing but the text. */
export interface MutableAddress {
  host: string;
  port: number;
}

/**
 * Wakeups, kept apart by (key, mask) as DESIGN's ready file wants them: at most one queued for each, never lost. The key
 * is whatever the arming side calls the handle: the guest's descriptor.
 */
export interface EdgeQueue {
  /**
   * From now on a wakeup on `handle` that concerns `mask` is queued as (key, mask). Arming twice is arming once. The
   * readiness at this moment is no wakeup. Returns 0, -EPERM for what cannot be polled, or -ENOSPC.
   */
  arm(handle: number, mask: number, key: number): number;
  disarm(handle: number, mask: number, key: number): void;
  /** Ends all masks of `key` and drops what is queued for it. To be called before the handle is closed. */
  forget(handle: number, key: number): void;
  /**
   * Moves up to `room` wakeups to `view` at `offset`, oldest first within a mask, as the ready file's records: u32 key,
   * u16 mask, u16 readiness under the mask when it was collected. Returns how many.
   */
  take(view: DataView, offset: number, room: number): number;
  /**
   * For who polls other handles too: this one is readable while wakeups are queued. -1 or nothing: `park` has to be asked.
   */
  readonly handle?: number;
  /** Sleeps until a wakeup is queued, at most `timeout` nanoseconds. Returns 1 where one is, 0 else; may return early. */
  park(timeout: number): number;
  close(): void;
}
