/**
 * poll(2): the whole list is given, looked at and answered in every call. What that costs beside epoll is the point of
 * having both.
 *
 * The sleep itself is poll_oneoff over all entries. It knows two directions; an entry that asks for something else (urgent
 * data, RDHUP alone, or nothing but hangups and errors) is slept for on the ready file, where there is one.
 */
import {
  EVENT_ERROR,
  EVENT_SIZE,
  EVENT_TYPE,
  EVENT_USERDATA,
  POLLFD_EVENTS,
  POLLFD_FD,
  POLLFD_REVENTS,
  POLLFD_SIZE,
} from "../memory/layout";
import {
  append,
  clear,
  FD_READ,
  FD_WRITE,
  makeRoom,
  results,
  SUBSCRIPTIONS_SIZE,
  setClock,
  subscriptionAt,
  subscriptionCount,
} from "../memory/subscriptions";
import { EBADF, EINTR, EINVAL } from "../sys/errno";
import { isOpen, now, poll as sleep } from "../sys/system";
import { ALWAYS, EPOLLERR, EPOLLHUP, EPOLLPRI, EPOLLRDHUP, POLLNVAL, READABLE, WRITABLE } from "./events";
import { armOnce, lookAtAll, take, wakeupDescriptor } from "./source";

const A_DAY: i64 = 86_400_000_000_000;
const ALWAYS_REPORTED: u32 = ALWAYS | POLLNVAL;
/** In place of an entry's index: the ready file's subscription. */
const NO_ENTRY: u32 = 0xffffffff;

const subscriptions = memory.data(SUBSCRIPTIONS_SIZE, 8);

/**
 * Waits until one of `count` entries at `fds` (`{i32 fd, u16 events, u16 revents}`, memory/layout.ts) is ready, for at
 * most `timeout` milliseconds; -1 waits for ever, 0 never sleeps. An entry with a negative fd is passed over; one that is
 * not open gets NVAL. Returns how many entries have revents, 0 when the time is over, or a negated errno (EINVAL).
 */
export function poll(fds: usize, count: i32, timeout: i32): i32 {
  if (count < 0) return -EINVAL;
  const deadline: i64 = timeout > 0 ? <i64>now() + <i64>timeout * 1_000_000 : 0;
  let remaining: i64 = timeout > 0 ? <i64>timeout * 1_000_000 : timeout;
  let subscribed = false;
  while (true) {
    const looked = lookAtAll(fds, count);
    const exact = looked >= 0;
    let ready = looked > 0 ? reported(fds, count, looked) : 0;
    if (ready > 0 || (exact && timeout == 0)) return ready;
    // What is armed for this sleep is armed before the last look, so that nothing is missed between the two.
    if (!subscribed || exact) {
      const odd = subscribe(fds, count);
      if (odd && !subscribed) {
        subscribed = true;
        continue;
      }
      subscribed = true;
    }
    const woken = park(remaining);
    if (woken < 0) return woken;
    if (exact) take();
    else {
      spread(fds, count, woken);
      ready = reported(fds, count, count);
      if (ready > 0 || timeout == 0) return ready;
    }
    if (timeout > 0) {
      remaining = deadline - <i64>now();
      // The time is over, and what has come at the last moment is found by the last look.
      if (remaining <= 0) {
        timeout = 0;
        remaining = 0;
      }
    }
  }
}

/** For who sleeps outside of the core: wakeups for all entries, once; then the number of those that are ready already. */
export function arm(fds: usize, count: i32): i32 {
  if (wakeupDescriptor() < 0) return 0;
  armAll(fds, count);
  const looked = lookAtAll(fds, count);
  return looked > 0 ? reported(fds, count, looked) : 0;
}

function armAll(fds: usize, count: i32): void {
  for (let at = fds, end = fds + <usize>count * POLLFD_SIZE; at < end; at += POLLFD_SIZE) {
    if (load<i32>(at, POLLFD_FD) >= 0) armOnce(load<i32>(at, POLLFD_FD), load<u16>(at, POLLFD_EVENTS));
  }
}

/** All that the entries of the last look had, together. */
let found: u32 = 0;

/** Was an entry among those that the last poll has found which is not open? */
export function foundClosed(): bool {
  return (found & POLLNVAL) != 0;
}

/**
 * Leaves in each revents what its entry asked for, and counts the entries that have something: `most` have now. HUP and OUT
 * exclude each other, as POSIX has it: nothing can be written any more. Linux's sockets say both.
 */
function reported(fds: usize, count: i32, most: i32): i32 {
  let ready = 0;
  found = 0;
  let left = most;
  for (let at = fds, end = fds + <usize>count * POLLFD_SIZE; at < end && left > 0; at += POLLFD_SIZE) {
    let revents: u32 = load<u16>(at, POLLFD_REVENTS);
    if (revents == 0) continue;
    left--;
    const asked: u32 = load<u16>(at, POLLFD_EVENTS);
    revents = load<i32>(at, POLLFD_FD) < 0 ? 0 : revents & (asked | ALWAYS_REPORTED);
    found |= revents;
    if ((revents & EPOLLHUP) != 0) revents &= ~WRITABLE;
    store<u16>(at, revents, POLLFD_REVENTS);
    if (revents != 0) ready++;
  }
  return ready;
}

/**
 * One subscription for each direction that an entry asks for; the entry's index stands in the user data's upper half.
 * Returns whether there are entries that only the ready file can tell of.
 */
function subscribe(fds: usize, count: i32): bool {
  const file = wakeupDescriptor();
  let odd = false;
  makeRoom(subscriptions, 2);
  clear(subscriptions);
  for (let index = 0; index < count; index++) {
    const at = fds + <usize>index * POLLFD_SIZE;
    const fd = load<i32>(at, POLLFD_FD);
    if (fd < 0) continue;
    const asked: u32 = load<u16>(at, POLLFD_EVENTS);
    if ((asked & READABLE) != 0) append(subscriptions, FD_READ, fd, index);
    if ((asked & WRITABLE) != 0) append(subscriptions, FD_WRITE, fd, index);
    // Who asks for neither hears nothing from poll_oneoff, but that the descriptor is not open.
    if (file < 0 && (asked & (READABLE | WRITABLE)) == 0 && !isOpen(fd)) append(subscriptions, FD_READ, fd, index);
    if (file >= 0 && isOdd(asked)) {
      armOnce(fd, asked);
      odd = true;
    }
  }
  if (odd) append(subscriptions, FD_READ, file, NO_ENTRY);
  return odd;
}

/** Is there something among what is asked for that neither direction of poll_oneoff tells of? The end of a stream is read. */
function isOdd(asked: u32): bool {
  if ((asked & READABLE) == 0) return (asked & WRITABLE) == 0 || (asked & (EPOLLPRI | EPOLLRDHUP)) != 0;
  return (asked & EPOLLPRI) != 0;
}

function park(timeout: i64): i32 {
  const count = subscriptionCount(subscriptions);
  const first: u32 = timeout < 0 && count > 1 ? 1 : 0;
  if (first == 0) setClock(subscriptions, timeout < 0 ? A_DAY : timeout);
  const found = sleep(subscriptionAt(subscriptions, first), results(subscriptions), count - first);
  return found == -EINTR ? 0 : found;
}

/** Puts what poll_oneoff found into the entries, where the host cannot be asked more exactly. */
function spread(fds: usize, count: i32, found: i32): void {
  for (let at = fds, end = fds + <usize>count * POLLFD_SIZE; at < end; at += POLLFD_SIZE) {
    store<u16>(at, 0, POLLFD_REVENTS);
  }
  let event = results(subscriptions);
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
