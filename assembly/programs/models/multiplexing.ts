/**
 * Multiplexing: one call waits for several connections at once, and comes back when any of them has something.
 *
 *     pollux run --listen 127.0.0.1:9999 multiplexing.wasm select|poll|epoll
 *
 * The caller sleeps as in blocking I/O, but for all of its connections together; then it copies, with a call for each
 * that is ready. The three calls differ in what is said to them again in every round: select and poll are given all that
 * is watched and answer in place, epoll was told once and gives only what is ready.
 */
import {
  EPOLL_EVENT_FD,
  EPOLL_EVENT_SIZE,
  POLLFD_EVENTS,
  POLLFD_FD,
  POLLFD_REVENTS,
  POLLFD_SIZE,
} from "../../abi/epoll";
import { accept } from "../../net/listener";
import * as epoll from "../../readiness/epoll";
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN } from "../../abi/events";
import { poll } from "../../readiness/poll";
import { FD_SETSIZE } from "../../abi/select";
import { select } from "../../readiness/select";
import { args, argumentCount, exit } from "../../sys/system";
import { is, needListener } from "../options";
import { checkWait, complain, text } from "../report";
import { Inbox, openInbox, receive } from "./inbox";
import { print, record } from "./record";

const CONNECTIONS: i32 = 3;
/** All that can be watched: the connections and the listener. */
const MOST: i32 = CONNECTIONS + 1;
const FOREVER: i32 = -1;
const USAGE_ERROR: u32 = 2;

/** What is watched, and who was ready after the last wait; each in the first places of its array. */
const watched = memory.data(MOST * 4, 4);
let watchedCount: i32 = 0;
const ready = memory.data(MOST * 4, 4);
let readyCount: i32 = 0;

const readers = memory.data(FD_SETSIZE / 8, 4);
const fds = memory.data(MOST * POLLFD_SIZE, 8);
const events = memory.data(MOST * EPOLL_EVENT_SIZE, 8);
/** -1 where the call is another one. */
let instance: i32 = -1;

function fdAt(list: usize, index: i32): i32 {
  return load<i32>(list + ((<usize>index) << 2));
}

function watch(fd: i32): void {
  store<i32>(watched + ((<usize>watchedCount) << 2), fd);
  watchedCount++;
  if (instance >= 0) checkWait(epoll.ctl(instance, EPOLL_CTL_ADD, fd, EPOLLIN, 0));
}

function unwatch(fd: i32): void {
  let index = 0;
  while (fdAt(watched, index) != fd) index++;
  store<i32>(watched + ((<usize>index) << 2), fdAt(watched, --watchedCount));
  if (instance >= 0) epoll.ctl(instance, EPOLL_CTL_DEL, fd, 0, 0);
}

function found(fd: i32): void {
  store<i32>(ready + ((<usize>readyCount) << 2), fd);
  readyCount++;
}

function waitInSelect(): void {
  let highest = 0;
  memory.fill(readers, 0, FD_SETSIZE / 8);
  for (let index = 0; index < watchedCount; index++) {
    const fd = fdAt(watched, index);
    const word = readers + ((<usize>(fd >> 5)) << 2);
    store<u32>(word, load<u32>(word) | (1 << (fd & 31)));
    highest = max(highest, fd);
  }
  checkWait(select(highest + 1, readers, 0, 0, FOREVER));
  for (let fd = 0; fd <= highest; fd++) {
    if (((load<u32>(readers + ((<usize>(fd >> 5)) << 2)) >> (fd & 31)) & 1) != 0) found(fd);
  }
}

function waitInPoll(): void {
  for (let index = 0; index < watchedCount; index++) {
    store<i32>(fds + <usize>index * POLLFD_SIZE, fdAt(watched, index), POLLFD_FD);
    store<u16>(fds + <usize>index * POLLFD_SIZE, EPOLLIN, POLLFD_EVENTS);
  }
  checkWait(poll(fds, watchedCount, FOREVER));
  for (let index = 0; index < watchedCount; index++) {
    const at = fds + <usize>index * POLLFD_SIZE;
    if (load<u16>(at, POLLFD_REVENTS) != 0) found(load<i32>(at, POLLFD_FD));
  }
}

function waitInEpoll(): void {
  const count = epoll.wait(instance, events, MOST, FOREVER);
  checkWait(count);
  for (let index = 0; index < count; index++)
    found(load<i32>(events + <usize>index * EPOLL_EVENT_SIZE, EPOLL_EVENT_FD));
}

/** The call that the argument names. */
function chooseCall(): () => void {
  const argument = argumentCount() > 1 ? <usize>load<u32>(args(), 4) : 0;
  if (argument != 0 && is(argument, "select")) return waitInSelect;
  if (argument != 0 && is(argument, "poll")) return waitInPoll;
  if (argument != 0 && is(argument, "epoll")) {
    instance = epoll.create();
    return waitInEpoll;
  }
  text("say which call shall wait: select, poll or epoll");
  complain();
  exit(USAGE_ERROR);
  return waitInSelect;
}

export function _start(): void {
  const wait = chooseCall();
  const inboxes = new StaticArray<usize>(CONNECTIONS);
  let accepted = 0;
  const listener = needListener();
  watch(listener);
  while (watchedCount > 0) {
    readyCount = 0;
    record("wait", watchedCount);
    wait();
    record("ready", readyCount);
    for (let index = 0; index < readyCount; index++) {
      const fd = fdAt(ready, index);
      if (fd == listener) {
        record("accept", listener);
        const inbox = openInbox(accept(listener));
        record("accepted", inbox.fd);
        inboxes[accepted++] = changetype<usize>(inbox);
        watch(inbox.fd);
        if (accepted == CONNECTIONS) unwatch(listener);
        continue;
      }
      for (let at = 0; at < accepted; at++) {
        const inbox = changetype<Inbox>(inboxes[at]);
        if (inbox.fd == fd && receive(inbox) && inbox.ended) unwatch(fd);
      }
    }
  }
  for (let at = 0; at < CONNECTIONS; at++) changetype<Inbox>(inboxes[at]).finish();
  print();
}
