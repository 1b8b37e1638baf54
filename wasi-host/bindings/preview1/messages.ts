/**
 * One datagram, gathered from iovecs or scattered to them. `iovecs.ts` has checked them. A datagram cannot be a short
 * count: more than IOV_MAX iovecs are EMSGSIZE (sendmsg(2), recvmsg(2)).
 */

import { Errno } from "../../abi/errno.ts";
import { IN, OUT } from "../../abi/readiness.ts";
import type { MutableAddress, SocketAddress } from "../../addresses/socket-address.ts";
import { IoVector, MAX_BUFFERS } from "../../drivers/contract/io-vector.ts";
import type { DatagramSocket } from "../../kernel/datagrams.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { IOVEC, IOVEC_LENGTH } from "../../memory/guest-memory.ts";
import type { Wait } from "../../waiting/wait.ts";
import { ensureBound } from "./binding.ts";
import { copyIovecs } from "./iovec-copies.ts";
import { blocks, type Retries } from "./retries.ts";

const PEEK = 1;
/** No datagram is longer. */
const MAX_DATAGRAM = 65_535;

/**
 * A buffer for datagrams, so that the guest's memory never receives one from a peer that is not granted. All hosts of
 * the thread share it; a guest sees only the bytes that its own call received.
 */
const scratch = new Uint8Array(new ArrayBuffer(MAX_DATAGRAM));

/** A received datagram. */
export interface Message {
  /** Bytes that fit. */
  count: number;
  /** Whether the rest was cut off. */
  truncated: boolean;
  readonly from: SocketAddress;
}

/** The last sender. Valid until the next call. */
const from: MutableAddress = { host: "", port: 0 };
const message = { count: 0, truncated: false, from };

/** Handles a received datagram. An errno. */
type Deliver = (message: Message) => number;

/** The datagrams of one guest. */
export class Messages {
  readonly #kernel: Kernel;
  readonly #retries: Retries;

  constructor(kernel: Kernel, retries: Retries) {
    this.#kernel = kernel;
    this.#retries = retries;
  }

  /** Receives a datagram and passes it to `deliver`, or waits for one. Returns the result of `deliver`, or an errno. */
  receive(
    fd: number,
    socket: DatagramSocket,
    iovs: number,
    count: number,
    flags: number,
    deliver: Deliver,
  ): number | Wait {
    if (count > MAX_BUFFERS) return Errno.MSGSIZE;
    const attempt = () => receive(this.#kernel, socket, iovs, count, flags) || deliver(message);
    return this.#named(fd, socket, IN, attempt);
  }

  /**
   * Sends one datagram, or waits for room.
   *
   * @param to - undefined: the connected peer
   * @returns an errno; if it is 0, the count is at `result`
   */
  send(
    fd: number,
    socket: DatagramSocket,
    iovs: number,
    count: number,
    to: SocketAddress | undefined,
    result: number,
  ): number | Wait {
    if (count > MAX_BUFFERS) return Errno.MSGSIZE;
    if (to === undefined && socket.handle < 0) return Errno.DESTADDRREQ;
    return this.#named(fd, socket, OUT, () => send(this.#kernel, socket, iovs, count, to, result));
  }

  /** Makes the attempt as soon as the socket has a name, and again after each wait. */
  #named(fd: number, socket: DatagramSocket, events: number, attempt: () => number): number | Wait {
    return ensureBound(this.#kernel, fd, socket, (error) => {
      const errno = error || attempt();
      return errno === Errno.AGAIN && error === 0 && blocks(socket)
        ? this.#retries.when(fd, socket, events, attempt)
        : errno;
    });
  }
}

/** A socket without a granted name could be reached by every peer; it receives only from peers that it may send to. */
function receive(kernel: Kernel, socket: DatagramSocket, iovs: number, count: number, flags: number): number {
  const { driver, grants } = kernel;
  for (;;) {
    const got = driver.datagrams!.recvFrom(socket.handle, scratch, 0, MAX_DATAGRAM, flags & PEEK, from);
    if (got < 0) return -got;
    if (socket.bound || grants.connect.allows(from)) {
      message.count = scatter(kernel, iovs, count, Math.min(got, MAX_DATAGRAM));
      message.truncated = message.count < got;
      return 0;
    }
    if ((flags & PEEK) !== 0) driver.datagrams!.recvFrom(socket.handle, scratch, 0, 0, 0, from);
  }
}

function send(
  kernel: Kernel,
  socket: DatagramSocket,
  iovs: number,
  count: number,
  to: SocketAddress | undefined,
  result: number,
): number {
  const { driver, memory } = kernel;
  const length = gather(kernel, iovs, count);
  if (length < 0) return -length;
  const went =
    to === undefined
      ? driver.send(socket.handle, scratch, 0, length)
      : driver.datagrams!.sendTo(socket.handle, scratch, 0, length, to);
  if (went < 0) return -went;
  memory.view.setUint32(result, went, true);
  return 0;
}

/** The number of the first `length` bytes that fit. Each iovec is checked when it is used, as in `iovecs.ts`. */
function scatter({ memory }: Kernel, iovs: number, count: number, length: number): number {
  copyIovecs(vector, memory, iovs, count);
  const placed = Math.min(vector.length, length);
  vector.scatter(scratch, placed, memory.bytes);
  return placed;
}

const vector = new IoVector();

/** The total length, -EMSGSIZE if no datagram is that long, or -EFAULT. */
function gather({ memory }: Kernel, iovs: number, count: number): number {
  let length = 0;
  for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
    const buffer = memory.view.getUint32(at, true);
    const part = memory.view.getUint32(at + IOVEC_LENGTH, true);
    if (length + part > MAX_DATAGRAM) return -Errno.MSGSIZE;
    if (!memory.holds(buffer, part)) return -Errno.FAULT;
    scratch.set(memory.bytes.subarray(buffer, buffer + part), length);
    length += part;
  }
  return length;
}
