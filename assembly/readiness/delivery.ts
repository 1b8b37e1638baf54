/** Delivers events from a ready list, as the kernel's ep_send_events does, but looks in batches. */
import { instance as instanceOfFd, isInstanceFd } from "../engine/instances";
import { Instance, Watch } from "../memory/layout";
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../abi/epoll";
import { EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLRDNORM } from "../abi/events";
import * as rules from "../engine/rules";
import * as source from "../sources/source";
import { isFresh, nextDelivery, requeue, silence, unqueue, watched } from "../engine/trigger";

/**
 * Writes at most `most` events of an instance's ready watches to `events`, and moves each watch as its trigger requires. Drops
 * watches that are no longer ready.
 *
 * @returns the number of events; if a look fails before the first event, its negated errno
 */
export function deliver(instance: Instance, events: usize, most: u32): i32 {
  let count: u32 = 0;
  // Serve each queued watch at most once: levels that go to the tail are for the next wait.
  for (let left = instance.readyCount; left > 0 && count < most; left--) {
    const watch = instance.readyHead!;
    const found = readinessOf(watch, min(left, most - count));
    if (found < 0) {
      // Return the events so far. The watch keeps its place, and the next wait reports the errno.
      if (count == 0) return found;
      break;
    }
    const readiness = <u32>found & watched(watch);
    if (readiness == 0 && rules.UNREADY_IS_DROPPED) {
      if (rules.UNREADY_LEAVES_THE_LIST) unqueue(watch);
      else requeue(watch);
      continue;
    }
    const event = events + <usize>count * EPOLL_EVENT_SIZE;
    count++;
    store<u32>(event, readiness, EPOLL_EVENT_EVENTS);
    store<i32>(event, watch.fd, EPOLL_EVENT_FD);
    store<u64>(event, watch.data, EPOLL_EVENT_DATA);
    if (rules.ONE_SHOTS_FALL_SILENT && (watch.events & EPOLLONESHOT) != 0) silence(watch);
    else if (rules.EDGES_LEAVE_THE_LIST && (watch.events & EPOLLET) != 0) unqueue(watch);
    else if (rules.LEVELS_STAY_QUEUED) requeue(watch);
    else unqueue(watch);
    source.delivered(watch, readiness);
  }
  if (!rules.REST_STAYS_QUEUED) while (instance.readyCount > count) unqueue(instance.readyHead!);
  if (count > 0) instance.lastDelivery = nextDelivery();
  return count;
}

/**
 * The readiness of a queued watch, or a negated errno. If the watch needs a look, up to `ahead` watches from it on are looked at in
 * the same batch.
 */
function readinessOf(watch: Watch, ahead: u32): i32 {
  if (isInstanceFd(watch.fd)) {
    const ready = isReady(instanceOfFd(watch.fd)!);
    return ready > 0 ? EPOLLIN | EPOLLRDNORM : ready;
  }
  if (source.needsLook(watch)) {
    const looked = lookAhead(watch, ahead);
    if (looked < 0) return looked;
  }
  return isFresh(watch) ? watch.known : 0;
}

/**
 * Looks at the watches that need it among the next `ahead`, from `first` on, and takes queued wakeups.
 *
 * @returns 1; 0 if no watch needs a look and nothing was done; or a negated errno
 */
export function lookAhead(first: Watch, ahead: u32): i32 {
  source.beginLooks();
  let some = false;
  let watch: Watch | null = first;
  for (let index: u32 = 0; index < ahead && watch != null; index++, watch = watch.readyNext) {
    if (isInstanceFd(watch.fd) || !source.needsLook(watch)) continue;
    some = true;
    if (!source.addLook(watch)) break;
  }
  if (!some) return 0;
  const error = source.finishLooks();
  return error < 0 ? error : 1;
}

/**
 * Whether an instance is readable for poll and for other instances: while one of its watches is ready. Takes watches that are not ready
 * off its list, and consumes no edge.
 *
 * @returns 1, 0, or a negated errno
 */
export function isReady(instance: Instance): i32 {
  for (let left = instance.readyCount; left > 0; left--) {
    const watch = instance.readyHead!;
    const found = readinessOf(watch, left);
    if (found < 0) return found;
    if ((<u32>found & watched(watch)) != 0 || !rules.NESTED_READINESS_IS_TRUE) {
      if (!rules.ASKING_CONSUMES_NOTHING) unqueue(watch);
      return 1;
    }
    unqueue(watch);
  }
  return 0;
}
