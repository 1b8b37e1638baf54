/**
 * The trigger engine's state machine: how a watch changes with a wakeup, a delivery, and the results of I/O calls. It follows
 * Linux's eventpoll rule by rule (`rules.ts`), and makes no system call.
 *
 *      ADD ──────────▶ IDLE ◀───────────────────────────── delivered, edge-triggered
 *                       │  ▲                               or found not ready in its turn (dropped silently)
 *        a wakeup, or   │  └──────────────────────────┐
 *        ADD/MOD found  │                             │
 *        it ready       ▼                             │
 *                     QUEUED ── delivered, level ──▶ QUEUED, at the tail: the next wait looks at it again
 *                       │
 *                       └────── delivered, one-shot ─▶ SILENT: ignores all wakeups, also ERR and HUP
 *                                                        │
 *      IDLE (or QUEUED, if ready) ◀──────── MOD ─────────┘              DEL and close end it from any state
 *
 * `known` is the readiness when it was last seen. It is *fresh* in the turn in which it was seen. A watch that stays queued after
 * that turn is looked at before it is delivered. `known` is *certain* when the guest's own I/O has met EAGAIN in all ready
 * directions: then only a wakeup can make the watch ready. It needs no look, and the instance may sleep although the watch is
 * still queued.
 */
import { check, link, unlink } from "./descriptors";
import { pushReady, removeReady } from "./ready-list";
import * as rules from "./rules";
import { freeWatch, join, leave } from "./watches";
import { CHECKED } from "../memory/integrity";
import { Descriptor, Watch, Watched } from "../memory/layout";
import {
  EPOLLERR,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLPRI,
  EPOLLRDHUP,
  READABLE,
  READINESS,
  WRITABLE,
} from "../abi/events";

export const IDLE: u8 = 0;
export const QUEUED: u8 = 1;
export const SILENT: u8 = 2;

/** In place of a turn: `known` is certain until the next wakeup. */
const CERTAIN: u32 = 0xffffffff;

/** All bits that a wakeup can be about. */
const ANYTHING: u32 = 0xffffffff;

/** No turn has this number: nothing is fresh. */
const NO_TURN: u32 = 0;

let turn: u32 = 1;
/** The address of the number of the last delivery of all instances. It has 64 bits, so that it never wraps. */
export const deliveries = memory.data(8, 8);
/** The number of directions (reading, writing) that all watches ask for. */
let directions: u32 = 0;

/** Begins a turn: readiness that was seen before is no longer fresh. */
export function beginTurn(): void {
  if (rules.READINESS_AGES) turn = turn + 1 == CERTAIN ? 1 : turn + 1;
}

/** Numbers a delivery of one event or more. */
export function nextDelivery(): u64 {
  store<u64>(deliveries, load<u64>(deliveries) + 1);
  return load<u64>(deliveries);
}

/** ADD and MOD: events delivered before are not current any more. */
export function renew(watch: Watch): void {
  watch.since = load<u64>(deliveries);
}

/** Sets what a watch asks for, with its flags. */
export function setInterest(watch: Watch, events: u32): void {
  directions += directionsIn(events) - directionsIn(watch.events);
  watch.events = events;
}

/** The most subscriptions that the level source can have. It reserves memory for them when a watch asks for them. */
export function watchedDirections(): u32 {
  return directions;
}

function directionsIn(events: u32): u32 {
  return ((events & READABLE) != 0 ? 1 : 0) + ((events & WRITABLE) != 0 ? 1 : 0);
}

/** The bits that a watch delivers: the requested ones, and those always reported. */
export function watched(watch: Watch): u32 {
  return (watch.events & rules.ASKED) | rules.UNASKED;
}

/** Whether `known` may be delivered without a look. */
export function isFresh(watch: Watch): bool {
  const seen = watch.turn;
  return (rules.WAKEUPS_SAVE_LOOKS && seen == turn) || seen == CERTAIN;
}

/** Sets the readiness of a watch to what a look has found. */
export function setReadiness(watch: Watch, readiness: u32): void {
  learn(watch, readiness, turn);
}

/** Adds to the readiness that was seen in this turn. */
export function mergeReadiness(watch: Watch, readiness: u32): void {
  learn(watch, watch.turn == turn ? watch.known | readiness : readiness, turn);
}

function learn(watch: Watch, readiness: u32, seen: u32): void {
  if (watch.state == QUEUED) {
    watch.instance.quiet += (seen == CERTAIN ? 1 : 0) - (watch.turn == CERTAIN ? 1 : 0);
  }
  watch.known = readiness;
  watch.turn = seen;
}

/** Appends a watch to its instance's ready list, and wakes the watches of that instance. */
export function queue(watch: Watch): void {
  if (watch.state == SILENT) return;
  const instance = watch.instance;
  if (watch.state == IDLE || !rules.WAKEUPS_COALESCE) {
    watch.state = QUEUED;
    pushReady(instance, watch);
  }
  for (let outer = instance.firstWatch; outer != null; outer = outer!.next) {
    if (rules.WAKEUPS_GO_UP && (outer.events & EPOLLIN) != 0) queue(outer);
  }
}

/** Takes a watch off the ready list. It waits for a wakeup. */
export function unqueue(watch: Watch): void {
  if (watch.state != QUEUED) return;
  const instance = watch.instance;
  if (watch.turn == CERTAIN) {
    instance.quiet--;
    watch.turn = NO_TURN;
  }
  removeReady(instance, watch);
  watch.state = IDLE;
}

/** After the delivery of a level: moves the watch to the tail. The next wait looks at it again. */
export function requeue(watch: Watch): void {
  if (!rules.LEVELS_GO_TO_THE_TAIL) return;
  const instance = watch.instance;
  removeReady(instance, watch);
  pushReady(instance, watch);
}

/** After the delivery of a one-shot: the watch ignores wakeups until MOD. */
export function silence(watch: Watch): void {
  unqueue(watch);
  if (rules.SILENCE_IS_COMPLETE) watch.state = SILENT;
  else setInterest(watch, watch.events & ~READINESS);
}

/** MOD: a silent watch reacts to wakeups again. */
export function revive(watch: Watch): void {
  if (rules.MOD_REVIVES && watch.state == SILENT) watch.state = IDLE;
}

/**
 * Handles a wakeup of a descriptor under `mask`, with the readiness under that mask. If watches with several interests share
 * the mask, `changed` names the bits that the wakeup is about. Returns false if no watch has the mask any more.
 *
 * Among exclusive watches, the first whose instance is waited on takes the wakeup, and the later ones are skipped. If none is
 * waited on, all of them queue it. Exclusive watches stand last in the list, in the order of their ADD.
 */
export function wake(descriptor: Descriptor, mask: u32, readiness: u32, changed: u32 = ANYTHING): bool {
  let found = false;
  if (CHECKED) check(descriptor);
  for (let watch = descriptor.firstWatch; watch != null; watch = watch!.next) {
    if (watch.armed != mask) continue;
    found = true;
    const exclusive = (watch.events & EPOLLEXCLUSIVE) != 0;
    if (rules.ONE_SLEEPER_WAKES && exclusive && descriptor.takenTurn == turn) continue;
    const news = rules.ALL_WAKEUPS_COUNT ? changed : changed & ~watch.known;
    setReadiness(watch, rules.WAKEUPS_BRING_ALL_READINESS ? readiness : readiness & ~watch.known);
    if ((readiness & news & watched(watch)) == 0) continue;
    queue(watch);
    if (exclusive && (watch.instance.asleep != 0 || !rules.ALL_AWAKE_QUEUE)) {
      watch.instance.asleep = 0;
      descriptor.takenTurn = turn;
    }
  }
  return found;
}

/** The guest's own I/O met EAGAIN: `bits` are not ready on this descriptor until a wakeup. */
export function onWouldBlock(descriptor: Descriptor, bits: u32): void {
  for (let watch = descriptor.firstWatch; watch != null; watch = watch!.next) clearReadiness(watch, bits);
}

/**
 * The guest's own I/O moved fewer bytes than it asked for: `bits` are not ready until a wakeup. A short count can also
 * come from an end of stream, an error or urgent data behind the bytes: then the bits stay ready.
 */
export function onShortCount(descriptor: Descriptor, bits: u32): void {
  const others = bits == READABLE ? EPOLLRDHUP | EPOLLPRI | EPOLLERR | EPOLLHUP : EPOLLERR | EPOLLHUP;
  for (let watch = descriptor.firstWatch; watch != null; watch = watch!.next) {
    if ((watch.known & others) == 0) clearReadiness(watch, bits);
  }
}

function clearReadiness(watch: Watch, bits: u32): void {
  if (watch.state != QUEUED) return;
  const left = watch.known & ~bits;
  learn(watch, left, (left & watched(watch)) == 0 ? CERTAIN : watch.turn);
}

/** A new watch joins its instance, and hears the wakeups of `target`. */
export function attach(watch: Watch, target: Watched): void {
  join(watch.instance, watch);
  link(target, watch, (watch.events & EPOLLEXCLUSIVE) != 0);
}

/** Ends a watch: for DEL, and when its descriptor or its instance is closed. */
export function detach(watch: Watch, target: Watched): void {
  unqueue(watch);
  setInterest(watch, 0);
  unlink(target, watch);
  leave(watch.instance, watch);
  freeWatch(watch);
}

/** Ends all watches of a closed descriptor, and makes their undelivered events void. */
export function close(descriptor: Descriptor): void {
  for (let watch = descriptor.firstWatch; watch != null; watch = descriptor.firstWatch) detach(watch, descriptor);
  descriptor.generation++;
}
