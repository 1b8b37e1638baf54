/**
 * Wakeups from a ready file: the host queues them per (fd, mask), and a wait costs what is active.
 *
 * The protocol is 8-byte records on one descriptor (layout.ts; the host's `ready-file.ts`): arm and look are written,
 * answers and wakeups are read, answers first and in the order of the looks. An fd is armed once for each mask that its
 * watches have; a mask that no watch has any more is stopped when it fires.
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
import { isOpen, poll, read, readyFile, write } from "../sys/system";
import { ALWAYS, EPOLLPRI, EPOLLRDHUP, POLLNVAL, READABLE, READINESS, WRITABLE } from "./events";
import { see, wake } from "./trigger";

const STOP: u32 = 0;
const ARM: u32 = 1;
const LOOK: u32 = 2;
const ANSWER: u32 = 0x8000;

/** In place of a readiness or a negated errno: there is no ready file any more, and nobody has been asked. */
export const GONE: i32 = i32.MIN_VALUE;

const LOOKS: u32 = 128;
const RECORDS: u32 = 512;

const requests = memory.data(LOOKS * RECORD_SIZE, 8);
const records = memory.data(RECORDS * RECORD_SIZE, 8);
/** The watches whose looks are under way, in the order of their requests. */
const looked = memory.data(LOOKS * 4, 4);
let looks: u32 = 0;
let answered: u32 = 0;
/** The answer to a look that is for no watch in `looked`: a readiness, or a negated errno. */
let answer: i32 = 0;
/** Wakeups read so far, modulo 2^32: who slept on the file until one comes asks whether somebody else has read it. */
let taken: u32 = 0;

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
  if (lookAt(file) != -EPERM) return false;
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
  looks = answered = 0;
  entries = entriesEnd = 0;
  const written = write(file, requests, count * RECORD_SIZE);
  if (written == -EBADF) return GONE;
  if (written != count * RECORD_SIZE) return written < 0 ? written : -EPERM;
  answer = -EAGAIN;
  const error = take();
  return error < 0 ? error : answer;
}

/** The look of a poll: answered only where there is something. */
const FIND: u32 = 3;
/** Beside the revents of an entry that was answered, until all are. */
const ANSWERED: u32 = 0x8000;

/**
 * The readiness of every entry of a `struct pollfd` array, into its revents. An entry has the layout of a request, with
 * revents where the op is, so the array itself is what is written; those that have something are answered, by their place.
 * Returns a negated errno when the file is gone.
 */
export function lookAtAll(fds: usize, count: u32): i32 {
  const end = fds + <usize>count * RECORD_SIZE;
  for (let entry = fds; entry < end; entry += RECORD_SIZE) store<u16>(entry, FIND, RECORD_OP);
  let error: i32 = 0;
  for (let at = fds; at < end && error >= 0; at = entriesEnd) {
    const written = write(file, at, <i32>(end - at));
    if (written <= 0) {
      error = written < 0 ? written : -EPERM;
      break;
    }
    entries = at;
    entriesEnd = at + written;
    error = take();
  }
  entries = entriesEnd = 0;
  for (let entry = fds; entry < end; entry += RECORD_SIZE) {
    const revents: u32 = load<u16>(entry, RECORD_OP);
    store<u16>(entry, (revents & ANSWERED) != 0 ? revents & ~ANSWERED : 0, RECORD_OP);
  }
  return error;
}

/** The pollfd entries that are looked at; none: 0. */
let entries: usize = 0;
let entriesEnd: usize = 0;

/** The ready file itself, for a sleep that waits for other things too. */
export function descriptorOfFile(): i32 {
  return file;
}

/** One wakeup for whoever sleeps, when something that concerns `mask` happens: no watch has this mask, so it is stopped then. */
export function armOnce(fd: i32, mask: u32): void {
  request(0, fd, (mask & READINESS) | ALWAYS, ARM);
  write(file, requests, RECORD_SIZE);
}

/** One more watch for the next batch of looks. False when the batch is full. */
export function addLook(watch: usize): bool {
  if (looks == LOOKS) return false;
  request(looks, fdOf(watch), READINESS, LOOK);
  store<u32>(looked + ((<usize>looks) << 2), watch);
  looks++;
  return true;
}

export function beginLooks(): void {
  looks = answered = 0;
}

/** Makes the looks of the batch, all in one call, and tells each watch. Returns a negated errno when the file is gone. */
export function finishLooks(): i32 {
  if (looks == 0) return 0;
  const written = write(file, requests, looks * RECORD_SIZE);
  return written < 0 ? written : take();
}

function request(index: u32, fd: i32, mask: u32, op: u32): void {
  const at = requests + <usize>index * RECORD_SIZE;
  store<u32>(at, fd, RECORD_FD);
  store<u16>(at, mask, RECORD_MASK);
  store<u16>(at, op, RECORD_OP);
}

/** Reads all records that there are. Returns a negated errno when the file is gone. */
export function take(): i32 {
  while (true) {
    const length = read(file, records, RECORDS * RECORD_SIZE);
    if (length < 0) return length == -EAGAIN ? 0 : length;
    const end = records + length;
    for (let at = records; at < end; at += RECORD_SIZE) {
      const mask: u32 = load<u16>(at, RECORD_MASK);
      if ((mask & ANSWER) != 0) hear(load<u32>(at, RECORD_FD), mask & ~ANSWER, load<u16>(at, RECORD_READY));
      else wakeup(load<i32>(at, RECORD_FD), mask, load<u16>(at, RECORD_READY));
    }
    if (length < <i32>(RECORDS * RECORD_SIZE)) return 0;
  }
}

function hear(subject: u32, errno: u32, readiness: u32): void {
  if (entriesEnd != 0) {
    const entry = entries + <usize>subject * RECORD_SIZE;
    if (entry >= entriesEnd) return;
    const revents = errno == 0 ? readiness : errno == EPERM ? READABLE | WRITABLE : POLLNVAL;
    store<u16>(entry, ANSWERED | revents, RECORD_OP);
    return;
  }
  if (answered == looks) {
    answer = errno == 0 ? <i32>readiness : -(<i32>errno);
    return;
  }
  see(load<u32>(looked + ((<usize>answered) << 2)), errno == 0 ? readiness : 0);
  answered++;
}

/** How many wakeups have been read so far. */
export function wakeupsTaken(): u32 {
  return taken;
}

function wakeup(fd: i32, mask: u32, readiness: u32): void {
  taken++;
  if (fd == arming && mask == armingMask) armingWoken = true;
  const target = descriptor(fd);
  if ((target != 0 && wake(target, mask, readiness)) || fd == arming) return;
  // The last watch with this mask has gone. The cells are not `requests`: a batch of looks may stand there.
  store<u32>(stop, fd, RECORD_FD);
  store<u16>(stop, mask, RECORD_MASK);
  store<u16>(stop, STOP, RECORD_OP);
  write(file, stop, RECORD_SIZE);
}

const stop = memory.data(RECORD_SIZE, 8);

/** Sleeps until a record is queued, at most `timeout` nanoseconds (-1: for ever). A negated errno: the file is gone. */
export function park(timeout: i64): i32 {
  let delivered: i32;
  if (timeout < 0) delivered = poll(subscriptionAt(sleep, 1), results(sleep), 1);
  else {
    setClock(sleep, timeout);
    delivered = poll(subscriptionAt(sleep, 0), results(sleep), 2);
  }
  if (delivered < 0) return delivered;
  return take();
}
