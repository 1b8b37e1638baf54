/** The guests of the suite about ways to sleep: one sleeps in its calls, the other is stepped. */
import { readFile } from "node:fs/promises";
import { program } from "../guest-program.ts";

const IMPORTS = `
@external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "clock_time_get") declare function clock_time_get(clock: i32, precision: u64, at: usize): i32;
@external("wasi_snapshot_preview1", "fd_close") declare function fd_close(fd: i32): i32;
@external("wasi_snapshot_preview1", "fd_read") declare function fd_read(fd: i32, iovs: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "fd_write") declare function fd_write(fd: i32, iovs: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "poll_oneoff") declare function poll_oneoff(input: usize, output: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "sock_accept") declare function sock_accept(fd: i32, flags: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_recv") declare function sock_recv(fd: i32, iovs: usize, n: i32, flags: i32, got: usize, out: usize): i32;
@external("wasi_snapshot_preview1", "sock_bind") declare function sock_bind(fd: i32, address: usize, port: i32): i32;
@external("wasi_snapshot_preview1", "sock_connect") declare function sock_connect(fd: i32, address: usize, port: i32): i32;
@external("wasi_snapshot_preview1", "sock_getlocaladdr") declare function sock_getlocaladdr(fd: i32, address: usize, family: usize, port: usize): i32;
@external("wasi_snapshot_preview1", "sock_listen") declare function sock_listen(fd: i32, backlog: i32): i32;
@external("wasi_snapshot_preview1", "sock_open") declare function sock_open(family: i32, type: i32, fd: usize): i32;
@external("wasi_snapshot_preview1", "sock_send") declare function sock_send(fd: i32, iovs: usize, n: i32, flags: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "sock_setsockopt") declare function sock_setsockopt(fd: i32, level: i32, name: i32, at: usize, length: i32): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;

const CELLS = memory.data(64, 8);
const POINTERS = memory.data(64, 8);
const TEXT = memory.data(256);
const SUBSCRIPTIONS = memory.data(48 * 4, 8);
const EVENTS = memory.data(32 * 4, 8);

function check(errno: i32): void {
  if (errno != 0) proc_exit(100 + errno);
}

function now(): u64 {
  check(clock_time_get(1, 0, CELLS + 16));
  return load<u64>(CELLS + 16);
}

function vector(at: usize, length: u32): void {
  store<usize>(CELLS, at);
  store<u32>(CELLS + 4, length);
}

function clock(index: i32, nanoseconds: u64): void {
  const at = SUBSCRIPTIONS + index * 48;
  memory.fill(at, 0, 48);
  store<u64>(at, 1000);
  store<u32>(at + 16, 1);
  store<u64>(at + 24, nanoseconds);
}

function reading(index: i32, fd: i32): void {
  const at = SUBSCRIPTIONS + index * 48;
  memory.fill(at, 0, 48);
  store<u64>(at, fd);
  store<u8>(at + 8, 1);
  store<i32>(at + 16, fd);
}

function poll(count: i32): i32 {
  check(poll_oneoff(SUBSCRIPTIONS, EVENTS, count, CELLS + 8));
  return load<i32>(CELLS + 8);
}

function write(fd: i32, at: usize, length: u32): void {
  vector(at, length);
  check(fd_write(fd, CELLS, 1, CELLS + 8));
}

function say(text: string): void {
  const bytes = String.UTF8.encode(text);
  write(1, changetype<usize>(bytes), bytes.byteLength);
}

function receive(fd: i32, at: usize, length: u32, flags: i32): u32 {
  vector(at, length);
  check(sock_recv(fd, CELLS, 1, flags, CELLS + 8, CELLS + 12));
  return load<u32>(CELLS + 8);
}

function send(fd: i32, at: usize, length: u32): u32 {
  vector(at, length);
  check(sock_send(fd, CELLS, 1, 0, CELLS + 8));
  return load<u32>(CELLS + 8);
}

function accept(): i32 {
  check(sock_accept(3, 0, CELLS + 8));
  return load<i32>(CELLS + 8);
}

const INET4 = 1;
const DATAGRAM = 1;
const STREAM = 2;
const UNIX = 3;
const EADDRINUSE = 3;
const ECONNREFUSED = 14;
const ENOENT = 44;
const EINVAL = 28;
const ADDRESS = memory.data(16, 8);

/** 127.0.0.1 */
function loopback(): usize {
  store<usize>(CELLS + 32, ADDRESS);
  store<u32>(CELLS + 36, 16);
  store<u32>(ADDRESS, 0x0100007f);
  store<usize>(CELLS + 40, ADDRESS);
  store<u32>(CELLS + 44, 4);
  return CELLS + 40;
}

function open(type: i32): i32 {
  check(sock_open(INET4, type, CELLS + 8));
  return load<i32>(CELLS + 8);
}

/** 0: it has none. */
function port(fd: i32): i32 {
  loopback();
  check(sock_getlocaladdr(fd, CELLS + 32, CELLS + 8, CELLS + 12));
  return load<i32>(CELLS + 12);
}

/** Sockets have their port, or their error, when they are bound; both kinds. */
function names(): void {
  const listener = open(STREAM);
  check(sock_bind(listener, loopback(), 0));
  const chosen = port(listener);
  if (chosen == 0) proc_exit(81);
  if (sock_bind(listener, loopback(), 0) != EINVAL) proc_exit(82);
  check(sock_listen(listener, 4));
  if (port(listener) != chosen) proc_exit(83);
  const other = open(STREAM);
  if (sock_bind(other, loopback(), chosen) != EADDRINUSE) proc_exit(84);
  check(sock_bind(other, loopback(), 0));
  const datagrams = open(DATAGRAM);
  check(sock_bind(datagrams, loopback(), 0));
  if (port(datagrams) == 0) proc_exit(86);
  const third = open(DATAGRAM);
  if (sock_bind(third, loopback(), port(datagrams)) != EADDRINUSE) proc_exit(87);
  check(sock_connect(third, loopback(), port(datagrams)));
  if (port(third) == 0) proc_exit(88);
}
`;

/** The first letter of its first argument chooses its action. */
const SLEEPING = `${IMPORTS}
/** A clock, and others behind it: the earliest wakes, and not early. */
function timers(): void {
  const start = now();
  clock(0, 5000000000);
  clock(1, 30000000);
  const count = poll(2);
  if (count != 1) proc_exit(90);
  if (now() - start < 30000000) proc_exit(91);
}

/** Echoes until everybody has gone: one of several descriptors wakes, beside a clock. */
function echo(): void {
  const buffer = heap.alloc(65536);
  const fds: i32[] = [];
  for (let open = 2; open > 0; ) {
    reading(0, 3);
    clock(1, 60000000000);
    for (let index = 0; index < fds.length; index++) reading(2 + index, fds[index]);
    const count = poll(2 + fds.length);
    for (let index = 0; index < count; index++) {
      const fd = <i32>load<u64>(EVENTS + index * 32);
      if (fd == 1000) proc_exit(92);
      if (fd == 3) {
        fds.push(accept());
        continue;
      }
      const got = receive(fd, buffer, 65536, 0);
      if (got > 0) send(fd, buffer, got);
      else {
        check(fd_close(fd));
        fds.splice(fds.indexOf(fd), 1);
        open--;
      }
    }
  }
}

/** Takes one connection, and sends more than fits into any buffer, in one blocking call: in three iovecs, or in one. */
function flood(parts: i32): void {
  const size: u32 = 16 << 20;
  const bytes = heap.alloc(size);
  for (let at: u32 = 0; at < size; at += 4) store<u32>(bytes + at, at);
  const fd = accept();
  if (parts == 1) {
    if (send(fd, bytes, size) != size) proc_exit(93);
  } else {
    const first: u32 = 5;
    const second: u32 = 9 << 20;
    vector(bytes, first);
    store<usize>(CELLS + 8, bytes + first);
    store<u32>(CELLS + 12, second);
    store<usize>(CELLS + 16, bytes + first + second);
    store<u32>(CELLS + 20, size - first - second);
    check(fd_write(fd, CELLS, 3, CELLS + 32));
    if (load<u32>(CELLS + 32) != size) proc_exit(93);
  }
  check(fd_close(fd));
}

/** SO_RCVTIMEO ends a recv in vain, EAGAIN; what comes after that is received all the same. */
function impatient(): void {
  const fd = accept();
  store<u64>(CELLS, 0);
  store<u64>(CELLS + 8, 20000);
  check(sock_setsockopt(fd, 0, 11, CELLS, 16));
  vector(TEXT, 256);
  if (sock_recv(fd, CELLS, 1, 0, CELLS + 8, CELLS + 12) != 6) proc_exit(95);
  if (sock_recv(fd, CELLS, 1, 2, CELLS + 8, CELLS + 12) != 6) proc_exit(96);
  say("in vain");
  vector(TEXT, 256);
  let errno = 6;
  while (errno == 6) errno = sock_recv(fd, CELLS, 1, 0, CELLS + 8, CELLS + 12);
  check(errno);
  write(1, TEXT, load<u32>(CELLS + 8));
}

/** Answers each request of one connection by two iovecs in one call, as HTTP servers do it: head and body. */
function parts(): void {
  const bytes = heap.alloc(64);
  memory.fill(bytes, 104, 64);
  const fd = accept();
  while (receive(fd, TEXT, 256, 0) > 0) {
    vector(bytes, 20);
    store<usize>(CELLS + 8, bytes + 20);
    store<u32>(CELLS + 12, 20);
    check(fd_write(fd, CELLS, 2, CELLS + 16));
    if (load<u32>(CELLS + 16) != 40) proc_exit(94);
  }
}

/** recv with WAITALL, of what comes in parts; memory grows meanwhile in nobody's hands but its own. */
function whole(): void {
  const fd = accept();
  const bytes = heap.alloc(65536 * 4);
  const got = receive(fd, bytes, 9, 2);
  write(1, bytes, got);
}

/** stdin beside a listener. */
function both(): void {
  for (let seen = 0; seen != 3; ) {
    reading(0, 0);
    reading(1, 3);
    const count = poll(2);
    for (let index = 0; index < count; index++) {
      if (load<u64>(EVENTS + index * 32) == 3) {
        check(fd_close(accept()));
        say("socket ");
        seen |= 1;
        continue;
      }
      vector(TEXT, 256);
      check(fd_read(0, CELLS, 1, CELLS + 8));
      if (load<u32>(CELLS + 8) == 0) continue;
      say("stdin ");
      seen |= 2;
    }
  }
}

/** stdin to stdout. */
function copy(): void {
  const bytes = heap.alloc(65536);
  for (;;) {
    vector(bytes, 65536);
    check(fd_read(0, CELLS, 1, CELLS + 8));
    const got = load<u32>(CELLS + 8);
    if (got == 0) return;
    write(1, bytes, got);
  }
}

/** A connection from a port of its own, to itself. */
function source(): void {
  const listener = open(STREAM);
  check(sock_bind(listener, loopback(), 0));
  check(sock_listen(listener, 4));
  const client = open(STREAM);
  check(sock_bind(client, loopback(), 0));
  const own = port(client);
  const to = port(listener);
  check(sock_connect(client, loopback(), to));
  if (port(client) != own) proc_exit(89);
}

/** A Unix socket at the path that is the second argument: the connection is made, and a reader waits for what is sent. */
function paths(): void {
  const storage = heap.alloc(128);
  memory.fill(storage, 0, 128);
  store<u16>(storage, UNIX);
  for (let at = 0, from = load<usize>(POINTERS + 4); load<u8>(from + at) != 0; at++) store<u8>(storage + 2 + at, load<u8>(from + at));
  store<usize>(CELLS + 40, storage);
  store<u32>(CELLS + 44, 128);
  check(sock_open(UNIX, STREAM, CELLS + 8));
  const listener = load<i32>(CELLS + 8);
  check(sock_bind(listener, CELLS + 40, 0));
  check(sock_listen(listener, 4));
  check(sock_open(UNIX, STREAM, CELLS + 8));
  const client = load<i32>(CELLS + 8);
  check(sock_connect(client, CELLS + 40, 0));
  check(sock_accept(listener, 0, CELLS + 8));
  const server = load<i32>(CELLS + 8);
  store<u32>(TEXT, 0x6b6f6f6c);
  if (send(client, TEXT, 4) != 4) proc_exit(81);
  store<u32>(TEXT, 0);
  if (receive(server, TEXT, 16, 0) != 4 || load<u32>(TEXT) != 0x6b6f6f6c) proc_exit(82);
  check(sock_open(UNIX, STREAM, CELLS + 8));
  const other = load<i32>(CELLS + 8);
  if (sock_bind(other, CELLS + 40, 0) != EADDRINUSE) proc_exit(83);
  check(fd_close(listener));
  const refused = sock_connect(other, CELLS + 40, 0);
  if (refused != ENOENT && refused != ECONNREFUSED) proc_exit(84);
}

/** Never sleeps: there is always something. */
function busy(): void {
  for (;;) {
    clock(0, 0);
    poll(1);
  }
}

export function _start(): void {
  check(args_get(POINTERS, TEXT));
  switch (load<u8>(load<usize>(POINTERS))) {
    case 116: { timers(); break; }
    case 101: { echo(); break; }
    case 102: { flood(1); break; }
    case 103: { flood(3); break; }
    case 112: { parts(); break; }
    case 114: { impatient(); break; }
    case 119: { whole(); break; }
    case 98: { both(); break; }
    case 99: { copy(); break; }
    case 110: { names(); break; }
    case 115: { source(); break; }
    case 107: { paths(); break; }
    case 117: { busy(); break; }
    case 97: { accept(); break; }
    case 120: { clock(0, 1000000); poll(1); proc_exit(7); break; }
    case 33: { clock(0, 1000000); poll(1); unreachable(); }
  }
}
`;

/** The letters of the actions that a stepped program has. */
const STEPPED = `${IMPORTS}
let start: u64 = 0;
let turn = 0;

export function pollux_step(): i32 {
  check(args_get(POINTERS, TEXT));
  switch (load<u8>(load<usize>(POINTERS))) {
    case 116: {
      if (start == 0) {
        start = now();
        return 30;
      }
      if (now() - start < 30000000) proc_exit(91);
      return -1;
    }
    case 117: return 0;
    case 97: return 0x7fffffff;
    case 110: {
      names();
      return -1;
    }
    case 120: {
      if (turn++ == 0) return 1;
      proc_exit(7);
      return -1;
    }
    case 33: {
      if (turn++ == 0) return 1;
      unreachable();
    }
  }
  return -1;
}
`;

async function compiled(name: string, source: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(await program(name, source)));
}

export const sleepingGuest = () => compiled("sleeping.wasm", SLEEPING);
export const steppedGuest = () => compiled("stepped.wasm", STEPPED);
