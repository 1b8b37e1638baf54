/**
 * The object of a handle, and its wakeups.
 *
 * Readiness and wakeups are the Linux kernel's (6.18), bit by bit and event by event. A wakeup carries a *key*, the
 * bits that it may have made ready, and concerns a watch if key & (mask | ERR | HUP) is not 0; a key of 0 concerns
 * every watch.
 *
 * unix: two streams of messages; one send makes one message or several      (net/unix/af_unix.c)
 *   send                               peer  IN PRI RDNORM RDBAND     for each message, whatever lay there before
 *   recv that uses a message up        peer  OUT WRNORM WRBAND        if the peer is OUT then; a part of one wakes nobody
 *   shutdown, in any direction         self 0, peer 0                 always, the second time too
 *   close                              peer 0, then OUT WRNORM WRBAND where unread messages were thrown away
 *   OUT while at most a quarter of the buffer is used; EAGAIN when all of it is
 *
 * tcp: over loopback                                                          (net/ipv4/tcp.c, tcp_input.c)
 *   bytes arrive                       peer  IN PRI RDNORM RDBAND
 *   bytes are taken in by the peer     self  OUT WRNORM WRBAND        only after EAGAIN, a short send, or a look that
 *                                                                     found no OUT (SOCK_NOSPACE); else nobody
 *   shutdown of the read side          self 0                         the peer hears nothing of it
 *   shutdown of the write side         peer 0 (its FIN arrives), self 0; self 0 again when the FIN is acknowledged
 *   close                              peer 0 (FIN); with bytes unread a reset
 *   a reset arrives                    self 0, self ERR               recv gives what had come before, then ECONNRESET;
 *                                                                     EPIPE (and recv 0) where a FIN had come before
 *   bytes for who shut down both ways  both ends are reset            the sender's own send has succeeded
 *   recv by who shut down its read     nobody: it does not tell that there is room; a full sender asks 200 ms later
 *   connected, refused                 self 0; refused: also ERR
 *   OUT while at most two thirds of the send buffer are used, and always after a shutdown of the write side
 *
 * pipe: sixteen pages                                                         (fs/pipe.c)
 *   write, even one that got EAGAIN    reader IN RDNORM
 *   read that frees a page             writer OUT WRNORM              only if all pages were used
 *   close                              the other end 0
 *   OUT while a page is free; a page is free when all of it has been read, or nothing is left in the last one
 *
 * bound, and neither listening nor connected: OUT and HUP
 * listeners: IN when a connection waits, woken with IN PRI RDNORM RDBAND for each one; accept wakes nobody.
 */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP, IN, OUT, PRI, RDBAND, RDHUP, RDNORM, WRBAND, WRNORM } from "../../abi/readiness.ts";
import type { MutableAddress, SocketAddress } from "../../addresses/socket-address.ts";
import { ON_BY_DEFAULT } from "../contract/socket-options.ts";

export const READABLE = IN | RDNORM;
export const WRITABLE = OUT | WRNORM;
export const UNIX_WRITABLE = OUT | WRNORM | WRBAND;
export const ENDED = RDHUP | IN | RDNORM;

/** Keys of wakeups. */
export const STATE_CHANGE = 0;
export const DATA_READY = IN | PRI | RDNORM | RDBAND;
export const WRITE_SPACE = OUT | WRNORM | WRBAND;

/** shutdown's `how`, and the bits of its effects. */
export const READ_SIDE = 1;
export const WRITE_SIDE = 2;
export const BOTH_SIDES = 3;

/** A receiver of wakeups: an entry in the endpoint's list. */
export interface Waker {
  next: Waker | null;
  /** A key must have one of these bits. */
  readonly filter: number;
  wake(): void;
  /** The endpoint is closed. */
  end(): void;
}

/** Implements a pipe's answers; sockets override them. Every method's error is a negated WASI errno. */
export abstract class Endpoint {
  handle = -1;
  wakers: Waker | null = null;
  /** Options without their default value: a bit for each (`socket-options.ts`). */
  changed = 0;
  /** The options that it has: a bit for each. -1 if it is no socket. */
  get kept(): number {
    return -1;
  }

  /** All present readiness bits. */
  abstract level(): number;
  abstract recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number;
  abstract send(bytes: Uint8Array, offset: number, length: number): number;
  abstract available(): number;
  /** The handle is closed. Tells the other end. */
  abstract close(): void;

  accept(): Endpoint | number {
    return -Errno.NOTSOCK;
  }

  /** listen(2): returns the endpoint for the handle from now on. */
  listen(_backlog: number): Endpoint | number {
    return -Errno.NOTSOCK;
  }

  /** connect(2) of a stream socket: returns the same. */
  connectTo(_address: SocketAddress): Endpoint | number {
    return -Errno.NOTSOCK;
  }

  shutdown(_how: number): number {
    return -Errno.NOTSOCK;
  }

  connectDatagrams(_peer: SocketAddress): number {
    return -Errno.NOTSOCK;
  }

  sendTo(_bytes: Uint8Array, _offset: number, _length: number, _to: SocketAddress): number {
    return -Errno.NOTSOCK;
  }

  recvFrom(_bytes: Uint8Array, _offset: number, _length: number, _peek: boolean, _from: MutableAddress): number {
    return -Errno.NOTSOCK;
  }

  /** Positive, as SO_ERROR. */
  takeError(): number {
    return Errno.NOTSOCK;
  }

  /** Closes with a reset if the kind has one. */
  reset(): void {
    this.close();
  }

  localAddress(): SocketAddress | undefined {
    return undefined;
  }

  remoteAddress(): SocketAddress | undefined {
    return undefined;
  }

  /** An option that is 0 or 1, or a negated errno. */
  option(option: number): number {
    return this.#refusal(option) || ((this.changed ^ ON_BY_DEFAULT) >> option) & 1;
  }

  setOption(option: number, value: number): number {
    const refused = this.#refusal(option);
    if (refused !== 0) return refused;
    const bit = 1 << option;
    const isDefault = (value !== 0) === ((ON_BY_DEFAULT & bit) !== 0);
    this.inherit(isDefault ? this.changed & ~bit : this.changed | bit);
    return 0;
  }

  #refusal(option: number): number {
    if (this.kept < 0) return -Errno.NOTSOCK;
    return (this.kept & (1 << option)) === 0 ? -Errno.NOTSUP : 0;
  }

  /** Takes options from its listener, or changed options. */
  inherit(changed: number): void {
    this.changed = changed;
  }

  /** Ends all its wakeups. */
  silence(): void {
    for (let waker = this.wakers; waker !== null; waker = waker.next) waker.end();
    this.wakers = null;
  }

  wake(key: number): void {
    for (let waker = this.wakers; waker !== null; waker = waker.next) {
      if (key === STATE_CHANGE || (key & waker.filter) !== 0) waker.wake();
    }
  }
}

/** The filter of a mask, and the bits that it can report: errors and hangups are always included. */
export function always(mask: number): number {
  return mask | ERR | HUP;
}
