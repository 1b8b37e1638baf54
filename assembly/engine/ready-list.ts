/** The ready list of an epoll instance: first in, first out, linked through the watches. */
import { CHECKED } from "../memory/integrity";
import { Instance, Watch } from "../memory/layout";

export function pushReady(instance: Instance, watch: Watch): void {
  const tail = instance.readyTail;
  if (CHECKED) {
    assert(watch.readyNext == null && watch.readyPrev == null && tail != watch, "a watch is queued twice");
    assert((tail == null) == (instance.readyHead == null), "a ready list is corrupt");
    assert(tail == null || tail.readyNext == null, "a ready list is corrupt");
  }
  watch.readyNext = null;
  watch.readyPrev = tail;
  if (tail == null) instance.readyHead = watch;
  else tail.readyNext = watch;
  instance.readyTail = watch;
  instance.readyCount++;
}

export function removeReady(instance: Instance, watch: Watch): void {
  const next = watch.readyNext;
  const prev = watch.readyPrev;
  if (CHECKED) {
    assert((prev == null ? instance.readyHead : prev.readyNext) == watch, "a ready list is corrupt");
    assert((next == null ? instance.readyTail : next.readyPrev) == watch, "a ready list is corrupt");
    assert(instance.readyCount > 0, "a ready list is longer than its count");
    watch.readyNext = watch.readyPrev = null;
  }
  if (prev == null) instance.readyHead = next;
  else prev.readyNext = next;
  if (next == null) instance.readyTail = prev;
  else next.readyPrev = prev;
  instance.readyCount--;
}
