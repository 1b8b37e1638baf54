/**
 * Named cases in a program that has both ends of its connections, over loopback: it runs all of them and prints a line for each,
 * `ok NAME`, or `not ok NAME: WHY`.
 */
import {
  close,
  closeEpoll,
  connect,
  create,
  ctl,
  EAGAIN,
  EPOLL_CTL_ADD,
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_FD,
  EPOLL_EVENT_SIZE,
  EPOLLIN,
  EPOLLOUT,
  POLLFD_REVENTS,
  poll,
  recv,
  send,
  wait,
} from "../../../assembly/index";
import { parseAddress } from "../../../assembly/net/address";
import { portOf as portOfAddress, SOCKET_ADDRESS_SIZE } from "../../../assembly/sys/socket-address";
import { accept, listen, localAddress, setNonblocking, write } from "../../../assembly/sys/system";

/** Timeout for a packet on loopback, in milliseconds. A case that reaches it fails. */
export const SOON: i32 = 5000;
const MOST: i32 = 64;
const ROOM: i32 = 1 << 20;

export const events = memory.data(MOST * EPOLL_EVENT_SIZE, 8);
export const buffer = heap.alloc(ROOM);
const entry = memory.data(8, 8);
const address = memory.data(SOCKET_ADDRESS_SIZE, 8);

let failure: string = "";

function print(line: string): void {
  const text = String.UTF8.encode(`${line}\n`);
  write(1, changetype<usize>(text), text.byteLength);
}

export function it(name: string, body: () => void): void {
  failure = "";
  body();
  print(failure.length == 0 ? `ok ${name}` : `not ok ${name}: ${failure}`);
}

export function equal(actual: i64, expected: i64, what: string): void {
  if (actual != expected && failure.length == 0) {
    failure = `${what}: ${actual.toString()}, expected ${expected.toString()}`;
  }
}

let listener: i32 = -1;

/** A listener on a port of the system's choice. */
export function newListener(): i32 {
  parseAddress("127.0.0.1", 0, address);
  const fd = listen(address);
  setNonblocking(fd);
  return fd;
}

export function portOf(fd: i32): i32 {
  localAddress(fd, address);
  return portOfAddress(address);
}

/** The ends of a connection. Both are non-blocking. */
export class Pair {
  /** Accepted. */
  near: i32;
  /** Connected. */
  far: i32;

  constructor() {
    if (listener < 0) listener = newListener();
    this.far = connect("127.0.0.1", portOf(listener));
    readinessSoon(this.far, EPOLLOUT);
    readinessSoon(listener, EPOLLIN);
    this.near = accept(listener);
    equal(this.near > 0 ? 1 : 0, 1, "a connection");
  }

  close(): void {
    close(this.near);
    close(this.far);
  }
}

/** Waits for one of `events`, and returns all that poll finds then; 0 when the time is over. */
export function readinessSoon(fd: i32, events: u32, timeout: i32 = SOON): u32 {
  store<i32>(entry, fd);
  store<u32>(entry, events, 4);
  poll(entry, 1, timeout);
  return load<u16>(entry, POLLFD_REVENTS);
}

/** All of them: a host may take none until it has run, as after any send(2) that meets EAGAIN. */
export function sendBytes(fd: i32, count: i32): void {
  let sent = send(fd, buffer, count);
  while (sent < count) {
    if (sent < 0 && sent != -EAGAIN) break;
    if ((readinessSoon(fd, EPOLLOUT) & EPOLLOUT) == 0) break;
    const more = send(fd, buffer, count - max(sent, 0));
    if (more >= 0) sent = max(sent, 0) + more;
  }
  equal(sent, count, "bytes sent");
}

/** Until EAGAIN, an end or an error: how many bytes. */
export function drain(fd: i32): i32 {
  let bytes = 0;
  while (true) {
    const count = recv(fd, buffer, ROOM);
    if (count <= 0) return bytes;
    bytes += count;
  }
}

/** Reads until `count` bytes have come. */
export function receiveAll(fd: i32, count: i32): void {
  let left = count;
  while (left > 0 && readinessSoon(fd, EPOLLIN) != 0) {
    const received = recv(fd, buffer, min(left, ROOM));
    if (received <= 0) break;
    left -= received;
  }
  equal(left, 0, "bytes still to come");
}

/** An instance that watches `fd`. */
export function watching(fd: i32, interest: u32, data: u64 = 0): i32 {
  const epoll = create();
  equal(ctl(epoll, EPOLL_CTL_ADD, fd, interest, data), 0, "ADD");
  return epoll;
}

/** How many events a wait gives. */
export function waited(epoll: i32, timeout: i32, most: i32 = MOST): i32 {
  return wait(epoll, events, most, timeout);
}

/** What the first event says: its bits, its descriptor, its data. */
export function bits(index: i32 = 0): u32 {
  return load<u32>(events + index * EPOLL_EVENT_SIZE, EPOLL_EVENT_EVENTS);
}

export function fdOf(index: i32 = 0): i32 {
  return load<i32>(events + index * EPOLL_EVENT_SIZE, EPOLL_EVENT_FD);
}

export function dataOf(index: i32 = 0): u64 {
  return load<u64>(events + index * EPOLL_EVENT_SIZE, EPOLL_EVENT_DATA);
}

/** Nothing, though the host has had time to tell. */
export function nothing(epoll: i32, what: string): void {
  equal(waited(epoll, 20), 0, what);
}

export function end(epoll: i32): void {
  closeEpoll(epoll);
}
