/**
 * select(2): three sets of descriptors go in as bit arrays, and come out with the ready ones left. The scan over all bits
 * up to the highest, and the copy in both directions, are what select costs, and are real here.
 */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../memory/layout";
import { EBADF, EINVAL } from "../sys/errno";
import { now } from "../sys/system";
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, READABLE, WRITABLE } from "./events";
import { arm as armPoll, foundClosed, poll } from "./poll";

/** As in `sys/select.h`: the sets are bit arrays of a fixed size in most programs, which is where the limit comes from. */
export const FD_SETSIZE: i32 = 1024;

/** HUP and ERR make a descriptor readable and writable: whoever only asks for one must hear of its end. */
const MAKES_READABLE: u32 = READABLE | EPOLLHUP | EPOLLERR;
const MAKES_WRITABLE: u32 = WRITABLE | EPOLLHUP | EPOLLERR;
const MAKES_EXCEPTIONAL: u32 = EPOLLPRI | EPOLLERR;

let limit: i32 = FD_SETSIZE;
/** The sets as poll wants them, kept from call to call. */
let entries: usize = 0;
let room: i32 = 0;

/** How many descriptors a set may have: their sets' size is the caller's business. */
export function setLimit(descriptors: i32): void {
  limit = descriptors;
}

export function currentLimit(): i32 {
  return limit;
}

/**
 * Waits until a descriptor below `count` that is in one of the sets is ready, for at most `timeout` milliseconds (-1: for
 * ever, 0: not at all). A set is an array of 32-bit words, bit n of word w for descriptor 32 w + n; 0 is no set. What is
 * left in the sets is ready. Returns the number of bits left; -EINVAL for a `count` above the limit (use poll or epoll,
 * which have none), -EBADF when one is not open: the sets are as they were, then.
 */
export function select(count: i32, readers: usize, writers: usize, exceptions: usize, timeout: i32): i32 {
  if (count < 0 || count > limit) return -EINVAL;
  const deadline: i64 = timeout > 0 ? <i64>now() + <i64>timeout * 1_000_000 : 0;
  const used = collect(count, readers, writers, exceptions);
  let remaining = timeout;
  while (true) {
    const ready = poll(entries, used, remaining);
    if (ready < 0) return ready;
    const bits = spread(count, ready, readers, writers, exceptions);
    if (bits != 0 || ready == 0 || timeout == 0) return bits;
    ignoreReported(used);
    if (timeout > 0) remaining = <i32>(max<i64>(deadline - <i64>now() + 999_999, 0) / 1_000_000);
  }
}

/** Hangups of members of the exceptional set alone, which is no exception: poll reports them, and the wait goes on. */
function ignoreReported(used: i32): void {
  for (let at = entries, end = entries + <usize>used * POLLFD_SIZE; at < end; at += POLLFD_SIZE) {
    if (load<u16>(at, POLLFD_REVENTS) != 0) store<i32>(at, -1, POLLFD_FD);
  }
}

/** For who sleeps outside of the core: wakeups for all members of the sets, once, and the sets stay as they are. */
export function arm(count: i32, readers: usize, writers: usize, exceptions: usize): i32 {
  if (count < 0 || count > limit) return -EINVAL;
  const used = collect(count, readers, writers, exceptions); // before `entries` is read: it may move them
  return armPoll(entries, used);
}

function word(set: usize, index: i32): u32 {
  return set == 0 ? 0 : load<u32>(set + ((<usize>index) << 2));
}

function collect(count: i32, readers: usize, writers: usize, exceptions: usize): i32 {
  let used = 0;
  for (let base = 0; base < count; base += 32) {
    const index = base >> 5;
    const read = word(readers, index);
    const write = word(writers, index);
    const except = word(exceptions, index);
    let left = read | write | except;
    if (base + 32 > count) left &= (1 << (count & 31)) - 1;
    if (used + 32 > room) makeRoom(used + 32);
    for (let at = entries + <usize>used * POLLFD_SIZE; left != 0; left &= left - 1, at += POLLFD_SIZE, used++) {
      const bit = ctz(left);
      const events =
        (((read >> bit) & 1) * EPOLLIN) | (((write >> bit) & 1) * EPOLLOUT) | (((except >> bit) & 1) * EPOLLPRI);
      store<u64>(at, <u64>(base + bit) | ((<u64>events) << (POLLFD_EVENTS * 8)));
    }
  }
  return used;
}

function makeRoom(count: i32): void {
  room = max(count, room << 1);
  const size = <usize>room * POLLFD_SIZE;
  entries = entries == 0 ? heap.alloc(size) : heap.realloc(entries, size);
}

/** Of the `used` entries `ready` have something: their bits are left in the sets. Returns how many bits, or -EBADF. */
function spread(count: i32, ready: i32, readers: usize, writers: usize, exceptions: usize): i32 {
  if (foundClosed()) return -EBADF;
  const size = (<usize>((count + 31) >> 5)) << 2;
  if (readers != 0) memory.fill(readers, 0, size);
  if (writers != 0) memory.fill(writers, 0, size);
  if (exceptions != 0) memory.fill(exceptions, 0, size);
  let bits = 0;
  for (let at = entries, left = ready; left > 0; at += POLLFD_SIZE) {
    const revents: u32 = load<u16>(at, POLLFD_REVENTS);
    if (revents == 0) continue;
    left--;
    const fd = load<i32>(at, POLLFD_FD);
    const asked: u32 = load<u16>(at, POLLFD_EVENTS);
    if ((asked & EPOLLIN) != 0 && (revents & MAKES_READABLE) != 0) bits += set(readers, fd);
    if ((asked & EPOLLOUT) != 0 && (revents & MAKES_WRITABLE) != 0) bits += set(writers, fd);
    if ((asked & EPOLLPRI) != 0 && (revents & MAKES_EXCEPTIONAL) != 0) bits += set(exceptions, fd);
  }
  return bits;
}

function set(bits: usize, fd: i32): i32 {
  const at = bits + ((<usize>(fd >> 5)) << 2);
  store<u32>(at, load<u32>(at) | (1 << (fd & 31)));
  return 1;
}
