/** Handling the result of select. */
import {
  close,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  FileObject,
  ReadyKeys,
  recv,
  Selector,
  SelectorKey,
  send,
} from "../../../assembly/index";
import { waits, writeLater } from "./bench";
import { equal, isTrue, it, Pair, Stream } from "./cases";
import { open } from "./selectors-subject";

type Callback = (fileobj: FileObject, mask: i32) => void;

const BOTH = EVENT_READ | EVENT_WRITE;
const bytes = heap.alloc(64);

/** The effects of the callbacks. */
let read: i32 = 0;
let written: i32 = 0;
let called: i32 = 0;

function onRead(fileobj: FileObject, mask: i32): void {
  equal(mask, EVENT_READ, "the mask of the reader");
  read += recv(fileobj.fileno(), bytes, 64);
}

function onWrite(fileobj: FileObject, mask: i32): void {
  equal(mask, EVENT_WRITE, "the mask of the writer");
  written += send(fileobj.fileno(), bytes, 5);
}

it("callbacks are function references, registered as data", () => {
  const selector = open<Callback>();
  const pair = new Pair();
  read = written = 0;
  selector.register(pair.one, EVENT_READ, onRead);
  selector.register(pair.other, EVENT_WRITE, onWrite);
  for (let turn = 0; turn < 3; turn++) {
    const ready = selector.select();
    while (ready.next()) ready.key.data(ready.key.fileobj, ready.mask);
  }
  equal(written, 15, "written");
  isTrue(read >= 10, "all but the last is read");
});

/** Four streams, all writable, with their number as data. */
class Four {
  readonly selector: Selector<i32> = open<i32>();
  readonly streams: Stream[] = [];

  constructor() {
    for (let index = 0; index < 2; index++) {
      const pair = new Pair();
      this.streams.push(pair.one);
      this.streams.push(pair.other);
    }
    for (let index = 0; index < 4; index++) this.selector.register(this.streams[index], EVENT_WRITE, index);
  }
}

it("the loop skips the event of a key that was unregistered in it", () => {
  const four = new Four();
  const ready = four.selector.select();
  equal(ready.length, 4, "ready");
  isTrue(ready.next(), "the first one");
  const first = ready.key.data;
  for (let index = 0; index < 4; index++) {
    if (index != first && index != 3 - first) equal(four.selector.unregister(four.streams[index]), 0, "unregister");
  }
  isTrue(ready.next(), "another one");
  equal(ready.key.data, 3 - first, "the one that is left");
  isTrue(!ready.next(), "no more");
});

it("closing an unregistered object in the loop, and reusing its number, is safe", () => {
  const four = new Four();
  const ready = four.selector.select();
  isTrue(ready.next(), "the first one");
  for (let index = 0; index < 4; index++) {
    four.selector.unregister(four.streams[index]);
    close(four.streams[index].fd);
  }
  const successors = new Pair();
  equal(four.selector.register(successors.one, EVENT_WRITE, 9), 0, "register the successor");
  isTrue(!ready.next(), "no event of the former ones");
  const again = four.selector.select();
  isTrue(again.length == 1 && again.next() && again.key.data == 9, "the successor's own event");
});

it("closing the selector in the loop ends the loop", () => {
  const four = new Four();
  const ready = four.selector.select();
  isTrue(ready.next(), "the first one");
  four.selector.close();
  isTrue(!ready.next(), "no more");
});

it("a key modified in the loop is reported with its new events and data", () => {
  const four = new Four();
  const ready = four.selector.select();
  isTrue(ready.next(), "the first one");
  const first = ready.key.data;
  for (let index = 0; index < 4; index++) {
    if (index == first) continue;
    const stays = index == (first + 1) % 4;
    four.selector.modify(four.streams[index], stays ? BOTH : EVENT_READ, index + 100);
  }
  isTrue(ready.next(), "another one");
  equal(ready.key.data, ((first + 1) % 4) + 100, "its data");
  equal(ready.mask, EVENT_WRITE, "its mask");
  isTrue(!ready.next(), "no other one");
});

it("a wait within the loop starts anew, and nothing is reported twice", () => {
  const four = new Four();
  const ready = four.selector.select();
  isTrue(ready.next(), "the first one");
  const inner = four.selector.select(0);
  called = 0;
  while (inner.next()) called++;
  equal(called, 4, "told of by the second");
  isTrue(!ready.next(), "no more of the first");
});

it("a wait returns the same object each time: dispatching allocates nothing", () => {
  const four = new Four();
  const ready: ReadyKeys<i32> = four.selector.select();
  isTrue(four.selector.select() == ready, "the same");
  four.selector.unregister(four.streams[0]);
  const key = four.selector.getKey(four.streams[1]) as SelectorKey<i32>;
  const rounds = 2000;
  const before = key.index;
  const pages = memory.size();
  for (let round = 0; round < rounds; round++) {
    const found = four.selector.select(0);
    while (found.next()) called++;
  }
  equal(memory.size(), pages, "pages of memory");
  equal(key.index, before, "its place");
});

it("the loop skips an object that was closed in it but not unregistered, even if its number is reused", () => {
  const four = new Four();
  const ready = four.selector.select();
  isTrue(ready.next(), "the first one");
  const first = ready.key.data;
  for (let index = 0; index < 4; index++) if (index != first) close(four.streams[index].fd);
  const heirs = new Pair();
  isTrue(heirs.one.fd < 1024, "a number is used again");
  isTrue(!ready.next(), "no more");
});

it("an object registered for 0 events is silent, also about a hangup, until it is modified", () => {
  const selector = open<i32>();
  const pair = new Pair();
  equal(selector.register(pair.one, 0, 7), 0, "register");
  send(pair.other.fd, bytes, 1);
  equal(selector.select(0).length, 0, "nothing");
  equal(selector.modify(pair.one, EVENT_READ, 7), 0, "modify");
  equal(selector.select(0).length, 1, "readable");
  equal(selector.modify(pair.one, 0, 8), 0, "modify to nothing");
  close(pair.other.fd);
  equal(selector.select(20).length, 0, "silent though it was hung up");
  const key = selector.getKey(pair.one) as SelectorKey<i32>;
  equal(key.data, 8, "its data");
  equal(selector.modify(pair.one, BOTH, 9), 0, "modify to both");
  equal(selector.select().length, 1, "ready");
  equal(selector.modify(pair.one, 0, 9), 0, "modify to nothing again");
  equal(selector.unregister(pair.one), 0, "unregister");
});

it("an epoll selector is readable while a descriptor that it watches is ready, and lets a wait sleep otherwise", () => {
  const inner = new EpollSelector<i32>();
  const outer = open<i32>();
  const pair = new Pair();
  const beside = new Pair();
  equal(inner.register(pair.one, EVENT_READ, 1), 0, "register inside");
  equal(outer.register(inner, EVENT_READ, 2), 0, "register the selector");
  equal(outer.register(beside.one, EVENT_READ, 3), 0, "register a stream beside it");
  const before = waits();
  equal(outer.select(30).length, 0, "nothing");
  isTrue(waits() - before < 20, "it sleeps");
  send(pair.other.fd, bytes, 1);
  for (let turn = 0; turn < 2; turn++) {
    const ready = outer.select();
    isTrue(ready.length == 1 && ready.next() && ready.key.data == 2 && ready.mask == EVENT_READ, "the inner one");
  }
  equal(inner.select(0).length, 1, "what it is ready for");
  recv(pair.one.fd, bytes, 64);
  equal(outer.select(0).length, 0, "nothing any more");
  send(beside.other.fd, bytes, 1);
  const ready = outer.select();
  isTrue(ready.length == 1 && ready.next() && ready.key.data == 3, "the stream beside it");
  recv(beside.one.fd, bytes, 64);
  writeLater(pair.other.fd);
  isTrue(outer.select(10_000).length == 1, "woken from a sleep by what is inside");
  equal(outer.unregister(inner), 0, "unregister");
  equal(outer.select(0).length, 0, "not watched any more");
  inner.close();
});
