/** recv's two flags (witx, `$riflags`; recv(2), MSG_PEEK and MSG_WAITALL). Off the hot path: few programs use them. */
import { pollfds, revents, setPollfd } from "../drivers/pollfd.ts";
import { Errno } from "../errno.ts";
import { IOVEC } from "../memory.ts";
import { ERR, HUP, IN, RDHUP } from "../readiness.ts";
import { SLEEPS } from "../sleep/sleep.ts";
import type { Stream } from "../sockets.ts";
import type { HostState } from "../state.ts";
import { blocks, sleep } from "./sleeping.ts";

/** A peek of more than this is a short count. */
const MOST_PEEKED = 1 << 20;
const ENDED = RDHUP | HUP | ERR;

const none = pollfds(0);

/** WAITALL: sleeps until everything is full, unless the stream ends, fails, or is NONBLOCK. */
export function receiveAll(host: HostState, stream: Stream, iovs: number, count: number): number {
  const { memory } = host;
  let total = 0;
  let come = host.sleep.progress;
  for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
    let buffer = memory.view.getUint32(at, true);
    let left = memory.view.getUint32(at + 4, true);
    if (!memory.holds(buffer, left)) return total > 0 ? total : -Errno.FAULT;
    const skipped = Math.min(come, left);
    come -= skipped;
    total += skipped;
    buffer += skipped;
    left -= skipped;
    while (left > 0) {
      const got = stream.read(memory.bytes, buffer, left);
      if (got === -Errno.AGAIN && blocks(stream)) {
        if (!sleep(host, stream, IN, total)) return -SLEEPS;
        continue;
      }
      if (got <= 0) return total > 0 ? total : got;
      total += got;
      buffer += got;
      left -= got;
    }
  }
  return total;
}

/** PEEK: one look at what is there, spread over the iovecs; each peek begins at the same byte. */
export function receivePeeking(host: HostState, stream: Stream, iovs: number, count: number, all: boolean): number {
  const wanted = Math.min(lengthOf(host, iovs, count), MOST_PEEKED);
  if (wanted === 0) return 0;
  const bytes = new Uint8Array(new ArrayBuffer(wanted));
  let got = stream.peek(bytes, 0, wanted);
  while (got === -Errno.AGAIN && blocks(stream)) {
    if (!sleep(host, stream, IN, 0)) return -SLEEPS;
    got = stream.peek(bytes, 0, wanted);
  }
  if (all && got > 0 && got < wanted && blocks(stream)) got = peekAll(host, stream, bytes);
  return got > 0 ? scatter(host, iovs, count, bytes.subarray(0, got)) : got;
}

/** Level readiness says nothing of more bytes behind those that are there, so this one waits for the driver's wakeups. */
function peekAll(host: HostState, stream: Stream, bytes: Uint8Array): number {
  const edges = host.driver.edges();
  const record = new DataView(new ArrayBuffer(8));
  const end = () => {
    edges.forget(stream.handle, 0);
    edges.close();
  };
  let noted = false;
  try {
    edges.arm(stream.handle, IN | RDHUP, 0);
    for (;;) {
      const ended = (readinessOf(host, stream) & ENDED) !== 0;
      const got = stream.peek(bytes, 0, bytes.length);
      if (ended || got <= 0 || got === bytes.length) return got;
      if (host.sleep.suspends) {
        noted = true;
        host.sleep.note(none, 0, Infinity, edges, 0, end);
        return -SLEEPS;
      }
      edges.park(Infinity);
      edges.take(record, 0, 1);
    }
  } finally {
    if (!noted) end();
    host.memory.refresh();
  }
}

function readinessOf(host: HostState, stream: Stream): number {
  const fds = pollfds(1);
  setPollfd(fds, 0, stream.handle, RDHUP);
  host.driver.poll(fds, 1, 0);
  return revents(fds, 0);
}

function lengthOf(host: HostState, iovs: number, count: number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += host.memory.view.getUint32(iovs + index * IOVEC + 4, true);
  return total;
}

/** How many of the bytes found a place: all of them, unless the iovecs are others by now. */
function scatter(host: HostState, iovs: number, count: number, bytes: Uint8Array): number {
  const { memory } = host;
  let from = 0;
  for (let index = 0; index < count && from < bytes.length; index++) {
    const buffer = memory.view.getUint32(iovs + index * IOVEC, true);
    const part = bytes.subarray(from, from + memory.view.getUint32(iovs + index * IOVEC + 4, true));
    if (!memory.holds(buffer, part.length)) break;
    memory.bytes.set(part, buffer);
    from += part.length;
  }
  return from;
}
