/** The ready list of an epoll instance: first in, first out, linked through the watches themselves. */
import {
  INSTANCE_READY_COUNT,
  INSTANCE_READY_HEAD,
  INSTANCE_READY_TAIL,
  WATCH_READY_NEXT,
  WATCH_READY_PREV,
} from "./layout";

export function readyCount(instance: usize): u32 {
  return load<u32>(instance, INSTANCE_READY_COUNT);
}

export function readyHead(instance: usize): usize {
  return load<u32>(instance, INSTANCE_READY_HEAD);
}

export function readyNext(watch: usize): usize {
  return load<u32>(watch, WATCH_READY_NEXT);
}

export function pushReady(instance: usize, watch: usize): void {
  const tail = <usize>load<u32>(instance, INSTANCE_READY_TAIL);
  store<u32>(watch, 0, WATCH_READY_NEXT);
  store<u32>(watch, tail, WATCH_READY_PREV);
  if (tail == 0) store<u32>(instance, watch, INSTANCE_READY_HEAD);
  else store<u32>(tail, watch, WATCH_READY_NEXT);
  store<u32>(instance, watch, INSTANCE_READY_TAIL);
  store<u32>(instance, readyCount(instance) + 1, INSTANCE_READY_COUNT);
}

export function removeReady(instance: usize, watch: usize): void {
  const next = <usize>load<u32>(watch, WATCH_READY_NEXT);
  const prev = <usize>load<u32>(watch, WATCH_READY_PREV);
  if (prev == 0) store<u32>(instance, next, INSTANCE_READY_HEAD);
  else store<u32>(prev, next, WATCH_READY_NEXT);
  if (next == 0) store<u32>(instance, prev, INSTANCE_READY_TAIL);
  else store<u32>(next, prev, WATCH_READY_PREV);
  store<u32>(instance, readyCount(instance) - 1, INSTANCE_READY_COUNT);
}
