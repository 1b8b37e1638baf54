/**
 * Standard input to a connection, and what comes back to standard output, as netcat does it: `HOST PORT [--edge]`. It waits for both
 * by one epoll instance, reads no more than it can send, ends its side of the connection with its input, and ends with the other's.
 */
import {
  connect,
  create,
  ctl,
  EAGAIN,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLL_EVENT_SIZE,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  read,
  recv,
  send,
  shutdown,
  standardInput,
  takeError,
  wait,
} from "../../../assembly/index";
import { argument } from "../../../assembly/programs/options";
import { argumentCount, exit, write } from "../../../assembly/sys/system";

const STDOUT: i32 = 1;
const ROOM: i32 = 65_536;
const WRITE_SIDE: u32 = 2;
const MOST_EVENTS: i32 = 8;

const waiting = heap.alloc(ROOM);
const received = heap.alloc(ROOM);
const events = heap.alloc(MOST_EVENTS * EPOLL_EVENT_SIZE);
let start = 0;
let end = 0;
let ended = false;
let input = -1;
let connection = -1;

/** The exit status says which call has failed. */
function check(result: i32, status: u32): i32 {
  if (result < 0 && result != -EAGAIN) exit(status);
  return result;
}

/** One step in each direction. False when nothing has moved. */
function step(epoll: i32): bool {
  let moved = false;
  if (start == end && !ended) {
    const count = check(read(input, waiting, ROOM), 10);
    if (count >= 0) moved = true;
    start = 0;
    end = max(count, 0);
    if (count == 0) {
      ended = true;
      check(ctl(epoll, EPOLL_CTL_DEL, input, 0, 0), 11);
      check(shutdown(connection, WRITE_SIDE), 12);
    }
  }
  if (start < end) {
    const count = check(send(connection, waiting + start, end - start), 13);
    if (count > 0) moved = true;
    start += max(count, 0);
  }
  const count = check(recv(connection, received, ROOM), 14);
  if (count == 0) exit(ended ? 0 : 15);
  if (count > 0) check(write(STDOUT, received, count), 16);
  return moved || count > 0;
}

export function _start(): void {
  const edge = argumentCount() > 3;
  const trigger = edge ? EPOLLET : 0;
  const epoll = create();
  input = check(standardInput(), 2);
  connection = check(connect(argument(1), <i32>I32.parseInt(argument(2))), 3);
  check(ctl(epoll, EPOLL_CTL_ADD, connection, EPOLLIN | EPOLLOUT | trigger, 1), 4);
  check(wait(epoll, events, MOST_EVENTS, -1), 5);
  check(takeError(connection), 6);
  check(ctl(epoll, EPOLL_CTL_ADD, input, EPOLLIN | trigger, 0), 7);
  while (true) {
    while (step(epoll)) {}
    if (!edge) {
      const sends = start < end;
      check(ctl(epoll, EPOLL_CTL_MOD, connection, EPOLLIN | (sends ? EPOLLOUT : 0), 1), 8);
      if (!ended) check(ctl(epoll, EPOLL_CTL_MOD, input, sends ? 0 : EPOLLIN, 0), 9);
    }
    check(wait(epoll, events, MOST_EVENTS, -1), 5);
  }
}
