/** Sockets (witx, `sock_*`). What a descriptor that is no socket gets is ENOTSOCK. */
import { DatagramSocket } from "../datagrams.ts";
import { type Descriptor, Fdflags } from "../descriptors.ts";
import { Errno } from "../errno.ts";
import type { Imports } from "../imports.ts";
import { IN } from "../readiness.ts";
import type { ReadyFile } from "../ready-file.ts";
import { SLEEPS } from "../sleep/sleep.ts";
import { isSocket } from "../socket-kinds.ts";
import { Listener, Stream } from "../sockets.ts";
import type { HostState } from "../state.ts";
import { checkIovecs, receive, send } from "./iovecs.ts";
import { receiveMessage } from "./messages.ts";
import { receiveAll, receivePeeking } from "./receive-flags.ts";
import { blocks, sleep } from "./sleeping.ts";
import { transferAll } from "./transfers.ts";

/** riflags. */
const PEEK = 1;
const WAITALL = 2;
/** roflags: a datagram was longer than the room for it. A stream's bytes wait for the next call. */
const DATA_TRUNCATED = 1;
/** sdflags: read, write or both. */
const BOTH = 3;
const { AGAIN, FAULT, INVAL } = Errno;

export function sockets(host: HostState): Imports {
  const { memory, descriptors, driver } = host;
  return {
    /** With no room in the table nothing is accepted: the connection stays in the backlog until there is. */
    sock_accept(fd: number, flags: number, result: number): number {
      memory.refresh();
      const listener = descriptors.get(fd >>> 0);
      if (!(listener instanceof Listener)) return refusal(listener, INVAL);
      if ((flags & ~Fdflags.NONBLOCK) !== 0) return INVAL;
      if (!memory.holds(result >>> 0, 4)) return FAULT;
      if (descriptors.full) return Errno.MFILE;
      let handle = listener.accept();
      while (handle === -AGAIN && blocks(listener)) {
        if (!sleep(host, listener, IN, 0)) return SLEEPS;
        handle = listener.accept();
      }
      if (handle < 0) return -handle;
      const stream = new Stream(driver, handle, flags !== 0);
      memory.view.setUint32(result >>> 0, descriptors.insert(stream), true);
      return 0;
    },

    sock_recv(fd: number, iovs: number, count: number, flags: number, result: number, resultFlags: number): number {
      memory.refresh();
      const stream = descriptors.get(fd >>> 0);
      if (!carriesBytes(stream) && !answers(stream, flags)) return refusal(stream, Errno.NOTCONN);
      if ((flags & ~(PEEK | WAITALL)) !== 0) return INVAL;
      if (!memory.holds(resultFlags >>> 0, 2)) return FAULT;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      let got = 0;
      let truncated = 0;
      if (stream instanceof DatagramSocket) {
        const message = receiveMessage(host, stream, iovs >>> 0, count >>> 0, flags);
        got = message.count;
        truncated = message.truncated ? DATA_TRUNCATED : 0;
      } else if (stream.kind === "ready") got = askReadyFile(stream, host, iovs >>> 0, count, flags);
      else if (flags === 0) got = receive(host, stream, iovs >>> 0, count >>> 0);
      else if (flags === WAITALL) got = receiveAll(host, stream, iovs >>> 0, count >>> 0);
      else got = receivePeeking(host, stream, iovs >>> 0, count >>> 0, (flags & WAITALL) !== 0);
      if (got < 0) return -got;
      memory.view.setUint32(result >>> 0, got, true);
      memory.view.setUint16(resultFlags >>> 0, truncated, true);
      return 0;
    },

    /** The witx has no siflags yet: 0. */
    sock_send(fd: number, iovs: number, count: number, flags: number, result: number): number {
      memory.refresh();
      const stream = descriptors.get(fd >>> 0);
      if (!carriesBytes(stream)) return refusal(stream, Errno.NOTCONN);
      if (flags !== 0) return INVAL;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      const went = send(host, stream, iovs >>> 0, count >>> 0);
      if (went < 0) return -went;
      memory.view.setUint32(result >>> 0, went, true);
      return 0;
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

/** The ready file is no socket, but says what is ready when it is peeked at, and makes transfers when it is received from. */
function answers(descriptor: Descriptor | undefined, flags: number): descriptor is ReadyFile {
  return descriptor?.kind === "ready" && flags <= WAITALL;
}

function askReadyFile(file: ReadyFile, host: HostState, iovs: number, count: number, flags: number): number {
  if (count !== 1) return -INVAL;
  const { memory } = host;
  const buffer = memory.view.getUint32(iovs, true);
  const length = memory.view.getUint32(iovs + 4, true);
  // Once more, as in `iovecs.ts`: where memory is shared, it may be another one by now.
  if (!memory.holds(buffer, length)) return -FAULT;
  if (flags === PEEK) return file.peek(buffer, length);
  return flags === WAITALL ? file.readOrSleep(buffer, length) : transferAll(host, buffer, length);
}

/** `other`: for a socket, but of the other kind. */
function refusal(descriptor: Descriptor | undefined, other: number): number {
  if (descriptor === undefined) return Errno.BADF;
  return isSocket(descriptor) ? other : Errno.NOTSOCK;
}
