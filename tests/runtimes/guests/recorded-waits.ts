/**
 * Makes random calls of epoll on its connections, and prints what it finds in the engine before and after each: the record that
 * `--explain` is compared with. It reads the engine's state through the engine's own classes.
 *
 *     recorded-waits.wasm SEED STEPS
 *
 * What it sends on one connection comes back on another.
 */
import { instance } from "../../../assembly/engine/instances";
import {
  args,
  accept,
  create,
  ctl,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_FD,
  EPOLL_EVENT_SIZE,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLRDHUP,
  inherited,
  print,
  recv,
  send,
  shutdown,
  wait,
} from "../../../assembly/index";

const CONNECTIONS: i32 = 6;
const INSTANCES: i32 = 3;
/** Instances before them, so that theirs are in the second segment of the engine's table. */
const EARLIER: i32 = 70;
const MAX_EVENTS: i32 = 4;
const BUFFER: i32 = 4096;
const CERTAIN: u32 = 0xffffffff;
const WRITE_SIDE: u32 = 2;

const events = memory.data(MAX_EVENTS * EPOLL_EVENT_SIZE, 8);
const buffer = memory.data(BUFFER, 8);
const interests: StaticArray<u32> = [
  EPOLLIN,
  EPOLLIN | EPOLLOUT,
  EPOLLIN | EPOLLRDHUP | EPOLLET,
  EPOLLIN | EPOLLET,
  EPOLLOUT | EPOLLET,
  EPOLLIN | EPOLLONESHOT,
  EPOLLIN | EPOLLET | EPOLLONESHOT,
  EPOLLIN | EPOLLEXCLUSIVE,
];

let seed: u32 = 1;

/** Below `most`. */
function random(most: i32): i32 {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return <i32>(seed % <u32>most);
}

/** `fd:events:state:drained` of each watch. */
function statesOf(epfd: i32): string {
  let text = "";
  for (let watch = instance(epfd)!.firstMember; watch != null; watch = watch!.nextMember) {
    const drained = watch.turn == CERTAIN ? 1 : 0;
    text += ` ${watch.fd}:${watch.events}:${watch.state}:${drained}`;
  }
  return text;
}

function readyOf(epfd: i32): string {
  let text = "";
  for (let watch = instance(epfd)!.readyHead; watch != null; watch = watch!.readyNext) text += ` ${watch.fd}`;
  return text;
}

function isQueued(epfd: i32, fd: i32): bool {
  for (let watch = instance(epfd)!.readyHead; watch != null; watch = watch!.readyNext) {
    if (watch.fd == fd) return true;
  }
  return false;
}

function recordedWait(epfd: i32, most: i32, timeout: i32): void {
  const states = statesOf(epfd);
  const before = readyOf(epfd);
  const result = wait(epfd, events, most, timeout);
  let found = "";
  for (let index = 0; index < result; index++) {
    const at = events + <usize>index * EPOLL_EVENT_SIZE;
    found += ` ${load<i32>(at, EPOLL_EVENT_FD)}:${load<u32>(at, EPOLL_EVENT_EVENTS)}`;
  }
  print(`wait ${epfd} ${timeout} ${most} ${result}|${before}|${found}|${readyOf(epfd)}|${states}|${statesOf(epfd)}`);
}

function control(epfd: i32, op: i32, fd: i32, interest: u32 = interests[random(interests.length)]): void {
  const result = ctl(epfd, op, fd, interest, <u64>fd);
  print(`ctl ${epfd} ${op} ${fd} ${interest} ${result} ${isQueued(epfd, fd) ? 1 : 0}`);
}

function recordedRecv(fd: i32, most: i32): void {
  print(`recv ${fd} ${most} ${recv(fd, buffer, most)}`);
}

/** Reads a part of what an edge was about, and sleeps. */
function loseDrain(epfd: i32, fd: i32, peer: i32): void {
  control(epfd, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET);
  send(peer, buffer, 100);
  recordedWait(epfd, 1, 10_000);
  recordedRecv(fd, 10);
  recordedWait(epfd, 1, 5);
  control(epfd, EPOLL_CTL_DEL, fd, 0);
}

/** Takes one report twice: the first wakes the wait, the second finds the level still high. */
function readLate(epfd: i32, fd: i32, peer: i32): void {
  control(epfd, EPOLL_CTL_ADD, fd, EPOLLIN);
  send(peer, buffer, 100);
  recordedWait(epfd, 1, 10_000);
  recordedWait(epfd, 1, 0);
  recordedRecv(fd, BUFFER);
  control(epfd, EPOLL_CTL_DEL, fd, 0);
}

export function _start(): void {
  const words = args();
  seed = <u32>I32.parseInt(words[1]);
  const listener = inherited(0, true);
  const fds = new StaticArray<i32>(CONNECTIONS);
  for (let index = 0; index < CONNECTIONS; index++) fds[index] = accept(listener);
  for (let index = 0; index < EARLIER; index++) create();
  const instances = new StaticArray<i32>(INSTANCES);
  for (let index = 0; index < INSTANCES; index++) instances[index] = create();
  loseDrain(instances[0], fds[0], fds[1]);
  readLate(instances[0], fds[2], fds[3]);
  for (let left = I32.parseInt(words[2]); left > 0; left--) {
    const epfd = instances[random(INSTANCES)];
    const fd = fds[random(CONNECTIONS)];
    const choice = random(12);
    if (choice < 2) control(epfd, EPOLL_CTL_ADD, random(8) == 0 ? instances[INSTANCES - 1] : fd);
    else if (choice == 2) control(epfd, EPOLL_CTL_MOD, fd);
    else if (choice == 3) control(epfd, EPOLL_CTL_DEL, fd);
    else if (choice < 6) send(fd, buffer, 1 + random(BUFFER));
    else if (choice < 8) {
      recordedRecv(fd, 1 + random(BUFFER));
    } else if (left == 20) shutdown(fd, WRITE_SIDE);
    else recordedWait(epfd, 1 + random(MAX_EVENTS), random(3) == 0 ? 5 : 0);
  }
}
