/**
 * The edge source: wakeups from a ready file (`abi/ready-file.ts`). The cost of a wait depends on active descriptors,
 * not on registered ones.
 *
 * poll_oneoff reports readiness. epoll also reports new data behind unread data. So each fd is armed once for each mask
 * of its watches. A mask without a watch is stopped when a wakeup for it comes. Looks at levels are one operation over
 * an array of `struct pollfd`.
 */
import { EAGAIN, EBADF, EIO, EPERM } from "../abi/errno";
import { ALWAYS, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, POLLNVAL, READABLE, READINESS } from "../abi/events";
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../abi/epoll";
import {
  MAX_LOOKS,
  OP_ARM,
  OP_LOOK,
  OP_STOP,
  OP_VERSION,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_MASK,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../abi/operation";
import {
  EVENT_POLLFDS,
  SUBSCRIPTION_POLLFDS,
  SUBSCRIPTION_POLLFDS_LENGTH,
  SUBSCRIPTION_WAKEUPS,
  SUBSCRIPTION_WAKEUPS_LENGTH,
  WAKEUP_FD,
  WAKEUP_MASK,
  WAKEUP_READY,
  WAKEUP_SIZE,
} from "../abi/ready-file";
import { ABI_MAJOR, ABI_VERSION } from "../abi/version";
import {
  CLOCK_MONOTONIC,
  EVENT_ERROR,
  EVENT_NBYTES,
  EVENT_SIZE,
  EVENT_TYPE,
  FD_READ,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
} from "../abi/wasi";
import { descriptor } from "../engine/descriptors";
import { ERRORS_END_TAKES, LOOKS_COME_IN_BATCHES } from "../engine/rules";
import { setReadiness, wake } from "../engine/trigger";
import { Watch } from "../memory/layout";
import { exit, poll, read, readyFile, write } from "../sys/system";

const MAX_WAKEUPS: u32 = 512;
/** The most reads in one `take`: 32,768 wakeups. The host keeps the rest. */
const MAX_READS: u32 = 64;
/** Watches in one batch of looks. */
const MAX_BATCH: u32 = 128;
/** The masks under which poll arms: the two most frequent ones of epoll, and READINESS. */
const READING: u32 = EPOLLIN | EPOLLPRI | EPOLLRDHUP | ALWAYS;
const WRITING: u32 = EPOLLOUT | ALWAYS;

/** Two operations: arm and look. No wakeup is handled between their preparation and their results. */
const operations = memory.data(2 * OPERATION_SIZE, 8);
/** `struct pollfd`s: of the ready file, then of the watches in `looked`. */
const pollfds = memory.data((1 + MAX_BATCH) * POLLFD_SIZE, 8);
const wakeups = memory.data(MAX_WAKEUPS * WAKEUP_SIZE, 8);
/** The watches of the batch of looks. */
const looked = memory.data(MAX_BATCH * 4, 4);
let looks: u32 = 0;

const STDERR: i32 = 2;
const FAILED: u32 = 1;
/** "pollux: the host has another ABI\n" */
const MISMATCH = memory.data<u8>([
  0x70, 0x6f, 0x6c, 0x6c, 0x75, 0x78, 0x3a, 0x20, 0x74, 0x68, 0x65, 0x20, 0x68, 0x6f, 0x73, 0x74, 0x20, 0x68, 0x61,
  0x73, 0x20, 0x61, 0x6e, 0x6f, 0x74, 0x68, 0x65, 0x72, 0x20, 0x41, 0x42, 0x49, 0x0a,
]);
const MISMATCH_LENGTH: i32 = 33;

/** Subscriptions for a sleep, to a clock and to the file, and the events of poll_oneoff. */
const clock = memory.data(2 * SUBSCRIPTION_SIZE + 2 * EVENT_SIZE, 8);
const arrival = clock + SUBSCRIPTION_SIZE;
const events = arrival + SUBSCRIPTION_SIZE;
/** Subscriptions for a sleep over `struct pollfd`s, to a clock and to the file. */
const listClock = memory.data(2 * SUBSCRIPTION_SIZE, 8);
const list = listClock + SUBSCRIPTION_SIZE;
/** The version of a host that sleeps over `struct pollfd`s. */
const SLEEPS_OVER_POLLFDS: i32 = (ABI_MAJOR << 16) | 2;
let file: i32 = -1;
let version: i32 = 0;

/** Opens the ready file. False if the host has none, or does not grant it. */
export function open(): bool {
  file = readyFile();
  if (file < 0) return false;
  version = ask(OP_VERSION, ABI_VERSION, 0);
  if (version >> 16 != ABI_MAJOR) refuseHost();
  store<u32>(clock, CLOCK_MONOTONIC, SUBSCRIPTION_CLOCK);
  store<u8>(arrival, FD_READ, SUBSCRIPTION_TAG);
  store<u32>(arrival, file, SUBSCRIPTION_FD);
  store<u32>(arrival, wakeups, SUBSCRIPTION_WAKEUPS);
  store<u32>(arrival, MAX_WAKEUPS * WAKEUP_SIZE, SUBSCRIPTION_WAKEUPS_LENGTH);
  store<u32>(listClock, CLOCK_MONOTONIC, SUBSCRIPTION_CLOCK);
  store<u8>(list, FD_READ, SUBSCRIPTION_TAG);
  store<u32>(list, file, SUBSCRIPTION_FD);
  return true;
}

/** Operations have another meaning in another major version: the program ends. */
function refuseHost(): void {
  write(STDERR, MISMATCH, MISMATCH_LENGTH);
  exit(FAILED);
}

/** The mask under which a watch is armed. IN also arms RDHUP and PRI, which tell whether a short count means EAGAIN. */
function maskOf(watch: Watch): u32 {
  const interest = watch.events & READINESS;
  return interest | ALWAYS | ((interest & READABLE) != 0 ? EPOLLRDHUP | EPOLLPRI : 0);
}

/** Arms the watch's descriptor. Returns its readiness now, or a negated errno. */
export function arm(watch: Watch): i32 {
  // Wakeups that have happened are for the watches before this change.
  const error = take();
  if (error < 0) return error;
  const fd = watch.fd;
  const mask = maskOf(watch);
  setPollfd(0, fd, READINESS);
  setOperation(OP_ARM, fd, mask);
  setLook(operations + OPERATION_SIZE, pollfds, 1);
  const failed = submit(operations, 2);
  if (failed < 0) return failed;
  const armed = load<i32>(operations, OPERATION_RESULT);
  if (armed < 0) return armed;
  const found = load<i32>(operations + OPERATION_SIZE, OPERATION_RESULT);
  if (found < 0) return found;
  watch.armed = <u16>mask;
  return load<u16>(pollfds, POLLFD_REVENTS);
}

/** Whether `fd` can be watched: 0, -EBADF or -EPERM. Arms it for errors and hangups, because only arming tells. */
export function check(fd: i32): i32 {
  return ask(OP_ARM, fd, ALWAYS);
}

/**
 * Writes the readiness of each entry of a `struct pollfd` array to its revents. Returns the number of entries with revents, or a
 * negated errno.
 */
export function lookAtAll(fds: usize, count: u32): i32 {
  let ready = 0;
  let first: u32 = 0;
  do {
    const part = min<u32>(count - first, MAX_LOOKS);
    const found = look(fds + <usize>first * POLLFD_SIZE, part);
    if (found < 0) return found;
    ready += min<i32>(found, part);
    first += part;
  } while (first < count);
  return ready;
}

/** Whether the host can sleep over an array of `count` entries. */
export function canSleepOverAll(count: u32): bool {
  return version >= SLEEPS_OVER_POLLFDS && count > 0 && count <= <u32>MAX_LOOKS;
}

/**
 * As `lookAtAll`, but sleeps until an entry has revents, at most `timeout` nanoseconds (-1: for ever). 0 at the timeout, and after an
 * interruption.
 */
export function sleepOverAll(fds: usize, count: u32, timeout: i64): i32 {
  store<u32>(list, fds, SUBSCRIPTION_POLLFDS);
  store<u32>(list, count * POLLFD_SIZE, SUBSCRIPTION_POLLFDS_LENGTH);
  store<u64>(listClock, timeout, SUBSCRIPTION_TIMEOUT);
  const delivered = timeout < 0 ? poll(list, events, 1) : poll(listClock, events, 2);
  if (delivered <= 0) return delivered;
  if (load<u8>(events, EVENT_TYPE) != FD_READ) return 0;
  const error: i32 = load<u16>(events, EVENT_ERROR);
  return error != 0 ? -error : min<i32>(load<i32>(events, EVENT_POLLFDS), count);
}

/** The ready file, for a sleep that also waits for other descriptors. */
export function descriptorOfFile(): i32 {
  return file;
}

/**
 * Arms one wakeup for a caller that sleeps. If no watch has the mask, that wakeup stops it. Each interest is widened to one of three
 * masks, so that the host has few. A wakeup may then be about something else: the caller looks. Looks also tell whether a
 * descriptor is closed or cannot be polled. 0 or a negated errno.
 */
export function armOnce(fd: i32, interest: u32): i32 {
  let mask = READINESS;
  if ((interest & ~READING) == 0) mask = READING;
  else if ((interest & ~WRITING) == 0) mask = WRITING;
  const error = ask(OP_ARM, fd, mask);
  return error == -EPERM || error == -EBADF ? 0 : error;
}

export function beginLooks(): void {
  looks = 0;
}

/** Adds a watch to the batch of looks. False if the batch is full. */
export function addLook(watch: Watch): bool {
  if (looks == (LOOKS_COME_IN_BATCHES ? MAX_BATCH : 1)) return false;
  store<Watch>(looked + ((<usize>looks) << 2), watch);
  looks++;
  setPollfd(looks, watch.fd, READINESS);
  return true;
}

/**
 * Looks at the batch, and takes queued wakeups: one system call if none is queued. 0 or a negated errno.
 */
export function finishLooks(): i32 {
  setPollfd(0, file, READABLE);
  const found = look(pollfds, looks + 1);
  if (found < 0) return found;
  for (let index: u32 = 0; index < looks; index++) {
    const readiness: u32 = load<u16>(pollfds + <usize>(index + 1) * POLLFD_SIZE, POLLFD_REVENTS);
    setReadiness(load<Watch>(looked + ((<usize>index) << 2)), readiness == POLLNVAL ? 0 : readiness);
  }
  return load<u16>(pollfds, POLLFD_REVENTS) != 0 ? take() : 0;
}

function setPollfd(index: u32, fd: i32, events: u32): void {
  const at = pollfds + <usize>index * POLLFD_SIZE;
  store<u32>(at, fd, POLLFD_FD);
  store<u32>(at, events, POLLFD_EVENTS); // and no revents
}

/** Fills the first of `operations`. */
function setOperation(op: u32, fd: i32, mask: u32): void {
  store<u32>(operations, op, OPERATION_OP);
  store<i32>(operations, fd, OPERATION_FD);
  store<u32>(operations, mask, OPERATION_MASK);
}

function setLook(at: usize, fds: usize, count: u32): void {
  store<u32>(at, OP_LOOK, OPERATION_OP);
  store<u32>(at, fds, OPERATION_BUFFER);
  store<u32>(at, count * POLLFD_SIZE, OPERATION_LENGTH);
}

/** Looks at most MAX_LOOKS entries. Returns the number with revents, or a negated errno. */
function look(fds: usize, count: u32): i32 {
  setLook(operations, fds, count);
  return submitOne();
}

/** Submits one operation, and returns its result. */
function ask(op: u32, fd: i32, mask: u32): i32 {
  setOperation(op, fd, mask);
  return submitOne();
}

/** Submits the first of `operations`, and returns its result. */
function submitOne(): i32 {
  const error = submit(operations, 1);
  return error < 0 ? error : load<i32>(operations, OPERATION_RESULT);
}

/** 0, or a negated errno if not all operations were done. */
function submit(at: usize, count: i32): i32 {
  const written = write(file, at, count * OPERATION_SIZE);
  if (written == count * OPERATION_SIZE) return 0;
  return written < 0 ? written : -EIO;
}

/** Takes queued wakeups, with at most MAX_READS reads. 0 or a negated errno. */
export function take(): i32 {
  for (let reads: u32 = 0; reads < MAX_READS; reads++) {
    const length = read(file, wakeups, MAX_WAKEUPS * WAKEUP_SIZE);
    if (length < 0) return length == -EAGAIN || !ERRORS_END_TAKES ? 0 : length;
    handleWakeups(length);
    if (length < <i32>(MAX_WAKEUPS * WAKEUP_SIZE)) break;
  }
  return 0;
}

/** Handles the wakeups in the first `length` bytes of `wakeups`. */
function handleWakeups(length: u32): void {
  const end = wakeups + min<u32>(length, MAX_WAKEUPS * WAKEUP_SIZE);
  for (let at = wakeups; at + WAKEUP_SIZE <= end; at += WAKEUP_SIZE) {
    wakeup(load<i32>(at, WAKEUP_FD), load<u16>(at, WAKEUP_MASK), load<u16>(at, WAKEUP_READY));
  }
}

function wakeup(fd: i32, mask: u32, readiness: u32): void {
  const target = descriptor(fd);
  if (target != null && wake(target, mask, readiness)) return;
  // No watch has this mask any more. If stopping fails, the only cost is another wakeup.
  ask(OP_STOP, fd, mask);
}

/** Sleeps until a wakeup is queued, at most `timeout` nanoseconds (-1: for ever), and takes it. 0 or a negated errno. */
export function park(timeout: i64): i32 {
  store<u64>(clock, timeout, SUBSCRIPTION_TIMEOUT);
  const delivered = timeout < 0 ? poll(arrival, events, 1) : poll(clock, events, 2);
  for (let index = 0, event = events; index < delivered; index++, event += EVENT_SIZE) {
    if (load<u8>(event, EVENT_TYPE) != FD_READ) continue;
    const length = load<u32>(event, EVENT_NBYTES);
    handleWakeups(length);
    if (length >= MAX_WAKEUPS * WAKEUP_SIZE) return take();
  }
  return min(delivered, 0);
}
