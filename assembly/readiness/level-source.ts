/**
 * Wakeups made from levels, for hosts without a ready file: every armed subscription goes to poll_oneoff at every wait.
 *
 * What such a host cannot say, this cannot give: new data behind undrained data is not announced, and hangups and errors
 * look like readiness. So an edge-triggered watch is disarmed in the directions in which it was delivered, and armed
 * again when the guest's own I/O meets EAGAIN or a short count, or when the program calls `rearm`. A level-triggered one
 * stays armed. Spurious wakeups are possible; lost ones are not.
 */
import { descriptor, firstWatch, generation, setSlot, slot } from "../memory/descriptors";
import { EVENT_ERROR, EVENT_SIZE, EVENT_TYPE, EVENT_USERDATA } from "../memory/layout";
import {
  append,
  FD_READ,
  FD_WRITE,
  fdAt,
  makeRoom,
  results,
  SUBSCRIPTIONS_SIZE,
  setClock,
  subscriptionAt,
  subscriptionCount,
  swapRemove,
  tagAt,
} from "../memory/subscriptions";
import { eventsOf, fdOf, nextOfFd, setWaits, stateOf, waits } from "../memory/watches";
import { EBADF, EINTR, EPERM } from "../sys/errno";
import { isOpen, isPollable, poll } from "../sys/system";
import { EPOLLERR, EPOLLET, EPOLLHUP, READABLE, WRITABLE } from "./events";
import { queue, SILENT, seeAlso } from "./trigger";

const READ: u32 = 1;
const WRITE: u32 = 2;
const BOTH: u32 = READ | WRITE;
/** Slept again and again by who waits for ever with nothing armed: poll_oneoff refuses an empty list. */
const A_DAY: i64 = 86_400_000_000_000;

const armed = memory.data(SUBSCRIPTIONS_SIZE, 8);

/** Can `fd` be watched? 0, EBADF or EPERM, negated. */
export function check(fd: i32): i32 {
  if (isPollable(fd)) return 0;
  return isOpen(fd) ? -EPERM : -EBADF;
}

/** Arms what the watch asks for, in both directions anew. Returns 0 or a negated errno. */
export function arm(watch: usize): i32 {
  setWaits(watch, BOTH);
  settle(fdOf(watch));
  return 0;
}

/** The directions in which a watch wants to be woken now. */
function wanted(watch: usize): u32 {
  if (stateOf(watch) == SILENT) return 0;
  const events = eventsOf(watch);
  const directions = ((events & READABLE) != 0 ? READ : 0) | ((events & WRITABLE) != 0 ? WRITE : 0);
  return (events & EPOLLET) != 0 ? directions & waits(watch) : directions;
}

/** Makes what is armed for `fd` what its watches want: at most one subscription a direction, however many they are. */
export function settle(fd: i32): void {
  const target = descriptor(fd);
  if (target == 0) return;
  let union: u32 = 0;
  for (let watch = firstWatch(target); watch != 0; watch = nextOfFd(watch)) union |= wanted(watch);
  settleSide(target, fd, FD_READ, (union & READ) != 0);
  settleSide(target, fd, FD_WRITE, (union & WRITE) != 0);
}

function settleSide(target: usize, fd: i32, tag: u32, want: bool): void {
  const index = slot(target, tag);
  if (want == index >= 0) return;
  if (want) {
    setSlot(target, tag, append(armed, tag, fd, generation(target)));
    return;
  }
  setSlot(target, tag, -1);
  if (swapRemove(armed, index)) setSlot(descriptor(fdAt(armed, index)), tagAt(armed, index), index);
}

/** The watch was delivered with `readiness`: an edge is announced once. */
export function delivered(watch: usize, readiness: u32): void {
  const directions = ((readiness & READABLE) != 0 ? READ : 0) | ((readiness & WRITABLE) != 0 ? WRITE : 0);
  setWaits(watch, waits(watch) & ~directions);
  settle(fdOf(watch));
}

/** Edge-triggered watches of `fd` wait again for `bits`. */
export function rearm(fd: i32, bits: u32): void {
  const target = descriptor(fd);
  if (target == 0) return;
  const directions = ((bits & READABLE) != 0 ? READ : 0) | ((bits & WRITABLE) != 0 ? WRITE : 0);
  for (let watch = firstWatch(target); watch != 0; watch = nextOfFd(watch)) setWaits(watch, waits(watch) | directions);
  settle(fd);
}

/** Sleeps until something armed is ready, at most `timeout` nanoseconds (-1: for ever), and queues what is. */
export function park(timeout: i64): i32 {
  makeRoom(armed, 2);
  const count = subscriptionCount(armed);
  const forEver = timeout < 0;
  if (!forEver || count == 1) setClock(armed, forEver ? A_DAY : timeout);
  const first: u32 = forEver && count > 1 ? 1 : 0;
  const found = poll(subscriptionAt(armed, first), results(armed), count - first);
  if (found < 0) return found == -EINTR ? 0 : found;
  let event = results(armed);
  for (let index = 0; index < found; index++, event += EVENT_SIZE) {
    const tag: u32 = load<u8>(event, EVENT_TYPE);
    if (tag == FD_READ || tag == FD_WRITE) wake(event, tag);
  }
  return 0;
}

function wake(event: usize, tag: u32): void {
  const target = descriptor(load<i32>(event, EVENT_USERDATA));
  if (target == 0 || generation(target) != load<u32>(event, EVENT_USERDATA + 4)) return;
  let readiness = tag == FD_READ ? READABLE : WRITABLE;
  if (load<u16>(event, EVENT_ERROR) != 0) readiness |= EPOLLERR | EPOLLHUP;
  const direction = tag == FD_READ ? READ : WRITE;
  for (let watch = firstWatch(target); watch != 0; watch = nextOfFd(watch)) {
    if ((wanted(watch) & direction) == 0) continue;
    seeAlso(watch, readiness);
    queue(watch);
  }
}
