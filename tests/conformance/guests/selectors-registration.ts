/** register, unregister, modify, getKey, getMap, close. */
import {
  close,
  DefaultSelector,
  Descriptor,
  EBADF,
  EEXIST,
  EINVAL,
  ENOENT,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  FD_SETSIZE,
  SelectorKey,
} from "../../../assembly/index";
import { equal, isTrue, it, Pair, sameDescriptor, Stream } from "./cases";
import { EPOLL, kind, open, POLL, SELECT } from "./selectors-subject";

const BOTH = EVENT_READ | EVENT_WRITE;

/** The value of ASC_RUNTIME with garbage collection. */
const INCREMENTAL = 2;

class Client {
  constructor(public name: string) {}
}

it("register makes a key of the object, its descriptor, the events and the data", () => {
  const selector = open<Client>();
  const stream = new Pair().one;
  const data = new Client("data");
  equal(selector.register(stream, EVENT_READ, data), 0, "register");
  const key = selector.getKey(stream) as SelectorKey<Client>;
  isTrue(key.fileobj == stream, "the object");
  equal(key.fd, stream.fd, "its descriptor");
  equal(key.events, EVENT_READ, "the events");
  isTrue(key.data == data, "the data");
});

it("register of an object without a descriptor is EINVAL", () => {
  const selector = open<i32>();
  equal(selector.register(new Descriptor(-10), EVENT_READ, 0), -EINVAL, "a negative number");
  const stream = new Pair().one;
  stream.closed = true;
  equal(selector.register(stream, EVENT_READ, 0), -EINVAL, "a closed one");
  equal(selector.getMap().size, 0, "registered");
});

it("register with unknown events is EINVAL", () => {
  const selector = open<i32>();
  const stream = new Pair().one;
  equal(selector.register(stream, 4, 0), -EINVAL, "unknown ones");
  equal(selector.register(stream, BOTH | 8, 0), -EINVAL, "unknown ones beside");
  equal(selector.register(stream, -1, 0), -EINVAL, "all bits");
  isTrue(!selector.getMap().has(stream), "not registered");
});

it("register of a registered descriptor is EEXIST, also through another object", () => {
  const selector = open<i32>();
  const stream = new Pair().one;
  selector.register(stream, EVENT_READ, 7);
  equal(selector.register(stream, EVENT_WRITE, 8), -EEXIST, "the object");
  equal(selector.register(sameDescriptor(stream), EVENT_WRITE, 8), -EEXIST, "its descriptor");
  const key = selector.getKey(stream) as SelectorKey<i32>;
  equal(key.data, 7, "the data");
  equal(key.events, EVENT_READ, "the events");
});

it("a descriptor that the system refuses is not registered", () => {
  const selector = open<i32>();
  const file = new Descriptor(kind == SELECT ? FD_SETSIZE : 999);
  const expected = kind == SELECT ? -EINVAL : kind == POLL ? 0 : -EBADF;
  equal(selector.register(file, EVENT_READ, 0), expected, "register");
  isTrue(selector.getMap().has(file) == (kind == POLL), "poll takes any, and reports it as bad");
  equal(selector.register(new Pair().one, EVENT_READ, 0), 0, "register of another one");
});

it("unregister ends a registration; the second time, and for an unknown object, it is ENOENT", () => {
  const selector = open<i32>();
  const stream = new Pair().one;
  equal(selector.unregister(stream), -ENOENT, "before");
  selector.register(stream, EVENT_READ, 0);
  equal(selector.unregister(stream), 0, "unregister");
  equal(selector.unregister(stream), -ENOENT, "again");
  equal(selector.unregister(new Descriptor(999_999)), -ENOENT, "a number");
  equal(selector.unregister(new Descriptor(-1)), -EINVAL, "a negative number");
});

it("unregister of a closed object works", () => {
  const selector = open<i32>();
  const pair = new Pair();
  selector.register(pair.one, BOTH, 0);
  selector.register(pair.other, BOTH, 0);
  close(pair.one.fd);
  close(pair.other.fd);
  pair.one.closed = true;
  equal(selector.unregister(pair.one), 0, "one that has no descriptor any more");
  equal(selector.unregister(new Descriptor(pair.other.fd)), 0, "a number");
  equal(selector.getMap().size, 0, "registered");
});

it("unregister of a closed object keeps the registration of the descriptor that reused its number", () => {
  const selector = open<i32>();
  const others = open<i32>();
  const former = new Pair().one;
  selector.register(former, BOTH, 0);
  close(former.fd);
  former.closed = true;
  const successor = new Pair();
  const stream = successor.one.fd == former.fd ? successor.one : successor.other;
  equal(stream.fd, former.fd, "the number");
  others.register(stream, EVENT_WRITE, 0);
  equal(selector.register(stream, EVENT_WRITE, 0), -EEXIST, "register before unregister");
  equal(selector.unregister(former), 0, "unregister");
  equal(others.select(0).length, 1, "ready");
});

it("modify changes the events and the data", () => {
  const selector = open<i32>();
  const stream = new Pair().one;
  selector.register(stream, EVENT_READ, 7);
  equal(selector.select(0).length, 0, "ready before");
  equal(selector.modify(stream, EVENT_WRITE, 8), 0, "modify");
  const key = selector.getKey(stream) as SelectorKey<i32>;
  equal(key.events, EVENT_WRITE, "the events");
  equal(key.data, 8, "the data");
  equal(selector.select(0).length, 1, "ready after");
});

it("modify keeps the key if only the data changes, without a system call", () => {
  const selector = open<i32>();
  const stream = new Pair().one;
  selector.register(stream, EVENT_READ, 7);
  const key = selector.getKey(stream);
  close(stream.fd);
  stream.closed = true;
  equal(selector.modify(stream, EVENT_READ, 8), 0, "modify");
  isTrue(selector.getKey(stream) == key, "the key is the same");
  equal((key as SelectorKey<i32>).data, 8, "the data");
});

it("modify of an unknown object is ENOENT", () => {
  const selector = open<i32>();
  equal(selector.modify(new Descriptor(999_999), EVENT_READ, 0), -ENOENT, "modify");
});

it("a failing modify leaves the object unregistered", () => {
  const selector = open<i32>();
  const pair = new Pair();
  selector.register(pair.one, EVENT_WRITE, 0);
  equal(selector.modify(pair.one, 999_999, 0), -EINVAL, "modify with bad events");
  isTrue(selector.getKey(pair.one) == null, "no key");
  equal(selector.select(0).length, 0, "ready");
  equal(selector.register(pair.one, EVENT_WRITE, 0), 0, "register again");
  if (kind != EPOLL) return;
  selector.register(pair.other, EVENT_READ, 0);
  close(pair.other.fd);
  isTrue(selector.modify(pair.other, EVENT_WRITE, 0) < 0, "modify of a closed one fails");
  isTrue(selector.getKey(pair.other) == null, "no key of the closed one");
});

it("the map is live and in the order of registration", () => {
  const selector = open<i32>();
  const map = selector.getMap();
  const first = new Pair();
  const second = new Pair();
  equal(map.size, 0, "size of an empty one");
  selector.register(first.one, EVENT_READ, 1);
  selector.register(first.other, EVENT_READ, 2);
  selector.register(second.one, EVENT_READ, 3);
  selector.unregister(first.one);
  selector.register(second.other, EVENT_READ, 4);
  equal(map.size, 3, "size");
  const keys = map.values();
  equal(keys[0].data * 100 + keys[1].data * 10 + keys[2].data, 234, "the data in order");
  isTrue(map.get(second.one) == selector.getKey(second.one), "get");
  isTrue(map.get(sameDescriptor(second.one)) == keys[1], "get by number");
  isTrue(map.get(first.one) == null && !map.has(first.one), "not what was unregistered");
});

it("the map is empty after close", () => {
  const selector = open<i32>();
  const stream = new Pair().one;
  selector.register(stream, EVENT_READ, 0);
  const map = selector.getMap();
  selector.close();
  equal(map.size, 0, "the size of the one from before");
  equal(selector.getMap().size, 0, "size");
  isTrue(map.get(stream) == null && map.values().length == 0, "nothing in it");
});

it("close can be repeated; use after close is EBADF", () => {
  const selector = open<i32>();
  const stream = new Pair().one;
  selector.register(stream, EVENT_READ, 0);
  selector.close();
  selector.close();
  equal(selector.register(stream, EVENT_READ, 0), -EBADF, "register");
  equal(selector.unregister(stream), -EBADF, "unregister");
  equal(selector.modify(stream, EVENT_WRITE, 0), -EBADF, "modify");
  const ready = selector.select(0);
  equal(ready.error, -EBADF, "select");
  isTrue(!ready.next() && ready.length == 0, "nothing is ready");
  isTrue(selector.getKey(stream) == null, "no key");
});

it("DefaultSelector is the best available: epoll, then poll, then select", () => {
  isTrue(idof<DefaultSelector<i32>>() == idof<EpollSelector<i32>>(), "it is EpollSelector");
});

it("registering and unregistering 20,000 streams frees their keys", () => {
  const selector = open<Client>();
  const stream: Stream = new Pair().one;
  let pages = 0;
  for (let round = 0; round < 20_000; round++) {
    selector.register(stream, EVENT_WRITE, new Client("somebody"));
    if (round % 1000 == 0) selector.select(0);
    selector.unregister(stream);
    if (round == 4000) pages = memory.size();
  }
  if (ASC_RUNTIME == INCREMENTAL) equal(memory.size(), pages, "pages of memory");
  equal(selector.getMap().size, 0, "registered");
});
