/**
 * The contract of sources of wakeups, and the choice among them: the waitable set of a WASI 0.3 host (at compile time); the ready
 * file of a host that has one; else levels. The first use decides for good, because a ready file cannot be closed.
 *
 * Calls return 0 or a count, or the host's errno, negated, which waits and ctl return to their callers.
 */
import { READY_FILE } from "../abi/ready-file";
import { descriptor, descriptorFor } from "../engine/descriptors";
import { isInstanceFd } from "../engine/instances";
import { Instance, Watch } from "../memory/layout";
import { Subscriptions } from "../memory/subscriptions";
import { ENOMEM, EPERM } from "../abi/errno";
import { isOpen, MAY_HAVE_READY_FILE, pollable } from "../sys/system";
import { IS_WASIP3 } from "../sys/target";
import * as edges from "./edge";
import { EPOLLET, READABLE, WRITABLE } from "../abi/events";
import * as rules from "../engine/rules";
import * as levels from "./level";
import * as trigger from "../engine/trigger";
import * as waitables from "./waitables";

/** `capabilities()`: edges are the kernel's own. New data behind unread data is reported. */
export const EXACT_EDGES: u32 = 1;
/** `capabilities()`: hangups, errors, RDHUP and urgent data are told from readiness. */
export const HANGUPS: u32 = 2;
/**
 * `capabilities()`: ends, resets and failed connections are told from readiness. New data, or an end, is an edge once all earlier data
 * has been read. Urgent data is not reported. WASI 0.3's waitable sets are such a source.
 */
export const EDGES_BEHIND_READ_DATA: u32 = 4;

const UNKNOWN: i32 = -1;
const LEVELS: i32 = 0;
const EDGES: i32 = 1;

let kind: i32 = UNKNOWN;

function hasEdges(): bool {
  if (!MAY_HAVE_READY_FILE) return false;
  if (kind == UNKNOWN) kind = edges.open() ? EDGES : LEVELS;
  return kind == EDGES;
}

/** What the engine can promise on this host: a sum of EXACT_EDGES, HANGUPS and EDGES_BEHIND_READ_DATA. */
export function capabilities(): u32 {
  if (IS_WASIP3) return EDGES_BEHIND_READ_DATA;
  return hasEdges() ? EXACT_EDGES | HANGUPS : 0;
}

/** Whether `fd` can be watched: 0, -EBADF or -EPERM. */
export function check(fd: i32): i32 {
  if (IS_WASIP3) return waitables.check(fd);
  return hasEdges() ? edges.check(fd) : levels.check(fd);
}

/** Before the first ADD of a number: makes its entry in the table. 0, -EBADF, -EPERM or -ENOMEM. */
export function admit(fd: i32): i32 {
  // The table is as long as its largest number, and the ready file's number is far above all others.
  const error = fd == READY_FILE ? -EPERM : pollable(fd);
  if (error < 0 && rules.FILES_ARE_REFUSED) return error;
  return descriptorFor(fd) == null ? -ENOMEM : 0;
}

/** ADD, MOD: arms the watch. Queues it, once, if its descriptor is ready now. */
export function arm(watch: Watch): i32 {
  if (IS_WASIP3) return armed(watch, waitables.arm(watch));
  if (hasEdges()) return armed(watch, edges.arm(watch));
  const error = levels.check(watch.fd);
  if (error < 0) return error;
  if (!levels.reserve()) return -ENOMEM;
  trigger.revive(watch);
  levels.arm(watch);
  return 0;
}

function armed(watch: Watch, readiness: i32): i32 {
  if (readiness < 0) return rules.FILES_ARE_REFUSED ? readiness : 0;
  trigger.revive(watch);
  trigger.setReadiness(watch, readiness);
  const ready = rules.ADD_AND_MOD_LOOK && (<u32>readiness & trigger.watched(watch)) != 0;
  if (ready && watch.state == trigger.IDLE) trigger.queue(watch);
  return 0;
}

/** DEL: disarms everything that only this watch needed. */
export function disarm(fd: i32): void {
  if (!IS_WASIP3 && !hasEdges()) levels.settle(fd);
}

/** The watch was delivered. */
export function delivered(watch: Watch, readiness: u32): void {
  if (!IS_WASIP3 && !hasEdges() && !isInstanceFd(watch.fd)) {
    if ((watch.events & EPOLLET) != 0) levels.delivered(watch, readiness);
    else if (watch.state == trigger.SILENT) levels.settle(watch.fd);
  }
}

/** Takes the wakeups that have happened. */
export function take(): i32 {
  if (IS_WASIP3) return waitables.take();
  return hasEdges() ? edges.take() : levels.park(0, null);
}

/**
 * Sleeps until a wakeup, at most `timeout` nanoseconds (-1: for ever), and queues the watches that it concerns. The wakeup may concern
 * another instance only. With `alone`, only wakeups of this instance end the sleep.
 */
export function park(instance: Instance, timeout: i64, alone: bool): i32 {
  if (IS_WASIP3) return mustLook(instance, timeout) ? waitables.take() : waitables.park(timeout);
  if (!hasEdges()) return levels.park(timeout, alone ? instance : null);
  return mustLook(instance, timeout) ? edges.take() : edges.park(timeout);
}

/** Queued watches that may be ready need a look, not a sleep. */
function mustLook(instance: Instance, timeout: i64): bool {
  return timeout == 0 || instance.readyCount > instance.quiet;
}

export function beginLooks(): void {
  if (!IS_WASIP3) edges.beginLooks();
}

/** Adds a watch to the batch of looks. False if the batch is full. */
export function addLook(watch: Watch): bool {
  return IS_WASIP3 ? waitables.addLook(watch) : edges.addLook(watch);
}

/** Looks at the batch, and takes queued wakeups. */
export function finishLooks(): i32 {
  return IS_WASIP3 ? waitables.take() : edges.finishLooks();
}

/** Whether a queued watch needs a look before it is delivered. With levels, the last `park` has looked at all of them. */
export function needsLook(watch: Watch): bool {
  if (IS_WASIP3) return !trigger.isFresh(watch);
  return hasEdges() && !trigger.isFresh(watch);
}

/** `lookAtAll`: this host cannot look. */
export const CANNOT_LOOK: i32 = i32.MIN_VALUE;

/** poll: writes the exact readiness of a `struct pollfd` array to revents. Returns the number of entries with revents, CANNOT_LOOK, or a negated errno. */
export function lookAtAll(fds: usize, count: u32): i32 {
  if (IS_WASIP3) return waitables.lookAtAll(fds, count);
  return hasEdges() ? edges.lookAtAll(fds, count) : CANNOT_LOOK;
}

/** poll: whether `sleepOverAll` works here for `count` entries. */
export function canSleepOverAll(count: u32): bool {
  return !IS_WASIP3 && hasEdges() && edges.canSleepOverAll(count);
}

/**
 * poll: as `lookAtAll`, but sleeps until an entry has revents, at most `timeout` nanoseconds (-1: for ever). 0 at the timeout, and after
 * an interruption. -EINVAL if the host refuses so many entries.
 */
export function sleepOverAll(fds: usize, count: u32, timeout: i64): i32 {
  return edges.sleepOverAll(fds, count, timeout);
}

/** poll: one wakeup of a sleep on `wakeupDescriptor`, when something happens on `fd` that concerns `events`. Exact edges only. */
export function armOnce(fd: i32, events: u32): i32 {
  return edges.armOnce(fd, events);
}

/** poll on WASI 0.3, where all readiness is known: sleeps until something happens on any descriptor. */
export function parkForAll(timeout: i64): i32 {
  return waitables.park(timeout);
}

/** poll, over levels: subscribes to everything that can make an instance ready. False if memory cannot grow. */
export function subscribeInside(array: Subscriptions, instance: Instance, tag: u32): bool {
  return levels.subscribeInside(array, instance, tag);
}

/**
 * For selectors over poll and select: the table counts the lives of this number from now on, so that a closed descriptor can be told
 * from the next one with its number. Ignores a number that is not open. 0 or -ENOMEM.
 */
export function follow(fd: i32): i32 {
  if (isInstanceFd(fd) || descriptor(fd) != null || !isOpen(fd)) return 0;
  return descriptorFor(fd) == null ? -ENOMEM : 0;
}

/** The descriptor that is readable while wakeups are queued; -1 if edges are made from levels. */
export function wakeupDescriptor(): i32 {
  return !IS_WASIP3 && hasEdges() ? edges.descriptorOfFile() : -1;
}

/** All bits of the directions in `bits`. */
export function kindsOf(bits: u32): u32 {
  return ((bits & READABLE) != 0 ? READABLE : 0) | ((bits & WRITABLE) != 0 ? WRITABLE : 0);
}

/** The guest's own I/O met EAGAIN in the direction of `bits` (READABLE or WRITABLE). */
export function onWouldBlock(fd: i32, bits: u32): void {
  const target = descriptor(fd);
  if (target == null) return;
  if (IS_WASIP3) waitables.onWouldBlock(target, fd, bits);
  else if (hasEdges()) trigger.onWouldBlock(target, bits);
  else levels.rearm(fd, bits);
}

/** The guest's own I/O moved fewer bytes on a stream than it asked for. */
export function onShortCount(fd: i32, bits: u32): void {
  const target = descriptor(fd);
  if (target == null) return;
  if (IS_WASIP3) waitables.onShortCount(target, fd, bits);
  else if (hasEdges()) trigger.onShortCount(target, bits);
  else levels.rearm(fd, bits);
}

/** For programs that do I/O outside the engine: arms edge-triggered watches of `fd` again. Exact edges need no rearm. */
export function rearm(fd: i32): void {
  if (IS_WASIP3) waitables.rearm(fd);
  else if (!hasEdges()) levels.rearm(fd, READABLE | WRITABLE);
}

/** Ends the watches of `fd`. Call it before the close. */
export function forget(fd: i32): void {
  const target = descriptor(fd);
  if (target == null) return;
  // Its queued wakeups are void for its watches, but not for an instance that watches their instance.
  for (let watch = target.firstWatch; watch != null; watch = watch!.next) {
    if (watch.instance.firstWatch == null) continue;
    take(); // an errno does not prevent the close: the next wait reports it
    break;
  }
  if (rules.CLOSE_REMOVES_WATCHES) trigger.close(target);
  if (!IS_WASIP3 && !hasEdges()) levels.settle(fd);
}
