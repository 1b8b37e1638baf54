/**
 * The first echo server, with poll: bytes that a connection does not take are queued, and sent when it is writable.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-poll.wasm [--quiet]
 *
 * Entry 0 of the pollfd array is the listener; entry n belongs to connection n. Each round looks at all entries.
 */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../abi/epoll";
import { EAGAIN } from "../abi/errno";
import { EPOLLIN, EPOLLOUT } from "../abi/events";
import { close, send } from "../net/stream";
import { poll } from "../readiness/poll";
import { acceptAll, RETRY_MS } from "./arrivals";
import { bufferOf, enter, exchange, receivedBy, sentBy, TOGETHER } from "./exchange";
import { needListener, readOptions } from "./options";
import { Pending } from "./pending";
import { checkWait, sayWent } from "./report";

const PENDING_SIZE: usize = offsetof<Pending>();

let fds: usize = heap.alloc(64 * POLLFD_SIZE);
/** The queue of each entry. The listener's is not used. */
let pendings: usize = heap.alloc(64 * PENDING_SIZE);
let capacity: i32 = 64;
let count: i32 = 0;
/** The entry at each place of an exchange, the last one first. */
const together = memory.data(TOGETHER * 4, 4);
/** No further client can be accepted now: ignore the listener. */
let full: bool = false;

function fdAt(index: i32): i32 {
  return load<i32>(fds + <usize>index * POLLFD_SIZE, POLLFD_FD);
}

function pendingAt(index: i32): Pending {
  return changetype<Pending>(pendings + <usize>index * PENDING_SIZE);
}

function setEvents(index: i32, events: u32): void {
  store<u32>(fds + <usize>index * POLLFD_SIZE, events, POLLFD_EVENTS);
}

/** Adds a descriptor in the next free entry. */
function add(fd: i32): bool {
  if (count == capacity) {
    capacity <<= 1;
    fds = heap.realloc(fds, <usize>capacity * POLLFD_SIZE);
    pendings = heap.realloc(pendings, <usize>capacity * PENDING_SIZE);
  }
  store<i32>(fds + <usize>count * POLLFD_SIZE, fd, POLLFD_FD);
  setEvents(count, EPOLLIN);
  memory.fill(changetype<usize>(pendingAt(count)), 0, PENDING_SIZE);
  count++;
  return true;
}

/** Removes a connection. The last one takes its place. */
function remove(index: i32): void {
  const fd = fdAt(index);
  close(fd);
  sayWent(fd);
  pendingAt(index).drop();
  count--;
  memory.copy(fds + <usize>index * POLLFD_SIZE, fds + <usize>count * POLLFD_SIZE, POLLFD_SIZE);
  memory.copy(changetype<usize>(pendingAt(index)), changetype<usize>(pendingAt(count)), PENDING_SIZE);
  full = false;
}

/** Sends the queue of a writable connection. It is not read from before its queue is empty. */
function flush(index: i32): void {
  const pending = pendingAt(index);
  const sent = send(fdAt(index), pending.head, pending.waiting);
  if (sent >= 0) {
    pending.shift(sent);
    if (pending.waiting == 0) setEvents(index, EPOLLIN);
  } else if (sent != -EAGAIN) remove(index);
}

/**
 * Echoes once on each of the entries in the first `places`. They come from the last to the first, so the entry that takes the place of a
 * removed one has had its turn.
 */
function echo(places: i32): void {
  exchange(places);
  for (let place = 0; place < places; place++) {
    const index = load<i32>(together + ((<usize>place) << 2));
    const received = receivedBy(place);
    if (received == -EAGAIN) continue;
    const sent = received > 0 ? sentBy(place) : -1;
    if (sent < 0) remove(index);
    else if (sent < received) {
      pendingAt(index).push(bufferOf(place) + sent, received - sent);
      setEvents(index, EPOLLOUT);
    }
  }
}

/** Serves `ready` entries. Returns how many of them are left for the listener. */
function serve(ready: i32): i32 {
  let places = 0;
  let left = ready;
  for (let index = count - 1; index > 0 && left > 0; index--) {
    if (load<u16>(fds + <usize>index * POLLFD_SIZE, POLLFD_REVENTS) == 0) continue;
    left--;
    if (pendingAt(index).waiting > 0) {
      // It may remove the entry: those of the places must have had their turn.
      echo(places);
      places = 0;
      flush(index);
      continue;
    }
    store<i32>(together + ((<usize>places) << 2), index);
    enter(places++, fdAt(index));
    if (places == TOGETHER) {
      echo(places);
      places = 0;
    }
  }
  echo(places);
  return left;
}

/** Waits once, and serves the ready entries. */
function turn(listener: i32): void {
  setEvents(0, full ? 0 : EPOLLIN);
  const ready = poll(fds, count, full ? RETRY_MS : -1);
  checkWait(ready);
  if (ready == 0) full = false;
  if (serve(ready) > 0 && load<u16>(fds, POLLFD_REVENTS) != 0) full = !acceptAll(listener, add);
}

export function _start(): void {
  readOptions(false);
  const listener = needListener();
  add(listener);
  // Engines optimize a function when it is called again: a function that loops for ever would stay slow.
  turn(listener);
  while (true) turn(listener);
}
