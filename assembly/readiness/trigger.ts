/**
 * The trigger engine's state machine: what one watch does with a wakeup, a delivery, and what I/O calls learn. It is
 * Linux's eventpoll, rule by rule (SEMANTICS 1 to 18); it makes no call of the system.
 *
 *      ADD ──────────▶ IDLE ◀───────────────────────────── delivered, edge-triggered
 *                       │  ▲                               or found not ready when its turn came (dropped silently)
 *        a wakeup, or   │  └──────────────────────────┐
 *        ADD/MOD found  │                             │
 *        it ready       ▼                             │
 *                     QUEUED ── delivered, level ──▶ QUEUED, at the tail: looked at again by the next wait
 *                       │
 *                       └────── delivered, one-shot ─▶ SILENT: hears nothing, ERR and HUP neither
 *                                                        │
 *      IDLE (or QUEUED, if ready) ◀──────── MOD ─────────┘              DEL and close end it from any state
 *
 * `known` is the readiness as last seen. It is *fresh* in the turn in which it was seen; a watch that stays queued past
 * its turn is looked at before it is delivered. It is *certain* when the guest's own I/O has used up everything that was
 * known to be ready: then only a wakeup can make it ready again, no look is needed, and the instance may sleep although
 * the watch keeps its place in the queue.
 */
import {
  endGeneration,
  firstWatch,
  firstWatchField,
  lastWatchField,
  link,
  setTakenTurn,
  takenTurn,
  unlink,
} from "../memory/descriptors";
import {
  addQuiet,
  asleep,
  batch,
  batchCount,
  firstOuter,
  firstOuterField,
  lastOuterField,
  setAsleep,
  watchesField,
} from "../memory/instances";
import { EPOLL_EVENT_EVENTS, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../memory/layout";
import { pushReady, removeReady } from "../memory/ready-list";
import {
  armedMask,
  batchEvent,
  eventsOf,
  fdOf,
  freeWatch,
  instanceOf,
  known,
  linkToInstance,
  nextOfFd,
  setKnown,
  setState,
  stateOf,
  turnOf,
  unlinkFromInstance,
} from "../memory/watches";
import {
  ALWAYS,
  EPOLLERR,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLPRI,
  EPOLLRDHUP,
  READABLE,
  READINESS,
} from "./events";

export const IDLE: u32 = 0;
export const QUEUED: u32 = 1;
export const SILENT: u32 = 2;

/** In place of a turn: `known` holds until the next wakeup. */
const CERTAIN: u32 = 0xffffffff;

/** A turn that never is. */
const LONG_AGO: u32 = 0;

let turn: u32 = 1;

/** A new look at the world begins: what was seen before is no longer fresh. */
export function beginTurn(): void {
  turn = turn + 1 == CERTAIN ? 1 : turn + 1;
}

/** The readiness that this watch delivers: what it asked for, and what is always reported. */
export function watched(watch: usize): u32 {
  return (eventsOf(watch) & READINESS) | ALWAYS;
}

/** May `known` be delivered without a look? */
export function isFresh(watch: usize): bool {
  const seen = turnOf(watch);
  return seen == turn || seen == CERTAIN;
}

/** The readiness of a watch as somebody has just seen it. */
export function see(watch: usize, readiness: u32): void {
  learn(watch, readiness, turn);
}

/** The same, beside what was seen in this turn already. */
export function seeAlso(watch: usize, readiness: u32): void {
  learn(watch, turnOf(watch) == turn ? known(watch) | readiness : readiness, turn);
}

function learn(watch: usize, readiness: u32, seen: u32): void {
  if (stateOf(watch) == QUEUED) {
    addQuiet(instanceOf(watch), (seen == CERTAIN ? 1 : 0) - (turnOf(watch) == CERTAIN ? 1 : 0));
  }
  setKnown(watch, readiness, seen);
}

/** To the tail of its instance's ready list, and whoever watches that instance is woken with it. */
export function queue(watch: usize): void {
  if (stateOf(watch) == SILENT) return;
  const instance = instanceOf(watch);
  if (stateOf(watch) == IDLE) {
    setState(watch, QUEUED);
    pushReady(instance, watch);
  }
  for (let outer = firstOuter(instance); outer != 0; outer = nextOfFd(outer)) {
    if ((eventsOf(outer) & EPOLLIN) != 0) queue(outer);
  }
}

/** Off the ready list, to wait for a wakeup. */
export function unqueue(watch: usize): void {
  if (stateOf(watch) != QUEUED) return;
  const instance = instanceOf(watch);
  if (turnOf(watch) == CERTAIN) {
    addQuiet(instance, -1);
    setKnown(watch, known(watch), LONG_AGO);
  }
  removeReady(instance, watch);
  setState(watch, IDLE);
}

/** Delivered as a level: to the tail, where the next wait looks at it again. */
export function requeue(watch: usize): void {
  const instance = instanceOf(watch);
  removeReady(instance, watch);
  pushReady(instance, watch);
}

/** Delivered as a one-shot: nothing until MOD. */
export function silence(watch: usize): void {
  unqueue(watch);
  setState(watch, SILENT);
}

/** MOD: a silent watch hears again. */
export function revive(watch: usize): void {
  if (stateOf(watch) == SILENT) setState(watch, IDLE);
}

/**
 * A wakeup that concerns `mask` happened on a descriptor, and `readiness` is what stands under it. Returns false when no
 * watch has this mask any more.
 *
 * Of exclusive watches whose instances have somebody asleep, the first takes the wakeup and the later ones do not hear of
 * it; where nobody sleeps, all of them queue it. The list has exclusive watches last, in the order in which they came.
 */
export function wake(descriptor: usize, mask: u32, readiness: u32): bool {
  let heard = false;
  for (let watch = firstWatch(descriptor); watch != 0; watch = nextOfFd(watch)) {
    if (armedMask(watch) != mask) continue;
    heard = true;
    const exclusive = (eventsOf(watch) & EPOLLEXCLUSIVE) != 0;
    if (exclusive && takenTurn(descriptor) == turn) continue;
    see(watch, readiness);
    if ((readiness & watched(watch)) == 0) continue;
    queue(watch);
    if (exclusive && asleep(instanceOf(watch)) != 0) {
      setAsleep(instanceOf(watch), 0);
      setTakenTurn(descriptor, turn);
    }
  }
  return heard;
}

/** The guest's own I/O met EAGAIN: `bits` are not ready on this descriptor, until a wakeup. */
export function drained(descriptor: usize, bits: u32): void {
  for (let watch = firstWatch(descriptor); watch != 0; watch = nextOfFd(watch)) useUp(watch, bits);
}

/**
 * The guest's own I/O moved fewer bytes than it could have: `bits` are used up, unless an end of stream, an error or
 * urgent data stands behind them, which cut a count short as well.
 */
export function fellShort(descriptor: usize, bits: u32): void {
  const others = bits == READABLE ? EPOLLRDHUP | EPOLLPRI | EPOLLERR | EPOLLHUP : EPOLLERR | EPOLLHUP;
  for (let watch = firstWatch(descriptor); watch != 0; watch = nextOfFd(watch)) {
    if ((known(watch) & others) == 0) useUp(watch, bits);
  }
}

function useUp(watch: usize, bits: u32): void {
  if (stateOf(watch) != QUEUED) return;
  const left = known(watch) & ~bits;
  learn(watch, left, (left & watched(watch)) == 0 ? CERTAIN : turnOf(watch));
}

/** A new watch joins its instance and its descriptor. `target`: the descriptor, or 0 with `inner` the watched instance. */
export function attach(watch: usize, target: usize, inner: usize): void {
  linkToInstance(watch, watchesField(instanceOf(watch)));
  const exclusive = (eventsOf(watch) & EPOLLEXCLUSIVE) != 0;
  if (inner != 0) link(firstOuterField(inner), lastOuterField(inner), watch, exclusive);
  else link(firstWatchField(target), lastWatchField(target), watch, exclusive);
}

/** DEL, or the end of its descriptor or instance: nothing of it is delivered any more, the current batch included. */
export function detach(watch: usize, target: usize, inner: usize): void {
  unqueue(watch);
  strikeFromBatch(watch);
  if (inner != 0) unlink(firstOuterField(inner), lastOuterField(inner), watch);
  else unlink(firstWatchField(target), lastWatchField(target), watch);
  unlinkFromInstance(watch, watchesField(instanceOf(watch)));
  freeWatch(watch);
}

/** A descriptor is closed: all of its watches end, and events that were on their way to it are void. */
export function close(descriptor: usize): void {
  for (let watch = firstWatch(descriptor); watch != 0; watch = firstWatch(descriptor)) detach(watch, descriptor, 0);
  endGeneration(descriptor);
}

/**
 * Clears its event in the batch that is being dispatched, if it has one. The address is believed only where the batch
 * still has this watch's fd at it: batches are the caller's memory.
 */
export function strikeFromBatch(watch: usize): void {
  const event = batchEvent(watch);
  const first = batch(instanceOf(watch));
  if (first == 0 || event < first || event >= first + <usize>batchCount(instanceOf(watch)) * EPOLL_EVENT_SIZE) return;
  if (load<i32>(event, EPOLL_EVENT_FD) == fdOf(watch)) store<u32>(event, 0, EPOLL_EVENT_EVENTS);
}
