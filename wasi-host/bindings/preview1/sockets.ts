/** Sockets (witx, `sock_*`). The error for a descriptor that is no socket is ENOTSOCK. */

import { Errno } from "../../abi/errno.ts";
import { Fdflags } from "../../abi/file-attributes.ts";
import { IN } from "../../abi/readiness.ts";
import { DatagramSocket } from "../../kernel/datagrams.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isSocket } from "../../kernel/socket-kinds.ts";
import { Listener, Stream } from "../../kernel/sockets.ts";
import type { Wait } from "../../waiting/wait.ts";
import type { Calls } from "../../waiting/way.ts";
import type { Io } from "./io.ts";
import { checkIovecs, taken } from "./iovecs.ts";
import { receiveAll, receivePeeking } from "./receive-flags.ts";
import { blocks } from "./retries.ts";

/** riflags. */
const PEEK = 1;
const WAITALL = 2;
/** roflags: a datagram was longer than its buffer. The rest of a stream's bytes waits for the next call. */
const DATA_TRUNCATED = 1;
/** sdflags: read, write or both. */
const BOTH = 3;
const { AGAIN, FAULT, INVAL } = Errno;

/** The calls that may wait. */
export const WAITS: readonly string[] = ["sock_accept", "sock_recv", "sock_send"];

export function sockets(kernel: Kernel, io: Io): Calls {
  const { memory, descriptors, driver, way } = kernel;
  const { retries, reads, writes, messages } = io;

  /** With a full table nothing is accepted: the connection stays in the backlog. */
  function accept(listener: Listener, nonblocking: boolean, result: number): number {
    if (descriptors.full) return Errno.MFILE;
    const handle = listener.accept();
    if (handle < 0) return -handle;
    const stream = new Stream(driver, handle, nonblocking);
    stream.receiveTimeout = listener.receiveTimeout;
    stream.sendTimeout = listener.sendTimeout;
    memory.view.setUint32(result, descriptors.insert(stream), true);
    return 0;
  }

  /** A separate function, because a closure's variables are allocated even if the closure is not made. */
  function acceptLater(fd: number, listener: Listener, nonblocking: boolean, result: number): Wait {
    return retries.when(fd, listener, IN, () => accept(listener, nonblocking, result));
  }

  /** A datagram, or a stream's bytes with flags. */
  function receiveOther(
    fd: number,
    descriptor: Stream | DatagramSocket,
    iovs: number,
    count: number,
    flags: number,
    result: number,
    flagsAt: number,
  ): number | Wait {
    return descriptor instanceof DatagramSocket
      ? receiveMessage(fd, descriptor, iovs, count, flags, result, flagsAt)
      : receiveFlagged(fd, descriptor, iovs, taken(count), flags, result, flagsAt);
  }

  function receiveMessage(
    fd: number,
    socket: DatagramSocket,
    iovs: number,
    count: number,
    flags: number,
    result: number,
    flagsAt: number,
  ): number | Wait {
    return messages.receive(fd, socket, iovs, count, flags, (message) => {
      memory.view.setUint32(result, message.count, true);
      memory.view.setUint16(flagsAt, message.truncated ? DATA_TRUNCATED : 0, true);
      return 0;
    });
  }

  function receiveFlagged(
    fd: number,
    stream: Stream,
    iovs: number,
    count: number,
    flags: number,
    result: number,
    flagsAt: number,
  ): number | Wait {
    const answer = (got: number) => {
      if (got < 0) return -got;
      memory.view.setUint32(result, got, true);
      memory.view.setUint16(flagsAt, 0, true);
      return 0;
    };
    return flags === WAITALL
      ? receiveAll(kernel, fd, stream, iovs, count, answer)
      : receivePeeking(kernel, retries, fd, stream, iovs, count, (flags & WAITALL) !== 0, answer);
  }

  return {
    sock_accept(fd: number, flags: number, result: number): number | Promise<number> {
      memory.refresh();
      const listener = descriptors.get(fd >>> 0);
      if (!(listener instanceof Listener)) {
        if (listener === undefined || !isSocket(listener)) kernel.missingListener.used(fd >>> 0);
        return refusal(listener, INVAL);
      }
      if ((flags & ~Fdflags.NONBLOCK) !== 0) return INVAL;
      if (!memory.holds(result >>> 0, 4)) return FAULT;
      const errno = accept(listener, flags !== 0, result >>> 0);
      if (errno !== AGAIN || !blocks(listener)) return errno;
      return way.finish(acceptLater(fd >>> 0, listener, flags !== 0, result >>> 0));
    },

    sock_recv(
      fd: number,
      iovs: number,
      count: number,
      flags: number,
      result: number,
      resultFlags: number,
    ): number | Promise<number> {
      memory.refresh();
      const stream = descriptors.get(fd >>> 0);
      if (!carriesBytes(stream)) return refusal(stream, Errno.NOTCONN);
      if ((flags & ~(PEEK | WAITALL)) !== 0) return INVAL;
      if (!memory.holds(resultFlags >>> 0, 2)) return FAULT;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      const answer =
        flags === 0 && stream instanceof Stream
          ? reads.read(fd >>> 0, stream, iovs >>> 0, count >>> 0, result >>> 0, resultFlags >>> 0)
          : receiveOther(fd >>> 0, stream, iovs >>> 0, count >>> 0, flags, result >>> 0, resultFlags >>> 0);
      return typeof answer === "number" ? answer : way.finish(answer);
    },

    /** The witx has no siflags yet, so they must be 0. */
    sock_send(fd: number, iovs: number, count: number, flags: number, result: number): number | Promise<number> {
      memory.refresh();
      const stream = descriptors.get(fd >>> 0);
      if (!carriesBytes(stream)) return refusal(stream, Errno.NOTCONN);
      if (flags !== 0) return INVAL;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      const answer =
        stream instanceof DatagramSocket
          ? messages.send(fd >>> 0, stream, iovs >>> 0, count >>> 0, undefined, result >>> 0)
          : writes.write(fd >>> 0, stream, iovs >>> 0, count >>> 0, result >>> 0);
      return typeof answer === "number" ? answer : way.finish(answer);
    },

    sock_shutdown(fd: number, how: number): number {
      const stream = descriptors.get(fd >>> 0);
      if (!carriesBytes(stream)) return refusal(stream, Errno.NOTCONN);
      if (how < 1 || how > BOTH) return INVAL;
      return 0 - stream.shutdown(how);
    },
  };
}

function carriesBytes(descriptor: Descriptor | undefined): descriptor is Stream | DatagramSocket {
  return descriptor instanceof Stream || descriptor instanceof DatagramSocket;
}

/** `other`: the errno for a socket of the other kind. */
function refusal(descriptor: Descriptor | undefined, other: number): number {
  if (descriptor === undefined) return Errno.BADF;
  return isSocket(descriptor) ? other : Errno.NOTSOCK;
}
