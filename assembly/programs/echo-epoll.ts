/**
 * An echo server with epoll, by level or by edge.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-epoll.wasm [--level | --edge] [--quiet]
 *
 * By level, a connection is watched for what it can do next, and served once each time it is reported. By edge, it is
 * watched once for everything, and served until nothing more is to be had: what is left undone is not reported again.
 */
import {
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_SIZE,
  OP_RECV,
  OP_SEND,
  TRANSFER_BUFFER,
  TRANSFER_LENGTH,
  TRANSFER_RESULT,
  TRANSFER_SIZE,
} from "../memory/layout";
import { close, send } from "../net/stream";
import { setTransfer, transferAll } from "../net/transfers";
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
/** So many connections are served together: by one call of the host all are received from, and by another one sent to. */
const TOGETHER: i32 = 16;

/** What can stand behind data that came with the same edge, so that a short count does not mean that all was read. */
const BEHIND: u32 = EPOLLRDHUP | EPOLLPRI;

@unmanaged
class Connection {
  fd: i32;
  /** What it is watched for. */
  interest: u32;
  /** By edge: an end of stream or an urgent mark may stand behind a short count. */
  unread: bool;
  /** How often it may still be served before it is the others' turn. */
  rounds: i32;
  pending: usize;
}

/** A buffer each, a cache line further than its size asks for: else the first lines of all would have the same place in the cache. */
const BUFFER: usize = RECEIVE + 64;
const buffers = heap.alloc(<usize>TOGETHER * BUFFER);
const transfers = memory.data(TOGETHER * TRANSFER_SIZE, 4);
/** Whose transfers they are. */
const together = memory.data(TOGETHER * 4, 4);
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

/** Sends what waits. False when something still does, or the connection has ended: then nothing is to be read. */
function flush(connection: Connection): bool {
  const pending = changetype<Pending>(connection.pending);
  if (pending.waiting == 0) return true;
  const sent = send(connection.fd, pending.head, pending.waiting);
  if (sent < 0 && sent != -EAGAIN) {
    end(connection);
    return false;
  }
  if (sent > 0) pending.shift(sent);
  if (pending.waiting == 0) return true;
  settle(connection, false);
  return false;
}

/** Echoes once to each of the first `count` of those that are served together. Returns how many go on, the first ones then. */
function round(count: i32): i32 {
  for (let index = 0; index < count; index++) {
    setTransfer(transferAt(index), OP_RECV, connectionAt(index).fd, bufferAt(index), RECEIVE);
  }
  transferAll(transfers, count);
  let sends = 0;
  for (let index = 0; index < count; index++) {
    const connection = connectionAt(index);
    const received = load<i32>(transferAt(index), TRANSFER_RESULT);
    if (received > 0) {
      sayReceived(connection.fd, bufferAt(index), received);
      setConnection(sends, connection);
      setTransfer(transferAt(sends), OP_SEND, connection.fd, bufferAt(index), received);
      sends++;
    } else if (received == -EAGAIN) settle(connection, false);
    else end(connection);
  }
  transferAll(transfers, sends);
  let more = 0;
  for (let index = 0; index < sends; index++) {
    const connection = connectionAt(index);
    const at = transferAt(index);
    const received = load<i32>(at, TRANSFER_LENGTH);
    let sent = load<i32>(at, TRANSFER_RESULT);
    if (sent == -EAGAIN) sent = 0;
    if (sent < 0) {
      end(connection);
      continue;
    }
    const pending = changetype<Pending>(connection.pending);
    if (sent < received) pending.push(load<u32>(at, TRANSFER_BUFFER) + sent, received - sent);
    // A short count has used up what there was: no need to ask again, the next data is another edge.
    const again = sent == received && (received == RECEIVE || connection.unread);
    if (again && --connection.rounds > 0) setConnection(more++, connection);
    else settle(connection, again);
  }
  return more;
}

/**
 * Served for now. By edge, MOD fires again if `more` may be there. By level, while something waits to be sent, nothing is
 * read: a client that does not read costs no memory.
 */
function settle(connection: Connection, more: bool): void {
  if (edge) {
    if (more) watchFor(connection, connection.interest);
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

/** Serves who is reported in the first `count` events. Returns whether the listener is among them. */
function serve(count: i32): bool {
  let used = 0;
  let arrivals = false;
  for (let index = 0; index < count; index++) {
    const event = events + <usize>index * EPOLL_EVENT_SIZE;
    const readiness = load<u32>(event, EPOLL_EVENT_EVENTS);
    if (readiness == 0) continue; // struck out while this batch was served
    const connection = changetype<Connection>(<usize>load<u64>(event, EPOLL_EVENT_DATA));
    if (changetype<usize>(connection) == 0) {
      arrivals = true;
      continue;
    }
    if (edge && (readiness & ~(EPOLLIN | EPOLLOUT)) != 0) connection.unread = true;
    connection.rounds = edge ? MOST_ROUNDS : 1;
    if (!flush(connection)) continue;
    setConnection(used++, connection);
    if (used == TOGETHER) while (used > 0) used = round(used);
  }
  while (used > 0) used = round(used);
  return arrivals;
}

function connectionAt(index: i32): Connection {
  return changetype<Connection>(load<usize>(together + ((<usize>index) << 2)));
}

function setConnection(index: i32, connection: Connection): void {
  store<usize>(together + ((<usize>index) << 2), changetype<usize>(connection));
}

function transferAt(index: i32): usize {
  return transfers + <usize>index * TRANSFER_SIZE;
}

function bufferAt(index: i32): usize {
  return buffers + <usize>index * BUFFER;
}

let full: bool = false;

/** One wait and what it brought. */
function turn(listener: i32): void {
  const count = wait(epoll, events, MOST_EVENTS, full ? RETRY : -1);
  const arrivals = serve(count) || (full && count == 0);
  if (!arrivals && !full) return;
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
