/** One datagram: gathered from iovecs, or spread over them. They have been checked (`iovecs.ts`). */
import type { DatagramSocket } from "../datagrams.ts";
import type { MutableAddress, SocketAddress } from "../drivers/driver.ts";
import { Errno } from "../errno.ts";
import { IOVEC } from "../memory.ts";
import { IN, OUT } from "../readiness.ts";
import { SLEEPS } from "../sleep/sleep.ts";
import type { HostState } from "../state.ts";
import { blocks, sleep } from "./sleeping.ts";

const PEEK = 1;
/** No datagram is longer. */
const LONGEST = 65_535;

/**
 * Where datagrams are on their way, so that the guest sees none that is not for it. Shared by all hosts of the thread:
 * nothing of it is shown but what has just been written.
 */
const scratch = new Uint8Array(new ArrayBuffer(LONGEST));

interface Message {
  /** Bytes that found room, or a negated errno. */
  readonly count: number;
  /** Was the rest of it cut off? */
  readonly truncated: boolean;
  readonly from: SocketAddress;
}

const from: MutableAddress = { host: "", port: 0 };

/** Who was not given a name by the guest, and could be reached by everybody, hears those that it may send to. */
export function receiveMessage(
  host: HostState,
  socket: DatagramSocket,
  iovs: number,
  count: number,
  flags: number,
): Message {
  const failed = (error: number): Message => ({ count: error, truncated: false, from });
  const unnamed = socket.ensureOpen();
  if (unnamed < 0) return failed(unnamed);
  for (;;) {
    const got = host.driver.recvFrom(socket.handle, scratch, 0, LONGEST, flags & PEEK, from);
    if (got === -Errno.AGAIN && blocks(socket)) {
      if (!sleep(host, socket, IN, 0)) return failed(-SLEEPS);
    } else if (got < 0) {
      return failed(got);
    } else if (socket.bound || host.grants.connect.allows(from)) {
      const placed = scatter(host, iovs, count, Math.min(got, LONGEST));
      return { count: placed, truncated: placed < got, from };
    } else if ((flags & PEEK) !== 0) {
      host.driver.recvFrom(socket.handle, scratch, 0, 0, 0, from);
    }
  }
}

/** `to`: undefined for the peer that it is connected to. A count, or a negated errno. */
export function sendMessage(
  host: HostState,
  socket: DatagramSocket,
  iovs: number,
  count: number,
  to: SocketAddress | undefined,
): number {
  const unnamed = to === undefined && socket.handle < 0 ? -Errno.DESTADDRREQ : socket.ensureOpen();
  if (unnamed < 0) return unnamed;
  const length = gather(host, iovs, count);
  if (length < 0) return length;
  for (;;) {
    const { driver } = host;
    const went =
      to === undefined
        ? driver.send(socket.handle, scratch, 0, length)
        : driver.sendTo(socket.handle, scratch, 0, length, to);
    if (went !== -Errno.AGAIN || !blocks(socket)) return went;
    if (!sleep(host, socket, OUT, 0)) return -SLEEPS;
  }
}

/** How many of the first `length` bytes found room. Each iovec is checked when it is used, as in `iovecs.ts`. */
function scatter({ memory }: HostState, iovs: number, count: number, length: number): number {
  let done = 0;
  for (let at = iovs, end = iovs + count * IOVEC; at < end && done < length; at += IOVEC) {
    const buffer = memory.view.getUint32(at, true);
    const part = Math.min(memory.view.getUint32(at + 4, true), length - done);
    if (!memory.holds(buffer, part)) break;
    memory.bytes.set(scratch.subarray(done, done + part), buffer);
    done += part;
  }
  return done;
}

/** The length of the whole, -EMSGSIZE where that is more than any datagram has, or -EFAULT. */
function gather({ memory }: HostState, iovs: number, count: number): number {
  let length = 0;
  for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
    const buffer = memory.view.getUint32(at, true);
    const part = memory.view.getUint32(at + 4, true);
    if (length + part > LONGEST) return -Errno.MSGSIZE;
    if (!memory.holds(buffer, part)) return -Errno.FAULT;
    scratch.set(memory.bytes.subarray(buffer, buffer + part), length);
    length += part;
  }
  return length;
}
