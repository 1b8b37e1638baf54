/** Cases of select, for each line of POSIX. */
import { close, EBADF, EINVAL, FD_SETSIZE, select, send, setFdSetSize } from "../../../assembly/index";
import { now } from "../../../assembly/sys/system";
import { writeLater } from "./bench";
import { equal, isTrue, it, Pair } from "./cases";

const FOREVER: i32 = -1;
const bytes = heap.alloc(64);
/** Three sets, each for 8192 descriptors. */
const SET_SIZE: usize = 1024;
const readers = heap.alloc(SET_SIZE);
const writers = heap.alloc(SET_SIZE);
const exceptional = heap.alloc(SET_SIZE);

function clear(): void {
  memory.fill(readers, 0, SET_SIZE);
  memory.fill(writers, 0, SET_SIZE);
  memory.fill(exceptional, 0, SET_SIZE);
}

function mark(set: usize, fd: i32): void {
  const at = set + <usize>((fd >> 5) << 2);
  store<u32>(at, load<u32>(at) | (1 << (fd & 31)));
}

function isMarked(set: usize, fd: i32): bool {
  return ((load<u32>(set + <usize>((fd >> 5) << 2)) >> (fd & 31)) & 1) != 0;
}

it("select leaves the ready descriptors in three sets and returns the total of bits", () => {
  const pair = new Pair();
  send(pair.other.fd, bytes, 1);
  clear();
  mark(readers, pair.one.fd);
  mark(readers, pair.other.fd);
  mark(writers, pair.one.fd);
  mark(writers, pair.other.fd);
  mark(exceptional, pair.one.fd);
  const count = max(pair.one.fd, pair.other.fd) + 1;
  equal(select(count, readers, writers, exceptional, FOREVER), 3, "total");
  isTrue(isMarked(readers, pair.one.fd) && !isMarked(readers, pair.other.fd), "the readable one");
  isTrue(isMarked(writers, pair.one.fd) && isMarked(writers, pair.other.fd), "both are writable");
  isTrue(!isMarked(exceptional, pair.one.fd), "no exception");
});

it("select accepts 0 for a missing set, and looks only at descriptors below the count", () => {
  const pair = new Pair();
  clear();
  mark(writers, pair.one.fd);
  mark(writers, pair.other.fd);
  const low = min(pair.one.fd, pair.other.fd);
  equal(select(low + 1, 0, writers, 0, FOREVER), 1, "the lower one alone");
  isTrue(isMarked(writers, low), "it is left");
  equal(select(0, 0, 0, 0, 1), 0, "nobody");
});

it("select above FD_SETSIZE is EINVAL until the limit is raised", () => {
  clear();
  equal(select(FD_SETSIZE + 1, readers, 0, 0, 0), -EINVAL, "above");
  equal(select(FD_SETSIZE, readers, 0, 0, 0), 0, "at it");
  equal(select(-1, readers, 0, 0, 0), -EINVAL, "negative");
  setFdSetSize(8192);
  equal(select(8192, readers, 0, 0, 0), 0, "raised");
  setFdSetSize(FD_SETSIZE);
  equal(select(8192, readers, 0, 0, 0), -EINVAL, "lowered");
});

it("select of a closed descriptor is EBADF and leaves the sets unchanged", () => {
  const pair = new Pair();
  clear();
  mark(readers, 999);
  mark(writers, pair.one.fd);
  equal(select(1000, readers, writers, exceptional, FOREVER), -EBADF, "in the readers");
  isTrue(isMarked(readers, 999) && isMarked(writers, pair.one.fd), "both are there still");
});

it("select reports a hangup as readable and writable, not as an exception", () => {
  const pair = new Pair();
  close(pair.other.fd);
  clear();
  mark(readers, pair.one.fd);
  mark(writers, pair.one.fd);
  mark(exceptional, pair.one.fd);
  equal(select(pair.one.fd + 1, readers, writers, exceptional, FOREVER), 2, "total");
  mark(exceptional, pair.one.fd);
  equal(select(pair.one.fd + 1, 0, 0, exceptional, 3), 0, "an exception alone");
});

it("select finds descriptors at the ends of words", () => {
  const first = new Pair();
  clear();
  let last = first.other.fd;
  while (last < 130) {
    const pair = new Pair();
    last = max(pair.one.fd, pair.other.fd);
  }
  const ends: i32[] = [31, 32, 63, 64, 95, 96, 127, 128];
  for (let index = 0; index < ends.length; index++) mark(writers, ends[index]);
  equal(select(129, readers, writers, exceptional, FOREVER), ends.length, "total");
  for (let index = 0; index < ends.length; index++) isTrue(isMarked(writers, ends[index]), ends[index].toString());
});

it("select does not sleep with a timeout of 0, waits for ever with a negative one, and never returns early with nothing", () => {
  const pair = new Pair();
  clear();
  mark(readers, pair.one.fd);
  equal(select(pair.one.fd + 1, readers, 0, 0, 0), 0, "0");
  isTrue(!isMarked(readers, pair.one.fd), "nothing is left in the set");
  mark(readers, pair.one.fd);
  const before = now();
  equal(select(pair.one.fd + 1, readers, 0, 0, 5), 0, "5");
  isTrue(now() - before >= 5_000_000, "the time is over");
  mark(readers, pair.one.fd);
  writeLater(pair.other.fd);
  equal(select(pair.one.fd + 1, readers, 0, 0, -7), 1, "-7");
});
