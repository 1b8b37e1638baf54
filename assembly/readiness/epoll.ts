/**
 * epoll_create, epoll_ctl, epoll_wait (epoll(7)), in linear memory.
 *
 * Calls return a count, or a negated errno (`sys/errno.ts`). Times are milliseconds.
 */
import { descriptor, firstWatch } from "../memory/descriptors";
import {
  allocateInstance,
  batch,
  fdOfInstance,
  firstOuter,
  firstWatchOfInstance,
  freeInstance,
  instance as instanceOfFd,
  instanceAt,
  isInstanceFd,
  quiet,
  setAsleep,
  setBatch,
} from "../memory/instances";
import { EPOLL_EVENT_SIZE } from "../memory/layout";
import { readyCount, readyHead } from "../memory/ready-list";
import {
  allocateWatch,
  eventsOf,
  fdOf,
  instanceOf,
  nextOfFd,
  nextOfInstance,
  setData,
  setEvents,
  setFd,
  setInstance,
  stateOf,
} from "../memory/watches";
import { EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM } from "../sys/errno";
import { now } from "../sys/system";
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
} from "./events";
import * as source from "./source";
import * as trigger from "./trigger";

/** How deep instances may watch each other: EP_MAX_NESTS. */
const MOST_NESTS: i32 = 4;
const MOST_EVENTS: i32 = 0x7fffffff / EPOLL_EVENT_SIZE;
const BESIDE_EXCLUSIVE: u32 = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

/** A new instance's descriptor. */
export function create(): i32 {
  const instance = allocateInstance();
  return instance == 0 ? -ENOMEM : fdOfInstance(instance);
}

/**
 * Adds, changes or ends the watch of `epfd` on `fd` (epoll_ctl(2)). `data` comes back with each event.
 * Errors: EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM, EPERM, in the kernel's order.
 */
export function ctl(epfd: i32, op: i32, fd: i32, events: u32, data: u64): i32 {
  const instance = instanceOfFd(epfd);
  const inner = instanceOfFd(fd);
  const watch = find(instance, fd, inner);
  const error = refusal(instance, op, inner, watch, events);
  if (error < 0) {
    // A bad descriptor comes before whatever else is wrong.
    const bad = badDescriptor(epfd, instance, fd, inner);
    return bad < 0 ? bad : error;
  }
  // An instance is told of wakeups as its watches are when they happen: what is on its way is for them as they are now.
  if (inner != 0 || firstOuter(instance) != 0) source.take();
  if (op == EPOLL_CTL_ADD) return add(instance, fd, inner, events, data);
  return op == EPOLL_CTL_DEL ? remove(watch) : modify(watch, inner, events, data);
}

/** What is wrong with a call on good descriptors; 0 when nothing is. */
function refusal(instance: usize, op: i32, inner: usize, watch: usize, events: u32): i32 {
  if (instance == 0 || instance == inner) return -EINVAL;
  if (op == EPOLL_CTL_ADD) {
    if ((events & EPOLLEXCLUSIVE) != 0 && (inner != 0 || (events & ~BESIDE_EXCLUSIVE) != 0)) return -EINVAL;
    if (inner != 0 && tooDeep(instance, inner)) return -ELOOP;
    return watch != 0 ? -EEXIST : 0;
  }
  if (op == EPOLL_CTL_DEL) return watch == 0 ? -ENOENT : 0;
  if (op != EPOLL_CTL_MOD || (events & EPOLLEXCLUSIVE) != 0) return -EINVAL;
  if (watch == 0) return -ENOENT;
  return (eventsOf(watch) & EPOLLEXCLUSIVE) != 0 ? -EINVAL : 0;
}

/** EBADF for what is not open, EPERM for what cannot be polled; 0 when neither is so. */
function badDescriptor(epfd: i32, instance: usize, fd: i32, inner: usize): i32 {
  if (instance == 0 && !isOpenElsewhere(epfd)) return -EBADF;
  if (inner != 0) return 0;
  return isInstanceFd(fd) ? -EBADF : source.check(fd);
}

/** Is it a descriptor that is open, but no epoll instance's? */
function isOpenElsewhere(fd: i32): bool {
  return !isInstanceFd(fd) && source.check(fd) != -EBADF;
}

function find(instance: usize, fd: i32, inner: usize): usize {
  if (instance == 0) return 0;
  const target: usize = inner != 0 ? 0 : descriptor(fd);
  let watch: usize = 0;
  if (inner != 0) watch = firstOuter(inner);
  else if (target != 0) watch = firstWatch(target);
  while (watch != 0 && instanceOf(watch) != instance) watch = nextOfFd(watch);
  return watch;
}

function add(instance: usize, fd: i32, inner: usize, events: u32, data: u64): i32 {
  // Arming finds out by itself whether an fd that the table has room for is open.
  if (inner == 0 && descriptor(fd) == 0) {
    const error = isInstanceFd(fd) ? -EBADF : source.admit(fd);
    if (error < 0) return error;
  }
  const watch = allocateWatch();
  if (watch == 0) return -ENOMEM;
  setFd(watch, fd);
  setInstance(watch, instance);
  setEvents(watch, events);
  setData(watch, data);
  trigger.attach(watch, inner != 0 ? 0 : descriptor(fd), inner);
  const error = arm(watch, inner);
  if (error < 0) remove(watch);
  return error;
}

function modify(watch: usize, inner: usize, events: u32, data: u64): i32 {
  trigger.strikeFromBatch(watch);
  setEvents(watch, events);
  setData(watch, data);
  return arm(watch, inner);
}

function arm(watch: usize, inner: usize): i32 {
  if (inner == 0) return source.arm(watch);
  trigger.revive(watch);
  trigger.beginTurn(); // what was seen by the last wait may have been read since
  const readable = (eventsOf(watch) & (EPOLLIN | EPOLLRDNORM)) != 0;
  if (readable && stateOf(watch) == trigger.IDLE && isReady(inner)) trigger.queue(watch);
  return 0;
}

function remove(watch: usize): i32 {
  const fd = fdOf(watch);
  const inner = instanceOfFd(fd);
  trigger.detach(watch, inner != 0 ? 0 : descriptor(fd), inner);
  if (inner == 0) source.disarm(fd);
  return 0;
}

/**
 * Waits for events (epoll_wait(2)): at most `most` of 16 bytes each at `events` (`memory/layout.ts`, EPOLL_EVENT), for
 * at most `timeout` milliseconds; -1 waits for ever, 0 never sleeps. Returns how many; 0 when the time is over.
 *
 * The events are the instance's until its next wait: while they are dispatched, the event of a watch that is removed,
 * changed or closed is struck out (its `events` becomes 0), and is to be passed over.
 */
export function wait(epfd: i32, events: usize, most: i32, timeout: i32): i32 {
  const instance = instanceOfFd(epfd);
  if (instance == 0) return isOpenElsewhere(epfd) ? -EINVAL : -EBADF;
  if (most <= 0 || most > MOST_EVENTS) return -EINVAL;
  const deadline: i64 = timeout > 0 ? <i64>now() + <i64>timeout * 1_000_000 : 0;
  let remaining: i64 = timeout > 0 ? <i64>timeout * 1_000_000 : timeout;
  while (true) {
    trigger.beginTurn();
    setAsleep(instance, timeout != 0 ? 1 : 0);
    // Who stands on the ready list and may be ready is looked at, not slept over.
    const looked = readyCount(instance) > quiet(instance) && lookAhead(readyHead(instance), most);
    if (!looked) source.park(instance, remaining);
    setAsleep(instance, 0);
    const count = deliver(instance, events, most);
    // Looking at watches takes wakeups too: whoever was queued meanwhile has had no turn, and is no matter of the next wait.
    if (count > 0 || (timeout == 0 && readyCount(instance) <= quiet(instance))) return count;
    if (timeout > 0) {
      remaining = deadline - <i64>now();
      if (remaining <= 0) return 0;
    }
  }
}

/**
 * For callers that sleep outside of `wait` (a host that awaits): somebody waits on this instance, until its next wait or
 * until an exclusive watch of it takes a wakeup.
 */
export function sleep(epfd: i32): i32 {
  const instance = instanceOfFd(epfd);
  if (instance == 0) return -EBADF;
  setAsleep(instance, 1);
  return 0;
}

/** The memory at `events` is about to be something else: no batch that was delivered there is being dispatched any more. */
export function endBatches(events: usize): void {
  let instance = instanceAt(0);
  for (let index: u32 = 0; instance != 0; instance = instanceAt(++index)) {
    if (fdOfInstance(instance) != 0 && batch(instance) == events) setBatch(instance, 0, 0);
  }
}

/** Closes an instance: all of its watches end, and those that others have on it. */
export function close(epfd: i32): i32 {
  const instance = instanceOfFd(epfd);
  if (instance == 0) return -EBADF;
  // Wakeups on their way to its watches have woken who watches it, and may be what that one waits for.
  if (firstOuter(instance) != 0) source.take();
  for (let watch = firstWatchOfInstance(instance); watch != 0; watch = firstWatchOfInstance(instance)) remove(watch);
  for (let outer = firstOuter(instance); outer != 0; outer = firstOuter(instance)) remove(outer);
  freeInstance(instance);
  return 0;
}

/** Would `outer` watching `inner` close a circle, or make a chain of more than four links? */
function tooDeep(outer: usize, inner: usize): bool {
  const below = depthBelow(inner, outer, 0);
  return below > MOST_NESTS || below + 1 + heightAbove(outer, 0) > MOST_NESTS;
}

function depthBelow(instance: usize, from: usize, depth: i32): i32 {
  let deepest = 0;
  for (let watch = firstWatchOfInstance(instance); watch != 0; watch = nextOfInstance(watch)) {
    const inner = instanceOfFd(fdOf(watch));
    if (inner == 0) continue;
    if (inner == from || depth > MOST_NESTS) return MOST_NESTS + 1;
    deepest = max(deepest, depthBelow(inner, from, depth + 1) + 1);
    if (deepest > MOST_NESTS) return deepest;
  }
  return deepest;
}

function heightAbove(instance: usize, height: i32): i32 {
  let highest = 0;
  if (height > MOST_NESTS) return highest;
  for (let outer = firstOuter(instance); outer != 0; outer = nextOfFd(outer)) {
    highest = max(highest, heightAbove(instanceOf(outer), height + 1) + 1);
  }
  return highest;
}
