/** Cases of poll, for each line of POSIX; hangups if the host distinguishes them from readiness. */
import {
  capabilities,
  close,
  EINVAL,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  HANGUPS,
  POLLFD_EVENTS,
  POLLFD_FD,
  POLLFD_REVENTS,
  POLLFD_SIZE,
  POLLNVAL,
  poll,
  recv,
  send,
} from "../../../assembly/index";
import { now } from "../../../assembly/sys/system";
import { writeLater } from "./bench";
import { equal, isTrue, it, Pair } from "./cases";

const FOREVER: i32 = -1;
const STALE: u32 = 0xffff;
const entries = heap.alloc(2048 * POLLFD_SIZE);
const bytes = heap.alloc(64);

function exact(): bool {
  return (capabilities() & HANGUPS) != 0;
}

function entry(index: i32, fd: i32, events: u32): void {
  const at = entries + <usize>index * POLLFD_SIZE;
  store<i32>(at, fd, POLLFD_FD);
  store<u16>(at, events, POLLFD_EVENTS);
  store<u16>(at, STALE, POLLFD_REVENTS);
}

function revents(index: i32): i32 {
  return load<u16>(entries + <usize>index * POLLFD_SIZE, POLLFD_REVENTS);
}

it("poll sets each entry's revents and returns the number of entries with revents", () => {
  const pair = new Pair();
  send(pair.other.fd, bytes, 1);
  entry(0, pair.one.fd, EPOLLIN);
  entry(1, pair.other.fd, EPOLLIN);
  entry(2, pair.other.fd, EPOLLIN | EPOLLOUT);
  entry(3, pair.one.fd, EPOLLIN | EPOLLOUT);
  equal(poll(entries, 4, FOREVER), 3, "count");
  equal(revents(0), EPOLLIN, "readable");
  equal(revents(1), 0, "not readable");
  equal(revents(2), EPOLLOUT, "writable");
  equal(revents(3), EPOLLIN | EPOLLOUT, "both");
});

it("poll skips a negative fd and clears its revents", () => {
  const pair = new Pair();
  entry(0, -1, EPOLLIN | EPOLLOUT);
  entry(1, pair.one.fd, EPOLLOUT);
  entry(2, -99, 0);
  equal(poll(entries, 3, FOREVER), 1, "count");
  equal(revents(0), 0, "of -1");
  equal(revents(2), 0, "of -99");
  entry(1, -1, EPOLLOUT);
  equal(poll(entries, 3, 1), 0, "with nobody else, when the time is over");
});

it("poll reports NVAL for a closed fd, whatever its events, and looks at the others", () => {
  const pair = new Pair();
  close(pair.one.fd);
  const still = new Pair();
  const closed = pair.one.fd == still.one.fd || pair.one.fd == still.other.fd ? 999 : pair.one.fd;
  entry(0, closed, 0);
  entry(1, closed, EPOLLIN | EPOLLOUT);
  entry(2, still.one.fd, EPOLLIN);
  entry(3, still.other.fd, EPOLLOUT);
  equal(poll(entries, 4, FOREVER), 3, "count");
  equal(revents(0), POLLNVAL, "asked for nothing");
  equal(revents(1), POLLNVAL, "asked for both");
  equal(revents(2), 0, "idle");
  equal(revents(3), EPOLLOUT, "writable");
});

it("poll reports a hangup unasked, and never beside OUT", () => {
  const pair = new Pair();
  close(pair.other.fd);
  entry(0, pair.one.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
  equal(poll(entries, 1, FOREVER), 1, "count");
  if (!exact()) return;
  equal(revents(0), EPOLLIN | EPOLLRDHUP | EPOLLHUP, "all but OUT");
  const unasked: u32[] = [0, EPOLLOUT, EPOLLPRI];
  for (let index = 0; index < unasked.length; index++) {
    entry(0, pair.one.fd, unasked[index]);
    equal(poll(entries, 1, FOREVER), 1, "count of the hangup alone");
    equal(revents(0), EPOLLHUP, "the hangup alone");
  }
});

it("poll takes more entries than select's FD_SETSIZE", () => {
  const pair = new Pair();
  for (let index = 0; index < 2048; index++) entry(index, pair.one.fd, (index & 1) != 0 ? EPOLLOUT : EPOLLIN);
  equal(poll(entries, 2048, FOREVER), 1024, "count");
  equal(revents(2047), EPOLLOUT, "the last one");
});

it("poll with a negative count is EINVAL; with 0 entries it sleeps", () => {
  equal(poll(entries, -1, 0), -EINVAL, "negative");
  const before = now();
  equal(poll(entries, 0, 3), 0, "none");
  isTrue(now() - before >= 3_000_000, "the time is over");
});

it("poll does not sleep with a timeout of 0, waits for ever with a negative one, and never returns early with nothing", () => {
  const pair = new Pair();
  entry(0, pair.one.fd, EPOLLIN);
  equal(poll(entries, 1, 0), 0, "0");
  const before = now();
  equal(poll(entries, 1, 5), 0, "5");
  isTrue(now() - before >= 5_000_000, "the time is over");
  writeLater(pair.other.fd);
  equal(poll(entries, 1, -7), 1, "-7");
  equal(revents(0), EPOLLIN, "revents");
});

it("poll is level-triggered: unread data is reported again", () => {
  const pair = new Pair();
  send(pair.other.fd, bytes, 2);
  entry(0, pair.one.fd, EPOLLIN);
  equal(poll(entries, 1, FOREVER), 1, "first");
  recv(pair.one.fd, bytes, 1);
  equal(poll(entries, 1, FOREVER), 1, "with one left");
  recv(pair.one.fd, bytes, 1);
  equal(poll(entries, 1, 0), 0, "with none left");
});
