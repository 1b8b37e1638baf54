/**
 * epoll_create, epoll_ctl, epoll_wait (epoll(7)), in linear memory.
 *
 * Calls return a count, or a negated errno (`abi/errno.ts`). Times are milliseconds.
 */
import { check, descriptor } from "../engine/descriptors";
import { allocateInstance, freeInstance, instance as instanceOfFd, isInstanceFd } from "../engine/instances";
import { EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../abi/epoll";
import { allocateWatch } from "../engine/watches";
import { CHECKED } from "../memory/integrity";
import { Instance, Watch, Watched } from "../memory/layout";
import { EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM } from "../abi/errno";
import { clock } from "../sys/system";
import { deliver, isReady, lookAhead } from "./delivery";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDNORM,
  EPOLLWAKEUP,
} from "../abi/events";
import * as rules from "../engine/rules";
import * as source from "../sources/source";
import * as trigger from "../engine/trigger";

/** The longest chain of instances that watch each other: the kernel's EP_MAX_NESTS. */
const MAX_NESTS: i32 = 4;
/** A wait that may not sleep ends after this many looks, if wakeups keep coming and no watch is found ready. */
const MAX_ROUNDS: u32 = 64;
const MAX_EVENTS: i32 = 0x7fffffff / EPOLL_EVENT_SIZE;
const BESIDE_EXCLUSIVE: u32 = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

/** A new instance's descriptor. */
export function create(): i32 {
  const instance = allocateInstance();
  return instance == null ? -ENOMEM : instance.fd;
}

/**
 * Adds, modifies or deletes the watch of `epfd` on `fd` (epoll_ctl(2)). Each event has `data`.
 *
 * @returns 0; -EBADF, -EEXIST, -EINVAL, -ELOOP, -ENOENT, -ENOMEM or -EPERM, in the kernel's order; or an error of the host
 */
export function ctl(epfd: i32, op: i32, fd: i32, events: u32, data: u64): i32 {
  const instance = instanceOfFd(epfd);
  const inner = instanceOfFd(fd);
  const target = targetOf(fd, inner);
  const watch = find(instance, target);
  const error = refusal(instance, op, inner, watch, events);
  if (error < 0) {
    // The kernel reports a bad descriptor before all other errors.
    const bad = badDescriptor(epfd, instance, fd, inner);
    return rules.BAD_DESCRIPTORS_COME_FIRST && bad < 0 ? bad : error;
  }
  // Wakeups that have happened are for the watches before this change.
  if (inner != null || instance!.firstWatch != null) {
    const failed = source.take();
    if (failed < 0) return failed;
  }
  if (op == EPOLL_CTL_ADD) return add(instance!, fd, inner, events, data);
  return op == EPOLL_CTL_DEL ? remove(watch!) : modify(watch!, inner, events, data);
}

/** The object that a watch of `fd` is linked to: the instance, or the descriptor's entry; null if it has none. */
function targetOf(fd: i32, inner: Instance | null): Watched | null {
  return inner != null ? changetype<Watched>(inner) : changetype<Watched>(descriptor(fd));
}

/** The error of a call whose descriptors are good; 0 for none. */
function refusal(instance: Instance | null, op: i32, inner: Instance | null, watch: Watch | null, events: u32): i32 {
  if (instance == null || (rules.NOT_ITSELF && instance == inner)) return -EINVAL;
  if (op == EPOLL_CTL_ADD) {
    if ((events & EPOLLEXCLUSIVE) != 0 && !mayBeExclusive(inner, events)) return -EINVAL;
    if (inner != null && tooDeep(instance, inner)) return -ELOOP;
    return isRegistered(watch) ? -EEXIST : 0;
  }
  if (op == EPOLL_CTL_DEL) return watch == null ? (rules.DEL_NEEDS_A_WATCH ? -ENOENT : -EINVAL) : 0;
  if (op != EPOLL_CTL_MOD || (rules.MOD_REFUSES_EXCLUSIVE && (events & EPOLLEXCLUSIVE) != 0)) return -EINVAL;
  if (watch == null) return rules.MOD_NEEDS_A_WATCH ? -ENOENT : -EINVAL;
  return rules.EXCLUSIVE_REFUSES_MOD && (watch.events & EPOLLEXCLUSIVE) != 0 ? -EINVAL : 0;
}

function mayBeExclusive(inner: Instance | null, events: u32): bool {
  if (rules.EXCLUSIVE_REFUSES_INSTANCES && inner != null) return false;
  return !rules.EXCLUSIVE_LIMITS_FLAGS || (events & ~BESIDE_EXCLUSIVE) == 0;
}

function isRegistered(watch: Watch | null): bool {
  if (!rules.PAIRS_ARE_UNIQUE || watch == null) return false;
  return rules.SILENT_STAYS_REGISTERED || watch.state != trigger.SILENT;
}

/** EBADF for a closed descriptor, EPERM for one that cannot be polled; else 0. */
function badDescriptor(epfd: i32, instance: Instance | null, fd: i32, inner: Instance | null): i32 {
  if (instance == null && !isOpenElsewhere(epfd)) return -EBADF;
  if (inner != null) return 0;
  return isInstanceFd(fd) ? -EBADF : source.check(fd);
}

/** Whether `fd` is an open descriptor of the host. */
function isOpenElsewhere(fd: i32): bool {
  return !isInstanceFd(fd) && source.check(fd) != -EBADF;
}

function find(instance: Instance | null, target: Watched | null): Watch | null {
  if (instance == null || target == null) return null;
  if (CHECKED) check(target);
  let watch = target.firstWatch;
  while (watch != null && watch.instance != instance && rules.WATCHES_BELONG_TO_INSTANCES) watch = watch.next;
  return watch;
}

function add(instance: Instance, fd: i32, inner: Instance | null, events: u32, data: u64): i32 {
  // If the table has an entry for fd, arming finds out whether fd is open.
  if (inner == null && descriptor(fd) == null) {
    const error = isInstanceFd(fd) ? -EBADF : source.admit(fd);
    if (error < 0) return error;
  }
  const watch = allocateWatch();
  if (watch == null) return -ENOMEM;
  watch.fd = fd;
  watch.instance = instance;
  trigger.setInterest(watch, events);
  if (rules.ADD_VOIDS_EVENTS) trigger.renew(watch);
  watch.data = data & rules.USER_DATA;
  trigger.attach(watch, targetOf(fd, inner)!);
  const error = arm(watch, inner);
  if (error < 0) remove(watch);
  return error;
}

function modify(watch: Watch, inner: Instance | null, events: u32, data: u64): i32 {
  const eventsBefore = watch.events;
  const dataBefore = watch.data;
  trigger.setInterest(watch, events);
  if (rules.MOD_REPLACES_DATA) watch.data = data;
  const error = arm(watch, inner);
  if (error < 0 && rules.FAILED_MOD_CHANGES_NOTHING) {
    // A call that fails changes nothing.
    trigger.setInterest(watch, eventsBefore);
    watch.data = dataBefore;
    return error;
  }
  if (rules.MOD_VOIDS_EVENTS) trigger.renew(watch);
  return 0;
}

function arm(watch: Watch, inner: Instance | null): i32 {
  if (inner == null) return source.arm(watch);
  trigger.revive(watch);
  trigger.beginTurn(); // data that the last wait has seen may have been read since
  // The look comes in every case, because it takes watches that are not ready off the inner list.
  const ready = isReady(inner);
  const readable = (watch.events & (EPOLLIN | EPOLLRDNORM)) != 0;
  if (ready > 0 && readable && watch.state == trigger.IDLE && rules.ADD_AND_MOD_LOOK_INSIDE) trigger.queue(watch);
  return min(ready, 0);
}

function remove(watch: Watch): i32 {
  const fd = watch.fd;
  const inner = instanceOfFd(fd);
  trigger.detach(watch, targetOf(fd, inner)!);
  if (inner == null) source.disarm(fd);
  return 0;
}

/**
 * Waits for events (epoll_wait(2)): at most `most` of 16 bytes each at `events` (`abi/epoll.ts`, EPOLL_EVENT), for
 * at most `timeout` milliseconds; -1 waits for ever, 0 never sleeps.
 *
 * The array belongs to the caller: nothing is written to it after the wait has returned. A program that changes watches while it
 * handles the events calls `isCurrent` for each.
 *
 * @returns the number of events, 0 at the timeout; -EBADF, -EINVAL, -ENOMEM, or an error of the host's looks and sleeps
 */
export function wait(epfd: i32, events: usize, most: i32, timeout: i32): i32 {
  const instance = instanceOfFd(epfd);
  if (instance == null) return isOpenElsewhere(epfd) ? -EINVAL : -EBADF;
  if (most < rules.FEWEST_EVENTS || most > MAX_EVENTS) return -EINVAL;
  const began: i64 = timeout > 0 ? clock() : 0;
  if (began < 0) return <i32>began;
  const deadline: i64 = began + <i64>timeout * 1_000_000 - rules.EARLY;
  let remaining: i64 = timeout > 0 ? <i64>timeout * 1_000_000 - rules.EARLY : timeout;
  if (!rules.ZERO_NEVER_SLEEPS && timeout == 0) remaining = 10_000_000;
  if (!rules.NEGATIVE_WAITS_FOR_EVER && timeout < 0) remaining = 0;
  let round: u32 = 0;
  while (true) {
    round++;
    trigger.beginTurn();
    instance.asleep = timeout != 0 ? 1 : 0;
    // Queued watches that may be ready need a look, not a sleep.
    let result = instance.readyCount > instance.quiet ? lookAhead(instance.readyHead!, most) : 0;
    if (result == 0) result = source.park(instance, remaining, round > 1);
    if (!rules.ERRORS_END_WAITS) result = max(result, 0);
    if (!rules.WAITS_LOOK_AT_THE_LIST) lookAtAll(instance);
    instance.asleep = 0;
    if (result >= 0) result = deliver(instance, events, most);
    if (result != 0 || !rules.EMPTY_DELIVERIES_GO_ON) return result;
    if (timeout == 0) {
      // The looks have taken wakeups too. Watches that they queued still have a turn in this wait.
      if (instance.readyCount <= instance.quiet || round == MAX_ROUNDS) return 0;
    } else if (timeout > 0) {
      const time = clock();
      if (time < 0 && rules.CLOCK_ERRORS_END_WAITS) return <i32>time;
      remaining = deadline - time;
      if (remaining <= 0) return 0;
    }
  }
}

/** The mutant of rule 18. */
function lookAtAll(instance: Instance): void {
  for (let watch = instance.firstMember; watch != null; watch = watch!.nextMember) source.check(watch.fd);
}

/** The number of the last delivery of an instance: directly after a wait, the one that it returned. 0 before the first. */
export function lastDelivery(epfd: i32): u64 {
  const instance = instanceOfFd(epfd);
  return instance == null ? 0 : instance.lastDelivery;
}

/**
 * Whether an event of instance `epfd` still holds: its watch was not removed or modified since its delivery, and its descriptor and
 * the instance were not closed.
 *
 * @param delivery `lastDelivery` after the wait; not needed for events of the instance's last wait
 */
export function isCurrent(epfd: i32, event: usize, delivery: u64 = 0): bool {
  return isWatchedSince(epfd, load<i32>(event, EPOLL_EVENT_FD), delivery == 0 ? lastDelivery(epfd) : delivery);
}

/** The same, by the event's descriptor. */
export function isWatchedSince(epfd: i32, fd: i32, delivery: u64): bool {
  const watch = find(instanceOfFd(epfd), targetOf(fd, instanceOfFd(fd)));
  if (!rules.CURRENT_NEEDS_A_WATCH) return true;
  return watch != null && watch.since < delivery;
}

/**
 * For callers that sleep outside `wait`, in a host that awaits: the instance counts as asleep until its next wait, or until one of
 * its exclusive watches takes a wakeup.
 */
export function sleep(epfd: i32): i32 {
  const instance = instanceOfFd(epfd);
  if (instance == null) return -EBADF;
  instance.asleep = 1;
  return 0;
}

/** Closes an instance. Its watches end, and the watches that other instances have on it. */
export function close(epfd: i32): i32 {
  const instance = instanceOfFd(epfd);
  if (instance == null) return -EBADF;
  // Wakeups that have happened to its watches are also for the instances that watch it.
  // An errno does not prevent the close: the next wait reports it.
  if (instance.firstWatch != null) source.take();
  for (let watch = instance.firstMember; watch != null; watch = instance.firstMember) remove(watch);
  for (let outer = instance.firstWatch; outer != null; outer = instance.firstWatch) remove(outer);
  freeInstance(instance);
  return 0;
}

/** Whether a watch of `outer` on `inner` would close a circle, or make a chain of more than four links. */
function tooDeep(outer: Instance, inner: Instance): bool {
  const below = depthBelow(inner, outer, 0);
  const above = rules.HEIGHT_COUNTS ? heightAbove(outer, 0) : 0;
  return below > MAX_NESTS || (rules.DEPTH_COUNTS ? below : 0) + 1 + above > MAX_NESTS;
}

function depthBelow(instance: Instance, from: Instance, depth: i32): i32 {
  let deepest = 0;
  for (let watch = instance.firstMember; watch != null; watch = watch!.nextMember) {
    const inner = instanceOfFd(watch.fd);
    if (inner == null) continue;
    if (rules.NO_CIRCLES && (inner == from || depth > MAX_NESTS)) return MAX_NESTS + 1;
    deepest = max(deepest, depthBelow(inner, from, depth + 1) + 1);
    if (deepest > MAX_NESTS) return deepest;
  }
  return deepest;
}

function heightAbove(instance: Instance, height: i32): i32 {
  let highest = 0;
  if (height > MAX_NESTS) return highest;
  for (let outer = instance.firstWatch; outer != null; outer = outer!.next) {
    highest = max(highest, heightAbove(outer.instance, height + 1) + 1);
  }
  return highest;
}
