/**
 * The exports of core.wasm, for hosts and for other languages. docs/abi.md has this file as a table (`npm run docs:abi`).
 *
 * A call returns a count, or a negated WASI errno. Structures are those of `abi/`. Times are milliseconds.
 */
import { table as descriptors } from "./engine/descriptors";
import { isInstanceFd, table as instances } from "./engine/instances";
import * as epoll from "./readiness/epoll";
import * as poll from "./readiness/poll";
import * as select from "./readiness/select";
import * as source from "./sources/source";
import { deliveries } from "./engine/trigger";
import * as system from "./sys/system";

/** For observers: the tables of epoll instances and of descriptors. `abi/engine.ts` has their layout. */
export const pollux_instances: usize = instances;
export const pollux_descriptors: usize = descriptors;

/** WASI reactors export it. It does nothing, but call it first. */
export function _initialize(): void {}

/**
 * epoll_create(2).
 *
 * @returns A descriptor from INSTANCE_FD_BASE on, which only this core knows; or -ENOMEM.
 */
export function pollux_epoll_create(): i32 {
  return epoll.create();
}

/**
 * epoll_ctl(2): `op` is EPOLL_CTL_ADD, EPOLL_CTL_DEL or EPOLL_CTL_MOD. A call that fails changes nothing.
 *
 * @returns 0; -EBADF, -EEXIST, -EINVAL, -ELOOP, -ENOENT, -ENOMEM, -EPERM, or an error of the host.
 */
export function pollux_epoll_ctl(epfd: i32, op: i32, fd: i32, events: u32, data: u64): i32 {
  return epoll.ctl(epfd, op, fd, events, data);
}

/**
 * epoll_wait(2): writes at most `most` events of EPOLL_EVENT_SIZE bytes to `events`. -1 waits for ever, 0 not at all. The
 * array belongs to the caller: nothing is written to it after the return.
 *
 * @returns The number of events; -EBADF, -EINVAL, -ENOMEM, or an error of the host.
 */
export function pollux_epoll_wait(epfd: i32, events: usize, most: i32, timeout: i32): i32 {
  return epoll.wait(epfd, events, most, timeout);
}

/**
 * A caller sleeps on this instance outside the core, in a host that awaits. Exclusive watches count it as asleep until its
 * next wait, or until one of them wakes it.
 *
 * @returns 0 or -EBADF.
 */
export function pollux_epoll_sleep(epfd: i32): i32 {
  return epoll.sleep(epfd);
}

/**
 * The number of the instance's last delivery: directly after a wait, the one that the wait returned.
 *
 * @returns The number; 0 before the first delivery.
 */
export function pollux_epoll_last_delivery(epfd: i32): u64 {
  return epoll.lastDelivery(epfd);
}

/**
 * The address of the number of the last delivery of all instances, 8 bytes: directly after a wait, the one that the wait
 * returned. Reading it is cheaper than a call that returns 64 bits.
 *
 * @returns The address.
 */
export function pollux_deliveries(): usize {
  return deliveries;
}

/**
 * Tells whether the event of `fd` in that delivery still holds: its watch was not removed, modified or closed since.
 *
 * @returns 1 or 0.
 */
export function pollux_epoll_is_current(epfd: i32, fd: i32, delivery: u64): i32 {
  return epoll.isWatchedSince(epfd, fd, delivery) ? 1 : 0;
}

/**
 * Takes the wakeups that have happened, for callers that sleep outside the core. Sleepers count as asleep.
 *
 * @returns 0, or an error of the host.
 */
export function pollux_take(): i32 {
  return source.take();
}

/**
 * poll(2) over `struct pollfd`s, epoll descriptors among them.
 *
 * @returns The number of entries with revents; -EINVAL, -ENOMEM, or an error of the host.
 */
export function pollux_poll(fds: usize, count: i32, timeout: i32): i32 {
  return poll.poll(fds, count, timeout);
}

/**
 * Arms one wakeup for each entry, for callers that sleep outside the core.
 *
 * @returns The number of entries that are ready already; -EINVAL, or an error of the host.
 */
export function pollux_poll_arm(fds: usize, count: i32): i32 {
  return poll.arm(fds, count);
}

/**
 * select(2) over arrays of 32-bit words; 0 in place of a missing set. An epoll descriptor is above every limit.
 *
 * @returns The number of bits; -EBADF, -EINVAL, -ENOMEM, or an error of the host.
 */
export function pollux_select(count: i32, readers: usize, writers: usize, exceptions: usize, timeout: i32): i32 {
  return select.select(count, readers, writers, exceptions, timeout);
}

/**
 * For the next `pollux_select` or `pollux_select_arm`: `struct pollfd`s of descriptors that have no bit in the sets.
 * EPOLLIN, EPOLLOUT and EPOLLPRI in `events` name the sets that a descriptor is in, and in `revents` those in which it is
 * ready. They count as bits.
 */
export function pollux_select_beside(fds: usize, count: i32): void {
  select.watchBeside(fds, count);
}

/**
 * As `pollux_poll_arm`, for the members of sets.
 *
 * @returns The number of members that are ready already; -EINVAL, -ENOMEM, or an error of the host.
 */
export function pollux_select_arm(count: i32, readers: usize, writers: usize, exceptions: usize): i32 {
  return select.arm(count, readers, writers, exceptions);
}

/** Sets the number of descriptors that select accepts; FD_SETSIZE at first. */
export function pollux_select_limit(descriptors: i32): void {
  select.setLimit(descriptors);
}

/**
 * Ends the watches of `fd` and closes it: an epoll descriptor or one of the host.
 *
 * @returns 0; -EBADF, or an error of the host.
 */
export function pollux_close(fd: i32): i32 {
  if (isInstanceFd(fd)) return epoll.close(fd);
  source.forget(fd);
  return system.close(fd);
}

/** Ends the watches of `fd`, for an embedder that closes it. Call it before the close. */
export function pollux_forget(fd: i32): void {
  source.forget(fd);
}

/** I/O outside the core met EAGAIN on `fd`: the directions in `bits` (EPOLLIN, EPOLLOUT) are not ready until a wakeup. */
export function pollux_drained(fd: i32, bits: u32): void {
  source.onWouldBlock(fd, source.kindsOf(bits));
}

/** I/O outside the core moved fewer bytes on a stream than it asked for. */
export function pollux_fell_short(fd: i32, bits: u32): void {
  source.onShortCount(fd, source.kindsOf(bits));
}

/** Arms edge-triggered watches of `fd` again, where edges are made from levels. */
export function pollux_rearm(fd: i32): void {
  source.rearm(fd);
}

/**
 * What the host lets the core promise: 1, edges are the kernel's own; 2, hangups and errors are told from readiness; 4,
 * ends and new data are told after all earlier data has been read.
 *
 * @returns The sum of these bits.
 */
export function pollux_capabilities(): u32 {
  return source.capabilities();
}

/**
 * Allocates memory for events and buffers, 16-aligned. Traps if memory is used up, and changes nothing then.
 *
 * @returns The address.
 */
export function pollux_alloc(size: usize): usize {
  return heap.alloc(size);
}

/** Frees memory that `pollux_alloc` returned. */
export function pollux_free(address: usize): void {
  heap.free(address);
}
