/** Working through what select returned. */
import {
  close,
  EVENT_READ,
  EVENT_WRITE,
  FileObject,
  ReadyKeys,
  recv,
  Selector,
  SelectorKey,
  send,
} from "../../../assembly/index";
import { equal, isTrue, it, Pair, Stream } from "./cases";
import { open } from "./selectors-subject";

type Callback = (fileobj: FileObject, mask: i32) => void;

const BOTH = EVENT_READ | EVENT_WRITE;
const bytes = heap.alloc(64);

/** What the callbacks left behind. */
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

it("an unregistered key's event of the running batch is passed over", () => {
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

it("closing what was unregistered in the loop, and using its number again, is safe", () => {
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

it("closing the selector in the loop passes over all that is left", () => {
  const four = new Four();
  const ready = four.selector.select();
  isTrue(ready.next(), "the first one");
  four.selector.close();
  isTrue(!ready.next(), "no more");
});

it("what is modified in the loop is told of what it is watched for now, with its data of now", () => {
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

it("a wait within the loop begins anew, and nothing is told of twice", () => {
  const four = new Four();
  const ready = four.selector.select();
  isTrue(ready.next(), "the first one");
  const inner = four.selector.select(0);
  called = 0;
  while (inner.next()) called++;
  equal(called, 4, "told of by the second");
  isTrue(!ready.next(), "no more of the first");
});

it("what a wait returns is the same object each time: dispatching allocates nothing", () => {
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
