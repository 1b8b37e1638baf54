/**
 * Wakeups from a ready file: the host queues them per (fd, mask), and a wait costs what is active.
 *
 * The protocol is 8-byte records on one descriptor (layout.ts; the host's `ready-file.ts`): arm and look are written,
 * answers and wakeups are read, answers first and in the order of the looks. Many are looked at by a peek: a `struct
 * pollfd` array, answered in place. An fd is armed once for each mask that its watches have; a mask that no watch has any
 * more is stopped when it fires.
 */
import { descriptor } from "../memory/descriptors";
import { RECORD_FD, RECORD_MASK, RECORD_OP, RECORD_READY, RECORD_SIZE } from "../memory/layout";
import {
  append,
  clear,
  FD_READ,
  makeRoom,
  results,
  SUBSCRIPTIONS_SIZE,
  setClock,
  subscriptionAt,
} from "../memory/subscriptions";
import { eventsOf, fdOf, setArmedMask } from "../memory/watches";
import { EAGAIN, EBADF, EPERM } from "../sys/errno";
import { isOpen, look as peek, poll, read, readOrSleep, readyFile, write } from "../sys/system";
import { ALWAYS, EPOLLPRI, EPOLLRDHUP, POLLNVAL, READABLE, READINESS } from "./events";
import { see, wake } from "./trigger";

const STOP: u32 = 0;
const ARM: u32 = 1;
const LOOK: u32 = 2;
const ANSWER: u32 = 0x8000;

/** In place of a readiness or a negated errno: there is no ready file any more, and nobody has been asked. */
export const GONE: i32 = i32.MIN_VALUE;

const LOOKS: u32 = 128;
const RECORDS: u32 = 512;
/** Entries of one peek: the host bounds what it keeps for it. */
const MOST_ENTRIES: u32 = 1 << 15;

/** What is written; and, to be peeked at, the file itself and then the watches of `looked`. */
const requests = memory.data((1 + LOOKS) * RECORD_SIZE, 8);
const records = memory.data(RECORDS * RECORD_SIZE, 8);
/** The watches of the batch of looks. */
const looked = memory.data(LOOKS * 4, 4);
let looks: u32 = 0;
/** The answer to the look that was written: a readiness, or a negated errno. */
let answer: i32 = 0;

const sleep = memory.data(SUBSCRIPTIONS_SIZE, 8);
let file: i32 = -1;
/** The descriptor and the mask for which `arm` is under way; -1: none. */
let arming: i32 = -1;
let armingMask: u32 = 0;
/** A wakeup for them was read meanwhile: before the look, or behind it. */
let armingWoken = false;

/** Finds the host's ready file. False where there is none: a foreign host, or a descriptor of another kind. */
export function open(): bool {
  file = readyFile();
  if (file < 0 || !isOpen(file)) return false;
  // A ready file cannot be watched itself, and says so; nothing else answers like that.
  if (lookAt(file) != -EPERM || lookAtAll(requests, 0) < 0) return false;
  makeRoom(sleep, 2);
  clear(sleep);
  append(sleep, FD_READ, file, 0);
  return true;
}

/** The mask under which a watch's wakeups come: RDHUP and PRI beside IN, to know whether a short count means drained. */
function maskOf(watch: usize): u32 {
  const interest = eventsOf(watch) & READINESS;
  return interest | ALWAYS | ((interest & READABLE) != 0 ? EPOLLRDHUP | EPOLLPRI : 0);
}

/** Arms the watch's descriptor, takes what has happened so far, and returns its readiness now, or a negated errno. */
export function arm(watch: usize): i32 {
  const mask = maskOf(watch);
  request(0, fdOf(watch), mask, ARM);
  request(1, fdOf(watch), READINESS, LOOK);
  // Until that is done the watch's mask is the old one, or none, and does not hear of a wakeup: one more look does.
  arming = fdOf(watch);
  armingMask = mask;
  armingWoken = false;
  let readiness = ask(2);
  while (armingWoken && readiness >= 0) {
    armingWoken = false;
    readiness = lookAt(fdOf(watch));
  }
  arming = -1;
  setArmedMask(watch, mask);
  return readiness;
}

/** Can `fd` be watched? Only arming finds that out: for errors and hangups, which change nothing. 0, EBADF or EPERM, negated. */
export function check(fd: i32): i32 {
  request(0, fd, ALWAYS, ARM);
  request(1, fd, ALWAYS, LOOK);
  return min(ask(2), 0);
}

/** The readiness of a descriptor now, or a negated errno. */
export function lookAt(fd: i32): i32 {
  request(0, fd, READINESS, LOOK);
  return ask(1);
}

function ask(count: u32): i32 {
  const written = write(file, requests, count * RECORD_SIZE);
  if (written == -EBADF) return GONE;
  if (written != count * RECORD_SIZE) return written < 0 ? written : -EPERM;
  answer = -EAGAIN;
  const error = take();
  return error < 0 ? error : answer;
}

/**
 * The readiness of every entry of a `struct pollfd` array, into its revents. Returns how many have something, or a negated
 * errno when the file is gone.
 */
export function lookAtAll(fds: usize, count: u32): i32 {
  let ready = 0;
  let first: u32 = 0;
  do {
    const most = min(count - first, MOST_ENTRIES);
    const found = peek(file, fds + <usize>first * RECORD_SIZE, most * RECORD_SIZE);
    if (found < 0) return found;
    ready += found / RECORD_SIZE;
    first += most;
  } while (first < count);
  return ready;
}

/** The ready file itself, for a sleep that waits for other things too. */
export function descriptorOfFile(): i32 {
  return file;
}

/** One wakeup for whoever sleeps, when something that concerns `mask` happens: no watch has this mask, so it is stopped then. */
export function armOnce(fd: i32, mask: u32): void {
  request(0, fd, (mask & READINESS) | ALWAYS, ARM);
  write(file, requests, RECORD_SIZE);
}

export function beginLooks(): void {
  looks = 0;
}

/** One more watch for the next batch of looks. False when the batch is full. */
export function addLook(watch: usize): bool {
  if (looks == LOOKS) return false;
  store<u32>(looked + ((<usize>looks) << 2), watch);
  looks++;
  request(looks, fdOf(watch), READINESS, 0);
  return true;
}

/**
 * Makes the looks of the batch and tells each watch, and takes what wakeups there are: one call of the system, if there are
 * none. Returns a negated errno when the file is gone.
 */
export function finishLooks(): i32 {
  request(0, file, READABLE, 0);
  const found = lookAtAll(requests, looks + 1);
  if (found < 0) return found;
  for (let index: u32 = 0; index < looks; index++) {
    const readiness: u32 = load<u16>(requests + <usize>(index + 1) * RECORD_SIZE, RECORD_READY);
    see(load<u32>(looked + ((<usize>index) << 2)), readiness == POLLNVAL ? 0 : readiness);
  }
  return load<u16>(requests, RECORD_READY) != 0 ? take() : 0;
}

function request(index: u32, fd: i32, mask: u32, op: u32): void {
  const at = requests + <usize>index * RECORD_SIZE;
  store<u32>(at, fd, RECORD_FD);
  store<u16>(at, mask, RECORD_MASK);
  store<u16>(at, op, RECORD_OP);
}

/** Reads all records that there are. Returns a negated errno when the file is gone. */
export function take(): i32 {
  return hearAll(read(file, records, RECORDS * RECORD_SIZE));
}

/** `first`: the length of the records that have been read already, or a negated errno. */
function hearAll(first: i32): i32 {
  let length = first;
  while (true) {
    if (length < 0) return length == -EAGAIN ? 0 : length;
    const end = records + length;
    for (let at = records; at < end; at += RECORD_SIZE) {
      const mask: u32 = load<u16>(at, RECORD_MASK);
      if ((mask & ANSWER) != 0) hear(mask & ~ANSWER, load<u16>(at, RECORD_READY));
      else wakeup(load<i32>(at, RECORD_FD), mask, load<u16>(at, RECORD_READY));
    }
    if (length < <i32>(RECORDS * RECORD_SIZE)) return 0;
    length = read(file, records, RECORDS * RECORD_SIZE);
  }
}

function hear(errno: u32, readiness: u32): void {
  answer = errno == 0 ? <i32>readiness : -(<i32>errno);
}

function wakeup(fd: i32, mask: u32, readiness: u32): void {
  if (fd == arming && mask == armingMask) armingWoken = true;
  const target = descriptor(fd);
  if ((target != 0 && wake(target, mask, readiness)) || fd == arming) return;
  // The last watch with this mask has gone. The cells are not `requests`: an arming may stand there.
  store<u32>(stop, fd, RECORD_FD);
  store<u16>(stop, mask, RECORD_MASK);
  store<u16>(stop, STOP, RECORD_OP);
  write(file, stop, RECORD_SIZE);
}

const stop = memory.data(RECORD_SIZE, 8);

/** Sleeps until a record is queued, at most `timeout` nanoseconds (-1: for ever). A negated errno: the file is gone. */
export function park(timeout: i64): i32 {
  // For ever, a read that sleeps is one call in place of two.
  if (timeout < 0) return hearAll(readOrSleep(file, records, RECORDS * RECORD_SIZE));
  setClock(sleep, timeout);
  const delivered = poll(subscriptionAt(sleep, 0), results(sleep), 2);
  return delivered < 0 ? delivered : take();
}
