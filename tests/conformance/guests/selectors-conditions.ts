/** Selectors under faults: broken connections, urgent data, signals, trapping callbacks, files. */
import {
  close,
  Descriptor,
  EPERM,
  EVENT_READ,
  EVENT_WRITE,
  FileObject,
  ReadyKeys,
  recv,
  Selector,
  send,
} from "../../../assembly/index";
import { now } from "../../../assembly/sys/system";
import {
  connection,
  pipe,
  refused,
  regularFile,
  resetOnClose,
  sendUrgent,
  signalLater,
  waits,
  writeLater,
} from "./bench";
import { equal, isTrue, it, Pair, traps } from "./cases";
import { EPOLL, kind, open } from "./selectors-subject";

type Callback = (fileobj: FileObject, mask: i32) => void;

const BOTH = EVENT_READ | EVENT_WRITE;
/** Milliseconds after which an awaited event will never come. */
const LONG: f64 = 10_000;
const bytes = heap.alloc(64);

it("a refused or reset connection is ready for every event asked for", () => {
  for (let events = EVENT_READ; events <= BOTH; events++) {
    const selector = open<i32>();
    const failed = new Descriptor(refused());
    selector.register(failed, events, 1);
    const ready = selector.select(LONG);
    isTrue(ready.next() && ready.key.data == 1 && ready.mask == events, `refused, events ${events.toString()}`);
    selector.unregister(failed);
    const both = connection();
    selector.register(new Descriptor(<i32>both), EVENT_READ, 2);
    resetOnClose(<i32>(both >> 32));
    close(<i32>(both >> 32));
    const again = selector.select(LONG);
    isTrue(again.next() && again.key.data == 2 && again.mask == EVENT_READ, `reset, events ${events.toString()}`);
    isTrue(recv(<i32>both, bytes, 1) < 0, "the connection was reset");
  }
});

it("a hangup without data is reported: a pipe without a writer", () => {
  const selector = open<i32>();
  const both = pipe();
  selector.register(new Descriptor(<i32>both), EVENT_READ, 0);
  close(<i32>(both >> 32));
  const ready = selector.select(LONG);
  isTrue(ready.next() && ready.mask == EVENT_READ, "it can be read");
  equal(recv(<i32>both, bytes, 1), 0, "the end");
});

it("urgent data alone is not readable; data before it is", () => {
  const selector = open<i32>();
  const both = connection();
  const one = new Descriptor(<i32>both);
  selector.register(one, EVENT_READ, 0);
  send(<i32>(both >> 32), bytes, 3);
  sendUrgent(<i32>(both >> 32));
  equal(selector.select(LONG).length, 1, "ready");
  equal(recv(one.fd, bytes, 64), 3, "received, up to the mark");
});

it("a signal does not end a wait: nothing is ready at its timeout", () => {
  const selector = open<i32>();
  selector.register(new Pair().one, EVENT_READ, 0);
  signalLater();
  const before = now();
  const ready = selector.select(500);
  equal(ready.error, 0, "error");
  equal(ready.length, 0, "ready");
  isTrue(now() - before >= 500_000_000, "the time is over");
});

it("a fractional timeout sleeps once and does not spin", () => {
  const timeouts: f64[] = [0.001, 0.9, 7.5];
  const selector = open<i32>();
  selector.register(new Pair().one, EVENT_READ, 0);
  for (let index = 0; index < timeouts.length; index++) {
    const before = waits();
    equal(selector.select(timeouts[index]).length, 0, "ready");
    isTrue(waits() - before < 10, `${(waits() - before).toString()} waits`);
  }
});

it("a stream registered for that ends a wait from outside, and the selector stays usable", () => {
  const selector = open<i32>();
  const wakeup = new Pair();
  const pair = new Pair();
  selector.register(wakeup.one, EVENT_READ, 1);
  selector.register(pair.one, EVENT_READ, 2);
  writeLater(wakeup.other.fd);
  const ready = selector.select(LONG);
  isTrue(ready.length == 1 && ready.next() && ready.key.data == 1, "the wakeup");
  equal(recv(wakeup.one.fd, bytes, 64), 1, "received");
  send(pair.other.fd, bytes, 1);
  const again = selector.select(LONG);
  isTrue(again.length == 1 && again.next() && again.key.data == 2, "the other one");
});

/** The events of `dispatch`, and its position in them. */
let subject: Selector<Callback> | null = null;
let called: i32 = 0;

function dispatch(): void {
  const ready: ReadyKeys<Callback> = (subject as Selector<Callback>).select(LONG);
  while (ready.next()) ready.key.data(ready.key.fileobj, ready.mask);
}

function fails(_fileobj: FileObject, _mask: i32): void {
  called++;
  unreachable();
}

function counts(_fileobj: FileObject, _mask: i32): void {
  called++;
}

it("after a callback traps, the selector is usable in the next call", () => {
  const selector = open<Callback>();
  const pair = new Pair();
  subject = selector;
  called = 0;
  selector.register(pair.one, EVENT_WRITE, fails);
  isTrue(traps(dispatch), "it has trapped");
  isTrue(traps(dispatch), "and does so again: nothing was lost");
  equal(called, 2, "called");
  equal(selector.modify(pair.one, EVENT_WRITE, counts), 0, "modify");
  equal(selector.register(pair.other, EVENT_WRITE, counts), 0, "register");
  isTrue(!traps(dispatch), "it does not trap");
  equal(called, 4, "called");
});

it("epoll refuses a regular file with EPERM; poll and select report it as always ready", () => {
  const selector = open<i32>();
  const file = new Descriptor(regularFile());
  equal(selector.register(file, EVENT_READ, 0), kind == EPOLL ? -EPERM : 0, "register");
  isTrue(selector.getMap().has(file) == (kind != EPOLL), "in the map");
  equal(selector.select(0).length, kind == EPOLL ? 0 : 1, "ready");
});

it("the map is read-only: its list is a copy", () => {
  const selector = open<i32>();
  const stream = new Pair().one;
  selector.register(stream, EVENT_READ, 7);
  const map = selector.getMap();
  map.values().pop();
  equal(map.size, 1, "size");
  isTrue(map.has(stream) && map.values()[0].data == 7, "it is there");
});
