/**
 * The C-like exports of core.wasm, for hosts and for other languages. docs/abi.md is this file as a table.
 *
 * Every call returns a count or a negated WASI errno. Structures are those of `memory/layout.ts`.
 */
import { isInstanceFd } from "./memory/instances";
import * as epoll from "./readiness/epoll";
import * as poll from "./readiness/poll";
import * as select from "./readiness/select";
import * as source from "./readiness/source";
import * as system from "./sys/system";

/** A reactor: nothing to do before its functions are called. */
export function _initialize(): void {}

export function pollux_epoll_create(): i32 {
  return epoll.create();
}

export function pollux_epoll_ctl(epfd: i32, op: i32, fd: i32, events: u32, data: u64): i32 {
  return epoll.ctl(epfd, op, fd, events, data);
}

export function pollux_epoll_wait(epfd: i32, events: usize, most: i32, timeout: i32): i32 {
  return epoll.wait(epfd, events, most, timeout);
}

/** Says that a caller sleeps outside of the core until something happens; the next wait, or a wakeup, ends that. */
export function pollux_epoll_sleep(epfd: i32): i32 {
  return epoll.sleep(epfd);
}

/** Takes the wakeups that have happened, with sleepers counted as asleep. For who sleeps outside of the core. */
export function pollux_take(): void {
  source.take();
}

/** poll(2), over `struct pollfd`s in memory. */
export function pollux_poll(fds: usize, count: i32, timeout: i32): i32 {
  return poll.poll(fds, count, timeout);
}

/** One wakeup each for these entries, for who sleeps outside of the core. Returns how many are ready already. */
export function pollux_poll_arm(fds: usize, count: i32): i32 {
  return poll.arm(fds, count);
}

/** select(2), over sets that are arrays of 32-bit words. */
export function pollux_select(count: i32, readers: usize, writers: usize, exceptions: usize, timeout: i32): i32 {
  return select.select(count, readers, writers, exceptions, timeout);
}

/** As `pollux_poll_arm`, for the members of sets. */
export function pollux_select_arm(count: i32, readers: usize, writers: usize, exceptions: usize): i32 {
  return select.arm(count, readers, writers, exceptions);
}

/** How many descriptors select takes: FD_SETSIZE, which is 1024 at first. */
export function pollux_select_limit(descriptors: i32): void {
  select.setLimit(descriptors);
}

/** Closes an epoll descriptor or one of the host's. Its watches end first. */
export function pollux_close(fd: i32): i32 {
  if (isInstanceFd(fd)) return epoll.close(fd);
  source.closed(fd);
  return system.close(fd);
}

/** Ends the watches of `fd`, for an embedder that closes it by itself. To be called before it does. */
export function pollux_closed(fd: i32): void {
  source.closed(fd);
}

/** I/O past this core met EAGAIN on `fd`: `bits` (EPOLLIN or EPOLLOUT) are used up. */
export function pollux_drained(fd: i32, bits: u32): void {
  source.drained(fd, source.kindsOf(bits));
}

/** I/O past this core moved fewer bytes on a stream than it could have. */
export function pollux_fell_short(fd: i32, bits: u32): void {
  source.fellShort(fd, source.kindsOf(bits));
}

/** Edge-triggered watches of `fd` wait again, where edges are made from levels. */
export function pollux_rearm(fd: i32): void {
  source.rearm(fd);
}

/** Bits: 1 edges are exact, 2 hangups and errors are told from readiness. */
export function pollux_capabilities(): u32 {
  return source.capabilities();
}

/** Memory for events and buffers, 16-aligned. */
export function pollux_alloc(size: usize): usize {
  return heap.alloc(size);
}

/** Gives back what `pollux_alloc` gave. */
export function pollux_free(address: usize): void {
  epoll.endBatches(address);
  heap.free(address);
}
