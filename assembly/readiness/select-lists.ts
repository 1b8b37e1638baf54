/** select over lists of descriptors instead of bit arrays, as Python's `select.select`. */
import { FD_SETSIZE } from "../abi/select";
import { EINVAL } from "../abi/errno";
import { FdSet } from "./fd-set";
import { select } from "./select";

/** The result of `selectLists`: the ready members of each list, in ascending order. */
export class SelectedLists {
  /** 0, or a negated errno as `select` returns it; the lists are empty then. */
  error: i32 = 0;
  readable: i32[] = [];
  writable: i32[] = [];
  exceptional: i32[] = [];
}

/**
 * Waits until a member of a list is ready: to read or to accept, to write, or with an exceptional condition (urgent data).
 *
 * @param timeout - milliseconds; -1 waits for ever, 0 not at all
 * @returns the ready members; none at the timeout. -EINVAL for a descriptor at or above FD_SETSIZE
 */
export function selectLists(readers: i32[], writers: i32[], exceptions: i32[], timeout: i32 = -1): SelectedLists {
  const result = new SelectedLists();
  const sets = [FdSet.create(), FdSet.create(), FdSet.create()];
  if (fill(sets[0], readers) && fill(sets[1], writers) && fill(sets[2], exceptions)) {
    result.error = min(select(FD_SETSIZE, sets[0].address, sets[1].address, sets[2].address, timeout), 0);
  } else result.error = -EINVAL;
  if (result.error == 0) {
    result.readable = members(sets[0]);
    result.writable = members(sets[1]);
    result.exceptional = members(sets[2]);
  }
  for (let index = 0; index < sets.length; index++) heap.free(sets[index].address);
  return result;
}

/** False for a descriptor that has no bit. */
function fill(set: FdSet, list: i32[]): bool {
  for (let index = 0; index < list.length; index++) {
    if (<u32>list[index] >= <u32>FD_SETSIZE) return false;
    set.add(list[index]);
  }
  return true;
}

function members(set: FdSet): i32[] {
  const list: i32[] = [];
  for (let fd = set.next(0); fd >= 0; fd = set.next(fd + 1)) list.push(fd);
  return list;
}
