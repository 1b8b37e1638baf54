/**
 * select(2): takes three sets of descriptors as bit arrays, and leaves the ready ones. It scans all bits up to the highest, and copies
 * in both directions, as a kernel does.
 */
import { block, giveBack } from "../memory/blocks";
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../abi/epoll";
import { EBADF, EINVAL, ENOMEM } from "../abi/errno";
import { FD_SETSIZE } from "../abi/select";
import { clock } from "../sys/system";
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, READABLE, WRITABLE } from "../abi/events";
import { arm as armPoll, foundClosed, poll } from "./poll";

/** More entries do not fit into linear memory. */
const MAX_BESIDE: i32 = 1 << 28;
/** HUP and ERR make a descriptor readable and writable, so that a caller that asks for one direction notices the end. */
const MAKES_READABLE: u32 = READABLE | EPOLLHUP | EPOLLERR;
const MAKES_WRITABLE: u32 = WRITABLE | EPOLLHUP | EPOLLERR;
const MAKES_EXCEPTIONAL: u32 = EPOLLPRI | EPOLLERR;

let limit: i32 = FD_SETSIZE;
/** The sets as an array for poll, kept between calls. */
let entries: usize = 0;
let room: i32 = 0;

/** Sets the number of descriptors that a set can have. The caller's sets must be that large. */
export function setLimit(descriptors: i32): void {
  limit = descriptors;
}

export function currentLimit(): i32 {
  return limit;
}

/** `struct pollfd`s that the next select watches besides its sets, and their number. */
let beside: usize = 0;
let besideCount: i32 = 0;

/**
 * For the next `select` or `arm` only: watches descriptors that have no bit in a set, such as epoll instances, whose numbers begin at
 * 0x40000000. They are `struct pollfd`s. `events` names the sets that each is in (EPOLLIN, EPOLLOUT, EPOLLPRI), and `revents`
 * those in which it is ready. Bits in `revents` count as bits in the sets.
 */
export function watchBeside(fds: usize, count: i32): void {
  beside = fds;
  besideCount = max(count, 0);
}

/**
 * Waits until a descriptor below `count` in one of the sets is ready, for at most `timeout` milliseconds (-1: for ever, 0: not at
 * all), and leaves the ready ones in the sets. A set is an array of 32-bit words, bit n of word w for descriptor 32 w + n; 0 is a
 * missing set.
 *
 * @returns the number of bits left; -EINVAL for a `count` above the limit (poll and epoll have none); -EBADF for a closed descriptor,
 *   with the sets unchanged; -ENOMEM, or an error of the host
 */
export function select(count: i32, readers: usize, writers: usize, exceptions: usize, timeout: i32): i32 {
  const fds = beside;
  const extra = takeBeside();
  if (count < 0 || count > limit) return -EINVAL;
  const began: i64 = timeout > 0 ? clock() : 0;
  if (began < 0) return <i32>began;
  const deadline: i64 = began + <i64>timeout * 1_000_000;
  const used = collect(count, readers, writers, exceptions, fds, extra);
  if (used < 0) return used;
  let remaining = timeout;
  while (true) {
    const ready = poll(entries, used, remaining);
    if (ready < 0) return ready;
    if (foundClosed()) return -EBADF;
    clearSets(count, readers, writers, exceptions);
    const bits = spread(used - extra, ready, readers, writers, exceptions) + spreadBeside(used - extra, fds, extra);
    if (bits != 0 || ready == 0 || timeout == 0) return bits;
    ignoreReported(used);
    if (timeout > 0) {
      const time = clock();
      if (time < 0) return <i32>time;
      remaining = <i32>(max<i64>(deadline - time + 999_999, 0) / 1_000_000);
    }
  }
}

function takeBeside(): i32 {
  const count = besideCount;
  besideCount = 0;
  return count;
}

/** A hangup is no exceptional condition: poll reports it for members of only that set, and the wait goes on. */
function ignoreReported(used: i32): void {
  for (let at = entries, end = entries + <usize>used * POLLFD_SIZE; at < end; at += POLLFD_SIZE) {
    if (load<u16>(at, POLLFD_REVENTS) != 0) store<i32>(at, -1, POLLFD_FD);
  }
}

/** For a caller that sleeps outside the core: arms one wakeup for each member of the sets, and leaves the sets unchanged. */
export function arm(count: i32, readers: usize, writers: usize, exceptions: usize): i32 {
  const fds = beside;
  const extra = takeBeside();
  if (count < 0 || count > limit) return -EINVAL;
  const used = collect(count, readers, writers, exceptions, fds, extra); // before `entries` is read: it may move them
  return used < 0 ? used : armPoll(entries, used);
}

function word(set: usize, index: i32): u32 {
  return set == 0 ? 0 : load<u32>(set + ((<usize>index) << 2));
}

/** Makes the array: the members of the sets, then the descriptors of `watchBeside`. Returns its length, or -ENOMEM. */
function collect(count: i32, readers: usize, writers: usize, exceptions: usize, fds: usize, extra: i32): i32 {
  let used = 0;
  for (let base = 0; base < count; base += 32) {
    const index = base >> 5;
    const read = word(readers, index);
    const write = word(writers, index);
    const except = word(exceptions, index);
    let left = read | write | except;
    if (base + 32 > count) left &= (1 << (count & 31)) - 1;
    if (used + 32 > room && !makeRoom(used + 32)) return -ENOMEM;
    for (let at = entries + <usize>used * POLLFD_SIZE; left != 0; left &= left - 1, at += POLLFD_SIZE, used++) {
      const bit = ctz(left);
      const events =
        (((read >> bit) & 1) * EPOLLIN) | (((write >> bit) & 1) * EPOLLOUT) | (((except >> bit) & 1) * EPOLLPRI);
      store<u64>(at, <u64>(base + bit) | ((<u64>events) << (POLLFD_EVENTS * 8)));
    }
  }
  if (extra == 0) return used;
  if (extra > MAX_BESIDE) return -EINVAL;
  if (used + extra > room && !makeRoom(used + extra)) return -ENOMEM;
  memory.copy(entries + <usize>used * POLLFD_SIZE, fds, <usize>extra * POLLFD_SIZE);
  return used + extra;
}

function makeRoom(count: i32): bool {
  const larger = max(count, room << 1);
  const moved = block(<usize>larger * POLLFD_SIZE);
  if (moved == 0) return false;
  memory.copy(moved, entries, <usize>room * POLLFD_SIZE);
  giveBack(entries, <usize>room * POLLFD_SIZE);
  entries = moved;
  room = larger;
  return true;
}

function clearSets(count: i32, readers: usize, writers: usize, exceptions: usize): void {
  const size = (<usize>((count + 31) >> 5)) << 2;
  if (readers != 0) memory.fill(readers, 0, size);
  if (writers != 0) memory.fill(writers, 0, size);
  if (exceptions != 0) memory.fill(exceptions, 0, size);
}

/** Leaves the bits of ready entries in the sets. At most `ready` of the first `used` entries have revents. Returns the number of bits. */
function spread(used: i32, ready: i32, readers: usize, writers: usize, exceptions: usize): i32 {
  let bits = 0;
  const end = entries + <usize>used * POLLFD_SIZE;
  for (let at = entries, more = ready; at < end && more > 0; at += POLLFD_SIZE) {
    if (load<u16>(at, POLLFD_REVENTS) == 0) continue;
    more--;
    const left = membership(at);
    const fd = load<i32>(at, POLLFD_FD);
    if ((left & EPOLLIN) != 0) bits += set(readers, fd);
    if ((left & EPOLLOUT) != 0) bits += set(writers, fd);
    if ((left & EPOLLPRI) != 0) bits += set(exceptions, fd);
  }
  return bits;
}

/** The same for the descriptors of `watchBeside`, in their own revents. */
function spreadBeside(first: i32, fds: usize, count: i32): i32 {
  let bits = 0;
  for (let index = 0; index < count; index++) {
    const left = membership(entries + <usize>(first + index) * POLLFD_SIZE);
    store<u16>(fds + <usize>index * POLLFD_SIZE, left, POLLFD_REVENTS);
    bits += popcnt(left);
  }
  return bits;
}

/** The sets that an entry is ready in: EPOLLIN, EPOLLOUT and EPOLLPRI. */
function membership(at: usize): u32 {
  const revents: u32 = load<u16>(at, POLLFD_REVENTS);
  const asked: u32 = load<u16>(at, POLLFD_EVENTS);
  return (
    asked &
    (((revents & MAKES_READABLE) != 0 ? EPOLLIN : 0) |
      ((revents & MAKES_WRITABLE) != 0 ? EPOLLOUT : 0) |
      ((revents & MAKES_EXCEPTIONAL) != 0 ? EPOLLPRI : 0))
  );
}

function set(bits: usize, fd: i32): i32 {
  const at = bits + ((<usize>(fd >> 5)) << 2);
  store<u32>(at, load<u32>(at) | (1 << (fd & 31)));
  return 1;
}
