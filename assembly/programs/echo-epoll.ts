/**
 * An echo server with epoll, by level or by edge.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-epoll.wasm [--level | --edge] [--quiet]
 *
 * By level, a connection is watched for what it can do next, and served once each time it is reported. By edge, it is
 * watched once for everything, and served until nothing more is to be had: what is left undone is not reported again.
 */
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_SIZE } from "../memory/layout";
import { close, recv, send } from "../net/stream";
import { create, ctl, wait } from "../readiness/epoll";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
} from "../readiness/events";
import { EAGAIN } from "../sys/errno";
import { acceptAll, RETRY } from "./arrivals";
import { needListener, readOptions } from "./options";
import { Pending } from "./pending";
import { sayReceived, sayWent } from "./report";

const RECEIVE: i32 = 0x10000;
const MOST_EVENTS: i32 = 256;
/** By edge, so many times 64 KiB are served at once; then it is the others' turn. */
const MOST_ROUNDS: i32 = 16;

/** What can stand behind data that came with the same edge, so that a short count does not mean that all was read. */
const BEHIND: u32 = EPOLLRDHUP | EPOLLPRI;

const DONE: i32 = 0;
const AGAIN: i32 = 1;
const OVER: i32 = 2;

@unmanaged
class Connection {
  fd: i32;
  /** What it is watched for. */
  interest: u32;
  /** By edge: an end of stream or an urgent mark may stand behind a short count. */
  unread: bool;
  pending: usize;
}

const buffer = heap.alloc(RECEIVE);
const events = heap.alloc(MOST_EVENTS * EPOLL_EVENT_SIZE);
const epoll = create();
let edge: bool = false;

function open(fd: i32): bool {
  const connection = changetype<Connection>(heap.alloc(offsetof<Connection>()));
  connection.fd = fd;
  connection.pending = heap.alloc(offsetof<Pending>());
  memory.fill(connection.pending, 0, offsetof<Pending>());
  connection.unread = false;
  connection.interest = edge ? EPOLLIN | EPOLLOUT | BEHIND | EPOLLET : EPOLLIN;
  if (ctl(epoll, EPOLL_CTL_ADD, fd, connection.interest, changetype<usize>(connection)) < 0) end(connection);
  return true;
}

function end(connection: Connection): void {
  close(connection.fd);
  sayWent(connection.fd);
  changetype<Pending>(connection.pending).drop();
  heap.free(connection.pending);
  heap.free(changetype<usize>(connection));
}

/** Sends what waits, then echoes once. DONE when nothing more can be done now, AGAIN when perhaps, OVER when it has ended. */
function round(connection: Connection): i32 {
  const pending = changetype<Pending>(connection.pending);
  if (pending.waiting > 0) {
    const sent = send(connection.fd, pending.head, pending.waiting);
    if (sent < 0) return sent == -EAGAIN ? DONE : OVER;
    pending.shift(sent);
    if (pending.waiting > 0) return DONE;
  }
  const received = recv(connection.fd, buffer, RECEIVE);
  if (received < 0) return received == -EAGAIN ? DONE : OVER;
  if (received == 0) return OVER;
  sayReceived(connection.fd, buffer, received);
  let sent = send(connection.fd, buffer, received);
  if (sent == -EAGAIN) sent = 0;
  if (sent < 0) return OVER;
  if (sent < received) pending.push(buffer + sent, received - sent);
  if (pending.waiting > 0) return DONE;
  // A short count has used up what there was: no need to ask again, the next data is another edge.
  return received < RECEIVE && !connection.unread ? DONE : AGAIN;
}

/** By edge: until nothing more is to be had, or others have waited long enough; MOD then fires again if more is there. */
function serveEdge(connection: Connection, readiness: u32): void {
  if ((readiness & ~(EPOLLIN | EPOLLOUT)) != 0) connection.unread = true;
  let state = AGAIN;
  for (let rounds = 0; state == AGAIN && rounds < MOST_ROUNDS; rounds++) state = round(connection);
  if (state == OVER) end(connection);
  else if (state == AGAIN) watchFor(connection, connection.interest);
}

/** By level: once. While something waits to be sent, nothing is read: a client that does not read costs no memory. */
function serveLevel(connection: Connection): void {
  if (round(connection) == OVER) {
    end(connection);
    return;
  }
  const interest = changetype<Pending>(connection.pending).waiting > 0 ? EPOLLOUT : EPOLLIN;
  if (interest != connection.interest) watchFor(connection, interest);
}

/** Who cannot be watched (the host may have nothing left to do it with) would never be heard of again: it is let go. */
function watchFor(connection: Connection, interest: u32): void {
  connection.interest = interest;
  if (ctl(epoll, EPOLL_CTL_MOD, connection.fd, interest, changetype<usize>(connection)) < 0) end(connection);
}

let full: bool = false;

/** One wait and what it brought. */
function turn(listener: i32): void {
  const count = wait(epoll, events, MOST_EVENTS, full ? RETRY : -1);
  let retry = full && count == 0;
  for (let index = 0; index < count; index++) {
    const event = events + <usize>index * EPOLL_EVENT_SIZE;
    if (load<u32>(event, EPOLL_EVENT_EVENTS) == 0) continue; // struck out while this batch was served
    const connection = changetype<Connection>(<usize>load<u64>(event, EPOLL_EVENT_DATA));
    if (changetype<usize>(connection) == 0) retry = true;
    else if (edge) serveEdge(connection, load<u32>(event, EPOLL_EVENT_EVENTS));
    else serveLevel(connection);
  }
  if (!retry && !full) return;
  // With no descriptor left the listener stays ready; watching it on would spin. It is tried again in a while.
  const wasFull: bool = full;
  full = !acceptAll(listener, open);
  if (full == wasFull) return;
  if (full) ctl(epoll, EPOLL_CTL_DEL, listener, 0, 0);
  else ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, 0);
}

export function _start(): void {
  edge = readOptions(true);
  const listener = needListener();
  ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, 0);
  // An engine may optimise a function only when it is called anew: one that loops for ever stays as slow as it began.
  turn(listener);
  while (true) turn(listener);
}
