/**
 * Multiplexing: one call waits for several connections, and returns when any of them is ready.
 *
 *     pollux run --listen 127.0.0.1:9999 multiplexing.wasm select|poll|epoll
 *
 * The program sleeps as in blocking I/O, but for all connections at once. Then it copies, with one call for each ready
 * connection. select and poll get all watched descriptors in each round, and answer in place. epoll keeps the watches,
 * and returns only ready descriptors.
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
import { FdSet } from "../../readiness/fd-set";
import { equals, needListener } from "../options";
import { checkWait, printError, text } from "../report";
import { Inbox, openInbox, receive } from "./inbox";
import { print, record } from "./record";

const CONNECTIONS: i32 = 3;
/** The connections and the listener. */
const MAX_WATCHED: i32 = CONNECTIONS + 1;
const FOREVER: i32 = -1;
const USAGE_ERROR: u32 = 2;

/** The watched descriptors, and those that the last wait found ready. */
const watched = memory.data(MAX_WATCHED * 4, 4);
let watchedCount: i32 = 0;
const ready = memory.data(MAX_WATCHED * 4, 4);
let readyCount: i32 = 0;

const readers = FdSet.create();
const fds = memory.data(MAX_WATCHED * POLLFD_SIZE, 8);
const events = memory.data(MAX_WATCHED * EPOLL_EVENT_SIZE, 8);
/** The epoll instance; -1 for the other calls. */
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

function addReady(fd: i32): void {
  store<i32>(ready + ((<usize>readyCount) << 2), fd);
  readyCount++;
}

function waitInSelect(): void {
  readers.clear();
  for (let index = 0; index < watchedCount; index++) readers.add(fdAt(watched, index));
  checkWait(select(FD_SETSIZE, readers.address, 0, 0, FOREVER));
  for (let fd = readers.next(0); fd >= 0; fd = readers.next(fd + 1)) addReady(fd);
}

function waitInPoll(): void {
  for (let index = 0; index < watchedCount; index++) {
    store<i32>(fds + <usize>index * POLLFD_SIZE, fdAt(watched, index), POLLFD_FD);
    store<u16>(fds + <usize>index * POLLFD_SIZE, EPOLLIN, POLLFD_EVENTS);
  }
  checkWait(poll(fds, watchedCount, FOREVER));
  for (let index = 0; index < watchedCount; index++) {
    const at = fds + <usize>index * POLLFD_SIZE;
    if (load<u16>(at, POLLFD_REVENTS) != 0) addReady(load<i32>(at, POLLFD_FD));
  }
}

function waitInEpoll(): void {
  const count = epoll.wait(instance, events, MAX_WATCHED, FOREVER);
  checkWait(count);
  for (let index = 0; index < count; index++)
    addReady(load<i32>(events + <usize>index * EPOLL_EVENT_SIZE, EPOLL_EVENT_FD));
}

/** The wait that the program's argument names. */
function chooseCall(): () => void {
  const argument = argumentCount() > 1 ? <usize>load<u32>(args(), 4) : 0;
  if (argument != 0 && equals(argument, "select")) return waitInSelect;
  if (argument != 0 && equals(argument, "poll")) return waitInPoll;
  if (argument != 0 && equals(argument, "epoll")) {
    instance = epoll.create();
    return waitInEpoll;
  }
  text("expected select, poll or epoll as the argument");
  printError();
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
