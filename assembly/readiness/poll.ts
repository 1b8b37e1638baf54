/**
 * poll(2): each call passes, checks and answers the whole list.
 *
 * A host with a ready file sleeps over the array itself, in one call. Others, and a list with an epoll instance, take more: a sleep in
 * poll_oneoff over all entries, which knows two directions. There an entry that asks for something else (urgent data, RDHUP alone, or
 * only hangups and errors) needs the ready file to end the sleep. So does an epoll instance, which the host does not know: it is
 * readable while one of its watches is ready.
 */
import { instance as instanceOf, isInstanceFd } from "../engine/instances";
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../abi/epoll";
import { EVENT_ERROR, EVENT_SIZE, EVENT_TYPE, EVENT_USERDATA, FD_READ, FD_WRITE } from "../abi/wasi";
import {
  append,
  clear,
  makeRoom,
  SUBSCRIPTIONS_SIZE,
  Subscriptions,
  setClock,
  subscriptionAt,
  subscriptionCount,
} from "../memory/subscriptions";
import { EBADF, EINVAL, ENOMEM } from "../abi/errno";
import { clock, isOpen, poll as sleep } from "../sys/system";
import { IS_WASIP3 } from "../sys/target";
import { isReady } from "./delivery";
import {
  ALWAYS,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLPRI,
  EPOLLRDHUP,
  EPOLLRDNORM,
  POLLNVAL,
  READABLE,
  WRITABLE,
} from "../abi/events";
import {
  armOnce,
  CANNOT_LOOK,
  canSleepOverAll,
  lookAtAll,
  parkForAll,
  sleepOverAll,
  subscribeInside,
  take,
  wakeupDescriptor,
} from "../sources/source";
import { beginTurn } from "../engine/trigger";

const A_DAY: i64 = 86_400_000_000_000;
/** More entries do not fit into linear memory. */
const MAX_ENTRIES: i32 = 1 << 29;
/** `sleepOverList`: the wait goes on in another way. Below every negated errno. */
const NOT_OVER: i32 = i32.MIN_VALUE;
const ALWAYS_REPORTED: u32 = ALWAYS | POLLNVAL;
/** In place of an entry's index: a subscription to the ready file, or to a descriptor inside an instance. */
const NO_ENTRY: u32 = 0xffffffff;

const subscriptions = changetype<Subscriptions>(memory.data(SUBSCRIPTIONS_SIZE, 8));

/**
 * Waits until one of `count` entries at `fds` (`struct pollfd`, abi/epoll.ts) is ready, for at most `timeout` milliseconds; -1 waits
 * for ever, 0 never sleeps. A negative fd is skipped, a closed one is NVAL, and a ready epoll instance is IN and RDNORM.
 *
 * @returns the number of entries with revents, 0 at the timeout; -EINVAL, -ENOMEM, or an error of the host
 */
export function poll(fds: usize, count: i32, timeout: i32): i32 {
  if (count < 0 || count > MAX_ENTRIES) return -EINVAL;
  const began: i64 = timeout > 0 ? clock() : 0;
  if (began < 0) return <i32>began;
  const deadline: i64 = began + <i64>timeout * 1_000_000;
  let remaining: i64 = timeout > 0 ? <i64>timeout * 1_000_000 : timeout;
  if (IS_WASIP3) return pollKnown(fds, count, timeout, deadline);
  if (timeout != 0 && canSleepOverAll(count)) {
    const ready = sleepOverList(fds, count, timeout, deadline);
    if (ready != NOT_OVER) return ready;
    if (timeout > 0) {
      const time = clock();
      if (time < 0) return <i32>time;
      remaining = max<i64>(deadline - time, 0);
    }
  }
  let subscribed = false;
  while (true) {
    let ready = look(fds, count);
    const exact = ready != CANNOT_LOOK;
    if (exact && (ready != 0 || timeout == 0)) return ready;
    // Arm before the last look, so that no wakeup is missed between the two.
    if (exact || !subscribed) {
      const odd = subscribe(fds, count, exact);
      if (odd < 0) return odd;
      const first = !subscribed;
      subscribed = true;
      if (odd > 0 && exact && first) continue;
    }
    // With levels, a ready instance would end the sleep at once: look first.
    const inner = exact ? 0 : readyInstances(fds, count);
    if (inner < 0) return inner;
    const woken = park(inner > 0 ? 0 : remaining);
    if (woken < 0) return woken;
    if (exact) {
      const error = take();
      if (error < 0) return error;
    } else {
      spread(fds, count, woken);
      ready = reported(fds, count, count);
      if (ready != 0 || timeout == 0) return ready;
    }
    if (timeout > 0) {
      const time = clock();
      if (time < 0) return <i32>time;
      remaining = deadline - time;
      // One last look at the deadline.
      if (remaining <= 0) {
        timeout = 0;
        remaining = 0;
      }
    }
  }
}

/**
 * poll where the host sleeps over the array. NOT_OVER if the sleep needs more than that: an instance that is not ready looks closed to the
 * host, and a kernel refuses more entries than the process may have descriptors.
 */
function sleepOverList(fds: usize, count: i32, timeout: i32, deadline: i64): i32 {
  let remaining: i64 = timeout > 0 ? <i64>timeout * 1_000_000 : timeout;
  while (true) {
    const looked = sleepOverAll(fds, count, remaining);
    if (looked < 0) return looked == -EINVAL ? NOT_OVER : looked;
    const ready = reported(fds, count, looked);
    if (ready != 0) return ready;
    if (looked > 0) return NOT_OVER;
    if (timeout < 0) continue;
    const time = clock();
    if (time < 0) return <i32>time;
    remaining = deadline - time;
    if (remaining <= 0) return 0;
  }
}

/** poll on WASI 0.3, where all readiness is known: any event ends a sleep, and the entries are looked at again. */
function pollKnown(fds: usize, count: i32, timeout: i32, deadline: i64): i32 {
  let remaining: i64 = timeout > 0 ? <i64>timeout * 1_000_000 : timeout;
  while (true) {
    const ready = look(fds, count);
    if (ready != 0 || remaining == 0) return ready;
    const error = parkForAll(remaining);
    if (error < 0) return error;
    if (timeout < 0) continue;
    const time = clock();
    if (time < 0) return <i32>time;
    remaining = max<i64>(deadline - time, 0);
  }
}

/**
 * For a caller that sleeps outside the core: arms one wakeup for each entry. Returns the number of entries that are ready already, or
 * a negated errno.
 */
export function arm(fds: usize, count: i32): i32 {
  if (count < 0 || count > MAX_ENTRIES) return -EINVAL;
  if (wakeupDescriptor() < 0) return 0;
  for (let at = fds, end = fds + <usize>count * POLLFD_SIZE; at < end; at += POLLFD_SIZE) {
    const fd = load<i32>(at, POLLFD_FD);
    const error = fd < 0 || isInstanceFd(fd) ? 0 : armOnce(fd, load<u16>(at, POLLFD_EVENTS));
    if (error < 0) return error;
  }
  const ready = look(fds, count);
  return ready == CANNOT_LOOK ? 0 : ready;
}

/** The number of entries that are ready now, CANNOT_LOOK, or a negated errno. */
function look(fds: usize, count: i32): i32 {
  const looked = lookAtAll(fds, count);
  return looked >= 0 ? reported(fds, count, looked) : looked;
}

/** The revents of all entries of the last look, combined. */
let found: u32 = 0;

/** Whether the last poll has found a closed descriptor. */
export function foundClosed(): bool {
  return (found & POLLNVAL) != 0;
}

/**
 * Leaves in each revents what its entry asked for, and counts the entries that have some. At most `most` entries have
 * revents. HUP removes OUT, as POSIX demands; Linux's sockets report both. An instance, which is closed for the host,
 * gets its readiness here. A negated errno if that fails.
 */
function reported(fds: usize, count: i32, most: i32): i32 {
  let ready = 0;
  let fresh = false;
  found = 0;
  let left = most;
  for (let at = fds, end = fds + <usize>count * POLLFD_SIZE; at < end && left > 0; at += POLLFD_SIZE) {
    let revents: u32 = load<u16>(at, POLLFD_REVENTS);
    if (revents == 0) continue;
    left--;
    const fd = load<i32>(at, POLLFD_FD);
    if (isInstanceFd(fd)) {
      const readiness = readinessOf(fd, fresh);
      if (readiness < 0) return readiness;
      fresh = true;
      revents = readiness;
    }
    const asked: u32 = load<u16>(at, POLLFD_EVENTS);
    revents = fd < 0 ? 0 : revents & (asked | ALWAYS_REPORTED);
    found |= revents;
    if ((revents & EPOLLHUP) != 0) revents &= ~WRITABLE;
    store<u16>(at, revents, POLLFD_REVENTS);
    if (revents != 0) ready++;
  }
  return ready;
}

/** An epoll descriptor's readiness, or a negated errno. `fresh`: this look has already taken the wakeups. */
function readinessOf(fd: i32, fresh: bool): i32 {
  const instance = instanceOf(fd);
  if (instance == null) return POLLNVAL;
  if (!fresh) {
    beginTurn();
    const error = take();
    if (error < 0) return error;
  }
  const ready = isReady(instance);
  return ready > 0 ? EPOLLIN | EPOLLRDNORM : ready;
}

/** With levels: the number of entries that are ready or closed instances, or a negated errno. */
function readyInstances(fds: usize, count: i32): i32 {
  let ready = 0;
  let fresh = false;
  for (let at = fds, end = fds + <usize>count * POLLFD_SIZE; at < end; at += POLLFD_SIZE) {
    const fd = load<i32>(at, POLLFD_FD);
    if (!isInstanceFd(fd)) continue;
    const readiness = readinessOf(fd, fresh);
    if (readiness < 0) return readiness;
    fresh = true;
    if ((readiness & (load<u16>(at, POLLFD_EVENTS) | ALWAYS_REPORTED)) != 0) ready++;
  }
  return ready;
}

/**
 * Subscribes to each direction that an entry asks for. The upper half of the user data is the entry's index.
 *
 * @returns 1 if there are entries that only the ready file can report, else 0; or a negated errno
 */
function subscribe(fds: usize, count: i32, exact: bool): i32 {
  const file = exact ? wakeupDescriptor() : -1;
  let odd = 0;
  makeRoom(subscriptions, 1); // inline, which never fails
  clear(subscriptions);
  for (let index = 0; index < count; index++) {
    const at = fds + <usize>index * POLLFD_SIZE;
    const fd = load<i32>(at, POLLFD_FD);
    if (fd < 0) continue;
    const asked: u32 = load<u16>(at, POLLFD_EVENTS);
    if (isInstanceFd(fd)) {
      const instance = instanceOf(fd);
      if (instance == null || (asked & (EPOLLIN | EPOLLRDNORM)) == 0) continue;
      odd = 1;
      if (file < 0 && !subscribeInside(subscriptions, instance, NO_ENTRY)) return -ENOMEM;
      continue;
    }
    // Two for an entry, and one for the ready file.
    if (!makeRoom(subscriptions, subscriptionCount(subscriptions) + 3)) return -ENOMEM;
    // For an entry that asks for neither direction, poll_oneoff only tells whether its descriptor is closed.
    const closed = file < 0 && (asked & (READABLE | WRITABLE)) == 0 && !isOpen(fd);
    if (closed || (asked & READABLE) != 0) append(subscriptions, FD_READ, fd, index);
    if ((asked & WRITABLE) != 0) append(subscriptions, FD_WRITE, fd, index);
    if (file >= 0 && isOdd(asked)) {
      const error = armOnce(fd, asked);
      if (error < 0) return error;
      odd = 1;
    }
  }
  // Without other entries, the clock and this one fit inline.
  if (odd != 0 && file >= 0) {
    makeRoom(subscriptions, 2);
    append(subscriptions, FD_READ, file, NO_ENTRY);
  }
  return odd;
}

/** Whether an entry asks for something that poll_oneoff does not report. It reports an end of stream as readable. */
function isOdd(asked: u32): bool {
  if ((asked & READABLE) == 0) return (asked & WRITABLE) == 0 || (asked & (EPOLLPRI | EPOLLRDHUP)) != 0;
  return (asked & EPOLLPRI) != 0;
}

function park(timeout: i64): i32 {
  const count = subscriptionCount(subscriptions); // with the clock, which has room
  const first: u32 = timeout < 0 && count > 1 ? 1 : 0;
  if (first == 0) setClock(subscriptions, timeout < 0 ? A_DAY : timeout);
  return sleep(subscriptionAt(subscriptions, first), subscriptions.results, count - first);
}

/** Writes the events of poll_oneoff to the entries, for a host that cannot look. */
function spread(fds: usize, count: i32, found: i32): void {
  for (let at = fds, end = fds + <usize>count * POLLFD_SIZE; at < end; at += POLLFD_SIZE) {
    // `reported` replaces it by the instance's readiness.
    store<u16>(at, isInstanceFd(load<i32>(at, POLLFD_FD)) ? POLLNVAL : 0, POLLFD_REVENTS);
  }
  let event = subscriptions.results;
  for (let index = 0; index < found; index++, event += EVENT_SIZE) {
    const tag: u32 = load<u8>(event, EVENT_TYPE);
    const entry = load<u32>(event, EVENT_USERDATA + 4);
    if ((tag != FD_READ && tag != FD_WRITE) || entry >= <u32>count) continue;
    const at = fds + <usize>entry * POLLFD_SIZE;
    const error: u32 = load<u16>(event, EVENT_ERROR);
    let revents: u32 = tag == FD_READ ? READABLE : WRITABLE;
    if (error != 0) revents = error == EBADF ? POLLNVAL : EPOLLERR;
    store<u16>(at, load<u16>(at, POLLFD_REVENTS) | revents, POLLFD_REVENTS);
  }
}
