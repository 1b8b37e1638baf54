/** The events that a selector reports, and how long it waits. */
import {
  close,
  Descriptor,
  EBADF,
  EINVAL,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  recv,
  Selector,
  send,
  setFdSetSize,
} from "../../../assembly/index";
import { now } from "../../../assembly/sys/system";
import { writeLater } from "./bench";
import { equal, isTrue, it, Pair, Stream } from "./cases";
import { EPOLL, kind, open, POLL, SELECT } from "./selectors-subject";

const BOTH = EVENT_READ | EVENT_WRITE;
const bytes = heap.alloc(64);

/** Whether the only ready object is this, with these events. */
function only(selector: Selector<i32>, stream: Stream, mask: i32, timeout: f64 = Infinity): bool {
  const ready = selector.select(timeout);
  return ready.length == 1 && ready.next() && ready.key.fd == stream.fd && ready.mask == mask && !ready.next();
}

it("select returns the ready keys, each with its events", () => {
  const selector = open<i32>();
  const pair = new Pair();
  selector.register(pair.one, EVENT_READ, 1);
  selector.register(pair.other, EVENT_WRITE, 2);
  const ready = selector.select();
  isTrue(ready.next(), "one is");
  isTrue(ready.key == selector.getKey(pair.other), "its key");
  equal(ready.key.data, 2, "its data");
  equal(ready.mask, EVENT_WRITE, "its mask");
  isTrue(!ready.next() && !ready.next(), "no other");
});

it("select reports reading and writing in one pair", () => {
  const selector = open<i32>();
  const pair = new Pair();
  send(pair.other.fd, bytes, 1);
  selector.register(pair.one, BOTH, 0);
  isTrue(only(selector, pair.one, BOTH), "both");
});

it("select reports only watched events", () => {
  const selector = open<i32>();
  const pair = new Pair();
  send(pair.other.fd, bytes, 1);
  selector.register(pair.one, EVENT_READ, 0);
  isTrue(only(selector, pair.one, EVENT_READ), "reading");
  selector.modify(pair.one, EVENT_WRITE, 0);
  isTrue(only(selector, pair.one, EVENT_WRITE), "writing");
});

it("select is level-triggered: it reports unread data again", () => {
  const selector = open<i32>();
  const pair = new Pair();
  send(pair.other.fd, bytes, 3);
  selector.register(pair.one, EVENT_READ, 0);
  isTrue(only(selector, pair.one, EVENT_READ), "at first");
  recv(pair.one.fd, bytes, 1);
  isTrue(only(selector, pair.one, EVENT_READ), "while some is left");
  recv(pair.one.fd, bytes, 2);
  equal(selector.select(0).length, 0, "ready when nothing is left");
});

it("a hangup is reported as every event asked for", () => {
  for (let events = EVENT_READ; events <= BOTH; events++) {
    const selector = open<i32>();
    const pair = new Pair();
    selector.register(pair.one, events, 0);
    close(pair.other.fd);
    isTrue(only(selector, pair.one, events), `events ${events.toString()}`);
  }
});

it("an error is reported as every event asked for", () => {
  for (let events = EVENT_READ; events <= BOTH; events++) {
    const selector = open<i32>();
    const pair = new Pair();
    selector.register(pair.one, events, 0);
    send(pair.one.fd, bytes, 1);
    close(pair.other.fd); // with something unread: a reset
    isTrue(only(selector, pair.one, events), `events ${events.toString()}`);
    isTrue(recv(pair.one.fd, bytes, 1) < 0, "an error");
  }
});

it("without a timeout, or with Infinity, select waits until something happens", () => {
  for (let given = 0; given < 2; given++) {
    const selector = open<i32>();
    const pair = new Pair();
    selector.register(pair.one, EVENT_READ, 0);
    writeLater(pair.other.fd);
    if (given == 0) isTrue(selector.select().length == 1, "nothing given");
    else isTrue(only(selector, pair.one, EVENT_READ, Infinity), "Infinity");
  }
});

it("with a timeout of 0 or less select polls", () => {
  const timeouts: f64[] = [0, -0, -1, -0.5, -1e9, -Infinity];
  for (let index = 0; index < timeouts.length; index++) {
    const selector = open<i32>();
    const pair = new Pair();
    selector.register(pair.one, EVENT_READ, 0);
    equal(selector.select(timeouts[index]).length, 0, "ready");
    selector.register(pair.other, EVENT_WRITE, 0);
    isTrue(only(selector, pair.other, EVENT_WRITE, timeouts[index]), "one is ready");
  }
});

it("a timeout is rounded up to whole milliseconds, and select does not return earlier", () => {
  const timeouts: f64[] = [0.001, 1, 3.2, 20];
  for (let index = 0; index < timeouts.length; index++) {
    const selector = open<i32>();
    selector.register(new Pair().one, EVENT_READ, 0);
    const before = now();
    equal(selector.select(timeouts[index]).length, 0, "ready");
    isTrue(now() - before >= <u64>ceil(timeouts[index]) * 1_000_000, "the time is over");
  }
});

it("a timeout of NaN is EINVAL", () => {
  const selector = open<i32>();
  selector.register(new Pair().one, EVENT_WRITE, 0);
  const ready = selector.select(NaN);
  equal(ready.error, -EINVAL, "error");
  equal(ready.length, 0, "ready");
  equal(selector.select(0).error, 0, "error of the next one");
});

it("with nothing registered select returns nothing at its timeout", () => {
  const selector = open<i32>();
  equal(selector.select(0).length, 0, "ready at once");
  equal(selector.select(1).length, 0, "ready in time");
});

it("a descriptor that is closed but registered is reported as Python's class reports it", () => {
  const selector = open<i32>();
  const closed = new Pair();
  const still = new Pair().one;
  selector.register(closed.one, EVENT_WRITE, 0);
  selector.register(still, EVENT_WRITE, 0);
  close(closed.one.fd);
  const ready = selector.select();
  equal(ready.error, kind == SELECT ? -EBADF : 0, "error");
  equal(ready.length, kind == SELECT ? 0 : kind == POLL ? 2 : 1, "ready");
  selector.unregister(closed.one);
  isTrue(only(selector, still, EVENT_WRITE), "the other one");
});

it("a reused number gets no event of its former file", () => {
  const selector = open<i32>();
  const former = new Pair();
  selector.register(former.one, BOTH, 1);
  send(former.other.fd, bytes, 1);
  isTrue(only(selector, former.one, BOTH), "the former one");
  selector.unregister(former.one);
  close(former.one.fd);
  const pair = new Pair();
  const successor = pair.one.fd == former.one.fd ? pair.one : pair.other;
  equal(successor.fd, former.one.fd, "the number");
  selector.register(successor, BOTH, 2);
  isTrue(only(selector, successor, EVENT_WRITE), "the successor");
});

it("brings every message of 12 pairs to its reader", () => {
  const selector = open<i32>();
  const pairs: Pair[] = [];
  for (let index = 0; index < 12; index++) {
    pairs.push(new Pair());
    selector.register(pairs[index].one, EVENT_READ, index);
  }
  for (let index = 11; index >= 0; index--) {
    send(pairs[index].other.fd, bytes, 15);
    const ready = selector.select();
    isTrue(ready.length == 1 && ready.next() && ready.key.data == index, "one reader, the right one");
    equal(recv(ready.key.fd, bytes, 64), 15, "received");
  }
  equal(selector.select(0).length, 0, "ready in the end");
});

it("serves more descriptors than FD_SETSIZE (select: after raising it)", () => {
  setFdSetSize(4096);
  const selector = open<i32>();
  for (let index = 0; index < 600; index++) {
    const pair = new Pair();
    equal(selector.register(pair.one, EVENT_READ, 0), 0, "register");
    equal(selector.register(pair.other, EVENT_WRITE, 0), 0, "register");
  }
  equal(selector.select().length, 600, "ready");
});

it("an EpollSelector has a descriptor that another selector can watch", () => {
  if (kind != EPOLL) return;
  const inner = new EpollSelector<i32>();
  const outer = new EpollSelector<i32>();
  const pair = new Pair();
  inner.register(pair.one, EVENT_READ, 0);
  equal(outer.register(inner, EVENT_READ, 0), 0, "register");
  equal(outer.select(0).length, 0, "ready before");
  send(pair.other.fd, bytes, 1);
  const ready = outer.select(0);
  isTrue(ready.next() && ready.key.fileobj == inner, "the inner one is ready");
  equal(outer.unregister(new Descriptor(inner.fileno())), 0, "unregister by number");
});
