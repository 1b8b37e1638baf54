/** The guests of the suite about ways to sleep: one that sleeps in its calls, and one that is stepped. */
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
@external("wasi_snapshot_preview1", "sock_send") declare function sock_send(fd: i32, iovs: usize, n: i32, flags: i32, got: usize): i32;
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
`;

/** What it does is said by its first argument's first letter. */
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

/** Takes one connection, and sends more than fits into any buffer, in one blocking call. */
function flood(): void {
  const size: u32 = 16 << 20;
  const bytes = heap.alloc(size);
  for (let at: u32 = 0; at < size; at += 4) store<u32>(bytes + at, at);
  const fd = accept();
  if (send(fd, bytes, size) != size) proc_exit(93);
  check(fd_close(fd));
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
    case 102: { flood(); break; }
    case 119: { whole(); break; }
    case 98: { both(); break; }
    case 99: { copy(); break; }
    case 117: { busy(); break; }
    case 97: { accept(); break; }
    case 120: { clock(0, 1000000); poll(1); proc_exit(7); break; }
    case 33: { clock(0, 1000000); poll(1); unreachable(); }
  }
}
`;

/** The same letters, those that a stepped program can be asked for. */
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
