/** Taking events off a ready list: what ep_send_events does in the kernel, with looks made in batches. */
import { instance as instanceOfFd, isInstanceFd, setBatch } from "../memory/instances";
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../memory/layout";
import { readyCount, readyHead, readyNext } from "../memory/ready-list";
import { dataOf, eventsOf, fdOf, known, setBatchEvent } from "../memory/watches";
import { addLook, beginLooks, finishLooks } from "./edge-source";
import { EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLRDNORM } from "./events";
import * as source from "./source";
import { isFresh, requeue, silence, unqueue, watched } from "./trigger";

/**
 * Writes at most `most` events of what is ready on `instance` to `events`, and moves each watch to where its trigger
 * wants it. Those that are no longer ready are dropped. Returns how many were written.
 */
export function deliver(instance: usize, events: usize, most: u32): u32 {
  let count: u32 = 0;
  // Whoever stands here now is served at most once: levels that go to the tail wait for the next wait.
  for (let left = readyCount(instance); left > 0 && count < most; left--) {
    const watch = readyHead(instance);
    const readiness = readinessOf(watch, min(left, most - count)) & watched(watch);
    if (readiness == 0) {
      unqueue(watch);
      continue;
    }
    const event = events + <usize>count * EPOLL_EVENT_SIZE;
    count++;
    store<u32>(event, readiness, EPOLL_EVENT_EVENTS);
    store<i32>(event, fdOf(watch), EPOLL_EVENT_FD);
    store<u64>(event, dataOf(watch), EPOLL_EVENT_DATA);
    setBatchEvent(watch, event);
    if ((eventsOf(watch) & EPOLLONESHOT) != 0) silence(watch);
    else if ((eventsOf(watch) & EPOLLET) != 0) unqueue(watch);
    else requeue(watch);
    source.delivered(watch, readiness);
  }
  setBatch(instance, events, count);
  return count;
}

/** The readiness of a queued watch; a look that is needed is made for those behind it too, `ahead` at the most. */
function readinessOf(watch: usize, ahead: u32): u32 {
  if (isInstanceFd(fdOf(watch))) return isReady(instanceOfFd(fdOf(watch))) ? EPOLLIN | EPOLLRDNORM : 0;
  if (source.needsLook(watch)) lookAhead(watch, ahead);
  return isFresh(watch) ? known(watch) : 0;
}

/**
 * Looks at those of the first `ahead` watches, from this one on, that need it, and takes what wakeups there are. False when
 * none needs it: then nothing was done.
 */
export function lookAhead(first: usize, ahead: u32): bool {
  beginLooks();
  let some = false;
  let watch = first;
  for (let index: u32 = 0; index < ahead && watch != 0; index++, watch = readyNext(watch)) {
    if (isInstanceFd(fdOf(watch)) || !source.needsLook(watch)) continue;
    some = true;
    if (!addLook(watch)) break;
  }
  if (some && finishLooks() < 0) {
    source.fallBack();
    source.take();
  }
  return some;
}

/**
 * Is an instance readable, as one that is watched by another: while a watch of it is truly ready. Asking takes those
 * off its list that are not, and consumes nothing else.
 */
export function isReady(instance: usize): bool {
  for (let left = readyCount(instance); left > 0; left--) {
    const watch = readyHead(instance);
    if ((readinessOf(watch, left) & watched(watch)) != 0) return true;
    unqueue(watch);
  }
  return false;
}
