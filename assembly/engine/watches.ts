/** The watch slab: fixed-size slots that never move. A freed slot is used before a new one. */
import { block } from "../memory/blocks";
import { CHECKED } from "../memory/integrity";
import { Instance, Watch } from "../memory/layout";

const FIRST_CHUNK: u32 = 64;
/** The state of a freed watch, in a checked build. */
export const FREED: u8 = 0xff;

let free: Watch | null = null;
/** The unused slots of the newest chunk. */
let fresh: usize = 0;
let freshEnd: usize = 0;
let cut: u32 = 0;

/** A zeroed watch; null if memory cannot grow. Each new chunk is as large as all chunks before it. */
export function allocateWatch(): Watch | null {
  const freed = free;
  if (freed != null) {
    free = freed.next;
    memory.fill(changetype<usize>(freed), 0, offsetof<Watch>());
    return freed;
  }
  if (fresh == freshEnd) {
    const size = <usize>max(cut, FIRST_CHUNK) * offsetof<Watch>();
    const chunk = block(size);
    if (chunk == 0) return null;
    fresh = chunk;
    freshEnd = chunk + size;
    cut += <u32>(size / offsetof<Watch>());
  }
  const watch = changetype<Watch>(fresh);
  fresh += offsetof<Watch>();
  return watch;
}

export function freeWatch(watch: Watch): void {
  if (CHECKED) {
    assert(watch.state != FREED, "a watch is freed twice");
    watch.state = FREED;
  }
  watch.next = free;
  free = watch;
}

/** How many watches there can be: no list is longer. */
export function slots(): u32 {
  return cut;
}

/** Puts `watch` first among the watches of its instance. */
export function join(instance: Instance, watch: Watch): void {
  const first = instance.firstMember;
  if (CHECKED && first != null) assert(first.prevMember == null, "an instance's list of watches is corrupt");
  watch.nextMember = first;
  watch.prevMember = null;
  if (first != null) first.prevMember = watch;
  instance.firstMember = watch;
}

export function leave(instance: Instance, watch: Watch): void {
  const next = watch.nextMember;
  const prev = watch.prevMember;
  if (CHECKED) {
    assert(
      (prev == null ? instance.firstMember : prev.nextMember) == watch,
      "an instance's list of watches is corrupt",
    );
    assert(next == null || next.prevMember == watch, "an instance's list of watches is corrupt");
  }
  if (prev == null) instance.firstMember = next;
  else prev.nextMember = next;
  if (next != null) next.prevMember = prev;
}
