/**
 * An echo server with epoll, by level or by edge.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-epoll.wasm [--level | --edge] [--quiet]
 *
 * With levels, a connection is watched for its next step, and served once for each event. With edges, it is watched once for
 * everything, and served until EAGAIN, because unread data is not reported again.
 */
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_SIZE } from "../abi/epoll";
import { close, send } from "../net/stream";
import { create, ctl, isCurrent, wait } from "../readiness/epoll";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
} from "../abi/events";
import { EAGAIN } from "../abi/errno";
import { acceptAll, RETRY_MS } from "./arrivals";
import { bufferOf, enter, exchange, MAX_RECEIVE, receivedBy, sentBy, TOGETHER } from "./exchange";
import { needListener, readOptions } from "./options";
import { Pending } from "./pending";
import { checkWait, sayWent } from "./report";

const MOST_EVENTS: i32 = 256;
/** With edges: the most reads of 64 KiB for a connection before the others have a turn. */
const MOST_ROUNDS: i32 = 16;

/** Events that can be behind the data of the same edge: then a short count does not mean that all was read. */
const BEHIND: u32 = EPOLLRDHUP | EPOLLPRI;

@unmanaged
class Connection {
  fd: i32;
  /** The watched events. */
  interest: u32;
  /** With edges: an end of stream or urgent data may follow a short count. */
  unread: bool;
  /** The reads left before the others have a turn. */
  rounds: i32;
  pending: usize;
}

/** The connection at each place of an exchange. */
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

/** Sends the queue. False if bytes are left or the connection has ended: then do not read. */
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

/**
 * Echoes once to each of the first `count` connections. Moves the connections that go on to the front, and returns
 * their number.
 */
function round(count: i32): i32 {
  for (let place = 0; place < count; place++) enter(place, connectionAt(place).fd);
  exchange(count);
  let more = 0;
  for (let place = 0; place < count; place++) {
    const connection = connectionAt(place);
    const received = receivedBy(place);
    const sent = received > 0 ? sentBy(place) : received;
    if (received == -EAGAIN) settle(connection, false);
    else if (received <= 0 || sent < 0) end(connection);
    else {
      const pending = changetype<Pending>(connection.pending);
      if (sent < received) pending.push(bufferOf(place) + sent, received - sent);
      // A short count needs no second read: later data is another edge.
      const again = sent == received && (received == MAX_RECEIVE || connection.unread);
      if (again && --connection.rounds > 0) setConnection(more++, connection);
      else settle(connection, again);
    }
  }
  return more;
}

/**
 * Ends the turn of a connection. With edges and `more` data, MOD reports it again. With levels, the server does not read while bytes wait
 * to be sent: a client that does not read costs no memory.
 */
function settle(connection: Connection, more: bool): void {
  if (edge) {
    if (more) watchFor(connection, connection.interest);
    return;
  }
  const interest = changetype<Pending>(connection.pending).waiting > 0 ? EPOLLOUT : EPOLLIN;
  if (interest != connection.interest) watchFor(connection, interest);
}

/** Closes a connection that cannot be watched, for example because the host has no memory: it would never be reported. */
function watchFor(connection: Connection, interest: u32): void {
  connection.interest = interest;
  if (ctl(epoll, EPOLL_CTL_MOD, connection.fd, interest, changetype<usize>(connection)) < 0) end(connection);
}

/** Serves the connections of the first `count` events. Returns whether the listener is among them. */
function serve(count: i32): bool {
  let used = 0;
  let arrivals = false;
  for (let index = 0; index < count; index++) {
    const event = events + <usize>index * EPOLL_EVENT_SIZE;
    if (!isCurrent(epoll, event)) continue; // closed in this batch
    const readiness = load<u32>(event, EPOLL_EVENT_EVENTS);
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

let full: bool = false;

/** Ends the program if the listener cannot be watched. */
function watchListener(listener: i32): void {
  checkWait(ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, 0));
}

/** Waits once, and serves the events. */
function turn(listener: i32): void {
  const count = wait(epoll, events, MOST_EVENTS, full ? RETRY_MS : -1);
  checkWait(count);
  const arrivals = serve(count) || (full && count == 0);
  if (!arrivals && !full) return;
  // Without free descriptors the listener stays ready, and watching it would spin. Try again later.
  const wasFull: bool = full;
  full = !acceptAll(listener, open);
  if (full == wasFull) return;
  if (full) ctl(epoll, EPOLL_CTL_DEL, listener, 0, 0);
  else watchListener(listener);
}

export function _start(): void {
  edge = readOptions(true);
  const listener = needListener();
  watchListener(listener);
  // Engines optimize a function when it is called again: a function that loops for ever would stay slow.
  turn(listener);
  while (true) turn(listener);
}
