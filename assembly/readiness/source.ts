/**
 * Where wakeups come from: the host's ready file where it grants one, levels everywhere else. Chosen at the first use;
 * a ready file that goes away (a program closed it) is replaced by levels, with every watch armed anew.
 */
import { descriptor, descriptorFor, firstWatch } from "../memory/descriptors";
import { fdOfInstance, firstOuter, firstWatchOfInstance, instanceAt, isInstanceFd, quiet } from "../memory/instances";
import { readyCount } from "../memory/ready-list";
import { eventsOf, fdOf, instanceOf, nextOfFd, nextOfInstance, stateOf } from "../memory/watches";
import { ENOMEM } from "../sys/errno";
import * as edges from "./edge-source";
import { EPOLLET, READABLE, WRITABLE } from "./events";
import * as levels from "./level-source";
import * as trigger from "./trigger";

/** `capabilities()`: edges are the kernel's own; new data behind undrained data is announced. */
export const EXACT_EDGES: u32 = 1;
/** `capabilities()`: hangups, errors, RDHUP and urgent data are told from readiness. */
export const HANGUPS: u32 = 2;

const UNKNOWN: i32 = -1;
const LEVELS: i32 = 0;
const EDGES: i32 = 1;

let kind: i32 = UNKNOWN;

function hasEdges(): bool {
  if (kind == UNKNOWN) kind = edges.open() ? EDGES : LEVELS;
  return kind == EDGES;
}

/** What this host lets the engine promise: a sum of EXACT_EDGES and HANGUPS. */
export function capabilities(): u32 {
  return hasEdges() ? EXACT_EDGES | HANGUPS : 0;
}

/** Is that an answer of the edge source's? Where its file has gone it gives none, and levels answer from here on. */
function answered(answer: i32): bool {
  if (answer != edges.GONE) return true;
  fallBack();
  return false;
}

/** Can `fd` be watched? 0, or a negated errno (EBADF, EPERM). */
export function check(fd: i32): i32 {
  if (hasEdges()) {
    const error = edges.check(fd);
    if (answered(error)) return error;
  }
  return levels.check(fd);
}

/** Before the first ADD of a number: makes room for it in the table. 0, or a negated errno (EBADF, EPERM, ENOMEM). */
export function admit(fd: i32): i32 {
  let error = hasEdges() ? edges.lookAt(fd) : levels.check(fd);
  if (!answered(error)) error = levels.check(fd);
  if (error < 0) return error;
  return descriptorFor(fd) == 0 ? -ENOMEM : 0;
}

/** ADD, MOD: wakeups for the watch from now on. If its descriptor is ready now, it is queued; as one wakeup, not two. */
export function arm(watch: usize): i32 {
  if (hasEdges()) {
    const readiness = edges.arm(watch);
    if (answered(readiness)) return armed(watch, readiness);
  }
  const error = levels.check(fdOf(watch));
  if (error < 0) return error;
  trigger.revive(watch);
  return levels.arm(watch);
}

function armed(watch: usize, readiness: i32): i32 {
  if (readiness < 0) return readiness;
  trigger.revive(watch);
  trigger.see(watch, readiness);
  if ((<u32>readiness & trigger.watched(watch)) != 0 && stateOf(watch) == trigger.IDLE) trigger.queue(watch);
  return 0;
}

/** DEL: what only this watch had armed is not needed any more. */
export function disarm(fd: i32): void {
  if (!hasEdges()) levels.settle(fd);
}

/** The watch was delivered. */
export function delivered(watch: usize, readiness: u32): void {
  if (kind == LEVELS && !isInstanceFd(fdOf(watch))) {
    if ((eventsOf(watch) & EPOLLET) != 0) levels.delivered(watch, readiness);
    else if (stateOf(watch) == trigger.SILENT) levels.settle(fdOf(watch));
  }
}

/** Takes what has happened so far. */
export function take(): void {
  if (hasEdges()) {
    if (edges.take() >= 0) return;
    fallBack();
  }
  levels.park(0);
}

/** Sleeps until something has happened, at most `timeout` nanoseconds (-1: for ever); what has is on the ready lists then. */
export function park(instance: usize, timeout: i64): void {
  if (hasEdges()) {
    // Who stands on the ready list and may be ready must be looked at, not slept over.
    const looks = timeout == 0 || readyCount(instance) > quiet(instance);
    if ((looks ? edges.take() : edges.park(timeout)) >= 0) return;
    fallBack();
  }
  levels.park(timeout);
}

/** Is a look needed before a queued watch may be delivered, and possible? Levels were all looked at by the last `park`. */
export function needsLook(watch: usize): bool {
  return kind == EDGES && !trigger.isFresh(watch);
}

/** poll: exact readiness of a `struct pollfd` array, into its revents. How many have something; -1 where this host cannot say. */
export function lookAtAll(fds: usize, count: u32): i32 {
  if (!hasEdges()) return -1;
  const found = edges.lookAtAll(fds, count);
  if (found < 0) fallBack();
  return max(found, -1);
}

/** poll: wakes a sleep on `wakeupDescriptor` once, when something that concerns `mask` happens on `fd`. Exact edges only. */
export function armOnce(fd: i32, mask: u32): void {
  edges.armOnce(fd, mask);
}

/** The descriptor that is readable when wakeups wait; -1 where edges are made from levels. */
export function wakeupDescriptor(): i32 {
  return hasEdges() ? edges.descriptorOfFile() : -1;
}

/** All the bits of the directions that `bits` speak of. */
export function kindsOf(bits: u32): u32 {
  return ((bits & READABLE) != 0 ? READABLE : 0) | ((bits & WRITABLE) != 0 ? WRITABLE : 0);
}

/** The guest's own I/O met EAGAIN in the direction of `bits` (READABLE or WRITABLE). */
export function drained(fd: i32, bits: u32): void {
  const target = descriptor(fd);
  if (target == 0) return;
  if (hasEdges()) trigger.drained(target, bits);
  else levels.rearm(fd, bits);
}

/** The guest's own I/O moved fewer bytes than it had asked for, on a stream. */
export function fellShort(fd: i32, bits: u32): void {
  const target = descriptor(fd);
  if (target == 0) return;
  if (hasEdges()) trigger.fellShort(target, bits);
  else levels.rearm(fd, bits);
}

/** For programs that do I/O past the engine: edge-triggered watches of `fd` wait again. Nothing to do with exact edges. */
export function rearm(fd: i32): void {
  if (!hasEdges()) levels.rearm(fd, READABLE | WRITABLE);
}

/** To be called before `fd` is closed: its watches end. Whoever gets the ready file's number must not be taken for it. */
export function closed(fd: i32): void {
  if (hasEdges() && fd == edges.descriptorOfFile()) fallBack();
  const target = descriptor(fd);
  if (target == 0) return;
  // Wakeups on their way to it are void, but not for an instance that watches one of its watches' instances.
  for (let watch = firstWatch(target); watch != 0; watch = nextOfFd(watch)) {
    if (firstOuter(instanceOf(watch)) == 0) continue;
    take();
    break;
  }
  trigger.close(target);
  if (!hasEdges()) levels.settle(fd);
}

/** The ready file has gone: from here on, levels. */
export function fallBack(): void {
  kind = LEVELS;
  let instance = instanceAt(0);
  for (let index: u32 = 0; instance != 0; instance = instanceAt(++index)) {
    if (fdOfInstance(instance) == 0) continue;
    for (let watch = firstWatchOfInstance(instance); watch != 0; watch = nextOfInstance(watch)) {
      if (!isInstanceFd(fdOf(watch))) levels.arm(watch);
    }
  }
}
