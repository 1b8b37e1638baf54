/** The descriptor table, indexed by fd; and the list of watches on a descriptor or on an instance. */
import { CHECKED } from "../memory/integrity";
import { Descriptor, Watch, Watched } from "../memory/layout";
import { capacity, entry, reach, SEGMENTS_SIZE } from "../memory/segments";
import { instance, isInstanceFd } from "./instances";
import { FREED, slots } from "./watches";

export const table = memory.data(SEGMENTS_SIZE, 8);

/** The descriptor's entry; null for an fd that never had a watch. */
export function descriptor(fd: i32): Descriptor | null {
  return <u32>fd < capacity(table) ? at(fd) : null;
}

/** The same, but makes the entry; null if memory cannot grow. `fd` must be open: the table is as long as the largest number. */
export function descriptorFor(fd: i32): Descriptor | null {
  return reach(table, <u32>fd, offsetof<Descriptor>()) ? at(fd) : null;
}

function at(fd: i32): Descriptor {
  return changetype<Descriptor>(entry(table, <u32>fd, offsetof<Descriptor>()));
}

/** Counts the lives of `fd`: it changes when the descriptor or the instance is closed. 0 without an entry. */
export function lifeOf(fd: i32): u32 {
  if (isInstanceFd(fd)) return instance(fd) != null ? 1 : 0;
  const found = descriptor(fd);
  return found == null ? 0 : found.generation;
}

/** The index in the subscription array for reading (tag 1) or writing (tag 2); -1 if that direction is not armed. */
export function slot(descriptor: Descriptor, tag: u32): i32 {
  return load<u32>(changetype<usize>(descriptor) + ((tag - 1) << 2), offsetof<Descriptor>("readSlot")) - 1;
}

export function setSlot(descriptor: Descriptor, tag: u32, index: i32): void {
  store<u32>(changetype<usize>(descriptor) + ((tag - 1) << 2), index + 1, offsetof<Descriptor>("readSlot"));
}

/** Puts a watch on a list of wakeups: exclusive watches last, the others first, as in the kernel's wait queues. */
export function link(target: Watched, watch: Watch, exclusive: bool): void {
  const first = target.firstWatch;
  if (CHECKED) check(target);
  if (exclusive && first != null) {
    target.lastWatch!.next = watch;
    watch.next = null;
    target.lastWatch = watch;
    return;
  }
  watch.next = first;
  target.firstWatch = watch;
  if (first == null) target.lastWatch = watch;
}

export function unlink(target: Watched, watch: Watch): void {
  if (CHECKED) check(target);
  let before: Watch | null = null;
  for (let at = target.firstWatch!; at != watch; at = at.next!) {
    if (CHECKED) assert(at.next != null, "a watch is not on the list of its descriptor");
    before = at;
  }
  if (before == null) target.firstWatch = watch.next;
  else before.next = watch.next;
  if (target.lastWatch == watch) target.lastWatch = before;
}

/** For checked builds: walks the list once. A list that is longer than all watches goes in a circle. */
export function check(target: Watched): void {
  let last: Watch | null = null;
  let length: u32 = 0;
  for (let watch = target.firstWatch; watch != null; watch = watch!.next) {
    assert(length++ < slots(), "the list of a descriptor's watches goes in a circle");
    assert(watch.state != FREED, "a freed watch is on the list of a descriptor");
    last = watch;
  }
  assert(target.lastWatch == last, "the list of a descriptor's watches does not end at its last one");
}
