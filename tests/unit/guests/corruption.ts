/** Breaks the engine's lists on purpose, for the suite of its checks. */
import { descriptor } from "../../../assembly/engine/descriptors";
import { instance } from "../../../assembly/engine/instances";
import { pushReady, removeReady } from "../../../assembly/engine/ready-list";
import { freeWatch } from "../../../assembly/engine/watches";
import { Watch } from "../../../assembly/memory/layout";

function watchOf(epfd: i32, fd: i32): Watch {
  let watch = descriptor(fd)!.firstWatch!;
  while (watch.instance != instance(epfd)!) watch = watch.next!;
  return watch;
}

export function queueTwice(epfd: i32, fd: i32): void {
  pushReady(instance(epfd)!, watchOf(epfd, fd));
}

export function unqueueTwice(epfd: i32, fd: i32): void {
  removeReady(instance(epfd)!, watchOf(epfd, fd));
  removeReady(instance(epfd)!, watchOf(epfd, fd));
}

export function freeTwice(epfd: i32, fd: i32): void {
  const watch = watchOf(epfd, fd);
  freeWatch(watch);
  freeWatch(watch);
}

/** Frees a watch that is still on its lists. */
export function freeLinked(epfd: i32, fd: i32): void {
  freeWatch(watchOf(epfd, fd));
}

/** Its ready list ends behind the watch, although another one follows. */
export function cutReadyList(epfd: i32, fd: i32): void {
  watchOf(epfd, fd).readyNext = null;
}

/** The list of its descriptor goes from the watch back to the first one. */
export function closeCircle(epfd: i32, fd: i32): void {
  watchOf(epfd, fd).next = descriptor(fd)!.firstWatch;
}

/** The list of its descriptor loses the watch. */
export function loseWatch(fd: i32): void {
  descriptor(fd)!.firstWatch = descriptor(fd)!.firstWatch!.next;
}

/** The watch before it among those of its instance does not lead to it. */
export function cutMembers(epfd: i32, fd: i32): void {
  const before = watchOf(epfd, fd).prevMember!;
  before.nextMember = null;
}
