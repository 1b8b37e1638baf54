/**
 * The first echo server, with poll: replies are queued per connection, and sent when the connection is writable.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-poll.wasm [--quiet]
 *
 * Entry 0 of the pollfd array is the listener; entry n belongs to connection n. Each round looks at all entries.
 */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../abi/epoll";
import { EPOLLIN, EPOLLOUT } from "../abi/events";
import { poll } from "../readiness/poll";
import { acceptAll, RETRY_MS } from "./arrivals";
import { Conversation, unchanged } from "./conversation";
import { needListener, readOptions } from "./options";
import { checkWait } from "./report";

let fds: usize = heap.alloc(64 * POLLFD_SIZE);
let conversations: usize = heap.alloc(64 * 4);
let capacity: i32 = 64;
let count: i32 = 0;

function conversationAt(index: i32): Conversation {
  return changetype<Conversation>(<usize>load<u32>(conversations + ((<usize>index) << 2)));
}

function setEvents(index: i32, events: u32): void {
  store<u32>(fds + <usize>index * POLLFD_SIZE, events, POLLFD_EVENTS);
}

/** Adds a descriptor in the next free entry. The listener has no conversation. */
function add(fd: i32, conversation: usize): void {
  if (count == capacity) {
    capacity <<= 1;
    fds = heap.realloc(fds, capacity * POLLFD_SIZE);
    conversations = heap.realloc(conversations, capacity << 2);
  }
  store<u32>(conversations + ((<usize>count) << 2), conversation);
  store<i32>(fds + <usize>count * POLLFD_SIZE, fd, POLLFD_FD);
  setEvents(count, EPOLLIN);
  count++;
}

function begin(fd: i32): bool {
  add(fd, changetype<usize>(Conversation.begin(fd)));
  return true;
}

/** Removes a connection. The last one takes its place. */
function remove(index: i32): void {
  conversationAt(index).end();
  count--;
  memory.copy(fds + <usize>index * POLLFD_SIZE, fds + <usize>count * POLLFD_SIZE, POLLFD_SIZE);
  memory.copy(conversations + ((<usize>index) << 2), conversations + ((<usize>count) << 2), 4);
}

/** Serves a ready connection once. False at its end. */
function serve(conversation: Conversation, revents: u32): bool {
  if ((revents & ~EPOLLIN) != 0 && !conversation.reply()) return false;
  if ((revents & ~EPOLLOUT) != 0 && !conversation.receive(unchanged)) return false;
  return !conversation.over;
}

/** The events to wait for: reading, unless the queue is full; writing, while bytes wait. */
function interest(conversation: Conversation): u32 {
  return (conversation.listens ? EPOLLIN : 0) | (conversation.answers ? EPOLLOUT : 0);
}

export function _start(): void {
  readOptions(false);
  const listener = needListener();
  add(listener, 0);
  let full: bool = false;
  while (true) {
    setEvents(0, full ? 0 : EPOLLIN);
    let ready = poll(fds, count, full ? RETRY_MS : -1);
    checkWait(ready);
    if (ready == 0) full = false;
    // Start at the last one: a removed connection is then replaced by one that had its turn.
    for (let index = count - 1; index > 0 && ready > 0; index--) {
      const revents: u32 = load<u16>(fds + <usize>index * POLLFD_SIZE, POLLFD_REVENTS);
      if (revents == 0) continue;
      ready--;
      const conversation = conversationAt(index);
      if (serve(conversation, revents)) setEvents(index, interest(conversation));
      else {
        remove(index);
        full = false;
      }
    }
    if (ready > 0 && load<u16>(fds, POLLFD_REVENTS) != 0) full = !acceptAll(listener, begin);
  }
}
