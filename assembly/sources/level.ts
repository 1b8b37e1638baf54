/**
 * The level source, for hosts without a ready file: each wait passes all armed subscriptions to poll_oneoff.
 *
 * Such a host does not report new data behind unread data, and hangups and errors look like readiness. So an edge-triggered
 * watch is disarmed in the directions in which it was delivered. It is armed again when the guest's own I/O meets EAGAIN or a short
 * count, or when the program calls `rearm`. A level-triggered watch stays armed. Wakeups can be spurious, but none is lost.
 *
 * ADD and MOD reserve memory for all subscriptions that a watch can have: waits allocate nothing.
 */
import { descriptor, setSlot, slot } from "../engine/descriptors";
import { Descriptor, Instance, Watch } from "../memory/layout";
import { EVENT_ERROR, EVENT_SIZE, EVENT_TYPE, EVENT_USERDATA, FD_READ, FD_WRITE } from "../abi/wasi";
import {
  append,
  fdAt,
  makeRoom,
  SUBSCRIPTIONS_SIZE,
  Subscriptions,
  setClock,
  subscriptionAt,
  subscriptionCount,
  swap,
  swapRemove,
  tagAt,
} from "../memory/subscriptions";
import { poll, pollable, reservePoll } from "../sys/system";
import { EPOLLERR, EPOLLET, EPOLLHUP, READABLE, WRITABLE } from "../abi/events";
import { queue, SILENT, mergeReadiness, watchedDirections } from "../engine/trigger";

const READ: u8 = 1;
const WRITE: u8 = 2;
const BOTH: u8 = READ | WRITE;
/** The length of one sleep of an endless wait with nothing armed, in nanoseconds: poll_oneoff refuses an empty list. */
const A_DAY: i64 = 86_400_000_000_000;

const armed = changetype<Subscriptions>(memory.data(SUBSCRIPTIONS_SIZE, 8));

/** Whether `fd` can be watched: 0, -EBADF, -EPERM, or an error of the host. */
export function check(fd: i32): i32 {
  return pollable(fd);
}

/** Reserves memory for the clock and for all subscriptions that there can be. False if memory cannot grow. */
export function reserve(): bool {
  const most = watchedDirections() + 1;
  return makeRoom(armed, most) && reservePoll(most);
}

/** Arms the watch in its directions. `reserve` has made room. */
export function arm(watch: Watch): void {
  watch.waits = BOTH;
  settle(watch.fd);
}

/** The directions that a watch waits for now. */
function wanted(watch: Watch): u8 {
  if (watch.state == SILENT) return 0;
  const events = watch.events;
  const directions = ((events & READABLE) != 0 ? READ : 0) | ((events & WRITABLE) != 0 ? WRITE : 0);
  return (events & EPOLLET) != 0 ? directions & watch.waits : directions;
}

/** Arms for `fd` all directions of its watches: at most one subscription for each. */
export function settle(fd: i32): void {
  const target = descriptor(fd);
  if (target == null) return;
  let union: u8 = 0;
  for (let watch = target.firstWatch; watch != null; watch = watch!.next) union |= wanted(watch);
  settleSide(target, fd, FD_READ, (union & READ) != 0);
  settleSide(target, fd, FD_WRITE, (union & WRITE) != 0);
}

function settleSide(target: Descriptor, fd: i32, tag: u32, want: bool): void {
  const index = slot(target, tag);
  if (want == index >= 0) return;
  if (want) {
    setSlot(target, tag, append(armed, tag, fd, target.generation));
    return;
  }
  setSlot(target, tag, -1);
  if (swapRemove(armed, index)) setSlot(descriptor(fdAt(armed, index))!, tagAt(armed, index), index);
}

/** After the delivery of an edge: disarms the directions of `readiness`. */
export function delivered(watch: Watch, readiness: u32): void {
  const directions = ((readiness & READABLE) != 0 ? READ : 0) | ((readiness & WRITABLE) != 0 ? WRITE : 0);
  watch.waits &= ~directions;
  settle(watch.fd);
}

/** Arms edge-triggered watches of `fd` again for `bits`. */
export function rearm(fd: i32, bits: u32): void {
  const target = descriptor(fd);
  if (target == null) return;
  const directions = ((bits & READABLE) != 0 ? READ : 0) | ((bits & WRITABLE) != 0 ? WRITE : 0);
  for (let watch = target.firstWatch; watch != null; watch = watch!.next) watch.waits |= directions;
  settle(fd);
}

/**
 * Sleeps until an armed direction is ready, at most `timeout` nanoseconds (-1: for ever), and queues the watches that wait for it.
 *
 * @param instance only its watches and those of instances inside it end the sleep; null: all watches
 * @returns 0 or the host's errno, negated
 */
export function park(timeout: i64, instance: Instance | null): i32 {
  makeRoom(armed, 2); // inline at least, which never fails
  const count = instance == null ? subscriptionCount(armed) : gather(instance);
  const forEver = timeout < 0;
  if (!forEver || count == 1) setClock(armed, forEver ? A_DAY : timeout);
  const first: u32 = forEver && count > 1 ? 1 : 0;
  const found = poll(subscriptionAt(armed, first), armed.results, count - first);
  if (found < 0) return found;
  let event = armed.results;
  for (let index = 0; index < found; index++, event += EVENT_SIZE) {
    const tag: u32 = load<u8>(event, EVENT_TYPE);
    if (tag == FD_READ || tag == FD_WRITE) wake(event, tag);
  }
  return 0;
}

/** Moves the subscriptions that concern an instance to the front. Returns their number, with the clock. */
function gather(instance: Instance): u32 {
  const count = subscriptionCount(armed);
  let front: u32 = 1;
  for (let index: u32 = 1; index < count; index++) {
    if (!concerns(index, instance)) continue;
    if (index != front) {
      swap(armed, index, front);
      noteSlot(index);
      noteSlot(front);
    }
    front++;
  }
  return front;
}

function noteSlot(index: u32): void {
  setSlot(descriptor(fdAt(armed, index))!, tagAt(armed, index), index);
}

/** Whether a watch of the instance, or of an instance inside it, waits for this subscription. */
function concerns(index: u32, instance: Instance): bool {
  const direction = tagAt(armed, index) == FD_READ ? READ : WRITE;
  for (let watch = descriptor(fdAt(armed, index))!.firstWatch; watch != null; watch = watch!.next) {
    if ((wanted(watch) & direction) != 0 && isInside(watch.instance, instance)) return true;
  }
  return false;
}

/** Whether `inner` is the instance or inside it. ELOOP limits the depth to four. */
function isInside(inner: Instance, instance: Instance): bool {
  if (inner == instance) return true;
  for (let outer = inner.firstWatch; outer != null; outer = outer!.next) {
    if (isInside(outer.instance, instance)) return true;
  }
  return false;
}

/** For a poll over an instance: subscribes in `array`, under `tag`, to everything that can make it ready. False if memory cannot grow. */
export function subscribeInside(array: Subscriptions, instance: Instance, tag: u32): bool {
  const count = subscriptionCount(armed);
  for (let index: u32 = 1; index < count; index++) {
    if (!concerns(index, instance)) continue;
    if (!makeRoom(array, subscriptionCount(array) + 1)) return false;
    append(array, tagAt(armed, index), fdAt(armed, index), tag);
  }
  return true;
}

function wake(event: usize, tag: u32): void {
  const target = descriptor(load<i32>(event, EVENT_USERDATA));
  if (target == null || target.generation != load<u32>(event, EVENT_USERDATA + 4)) return;
  let readiness = tag == FD_READ ? READABLE : WRITABLE;
  if (load<u16>(event, EVENT_ERROR) != 0) readiness |= EPOLLERR | EPOLLHUP;
  const direction = tag == FD_READ ? READ : WRITE;
  for (let watch = target.firstWatch; watch != null; watch = watch!.next) {
    if ((wanted(watch) & direction) == 0) continue;
    mergeReadiness(watch, readiness);
    queue(watch);
  }
}
