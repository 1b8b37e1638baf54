/**
 * A server that answers each request in two parts, a head and a body, as HTTP and RPC libraries do: the request comes back in
 * halves.
 *
 *     pollux run --listen 127.0.0.1:0 answers.wasm vector     both in one fd_write with two iovecs
 *     pollux run --listen 127.0.0.1:0 answers.wasm writes     each in an fd_write of its own
 */
import {
  accept,
  close,
  create,
  ctl,
  EPOLL_CTL_ADD,
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_SIZE,
  EPOLLIN,
  inherited,
  recv,
  wait,
} from "pollux/assembly";
import { args_get, args_sizes_get, fd_write } from "./wasi_snapshot_preview1";

const MAX_EVENTS = 256;
const ROOM = 65_536;
const events = heap.alloc(MAX_EVENTS * EPOLL_EVENT_SIZE);
const buffer = heap.alloc(ROOM);
const iovecs = memory.data(16, 4);
const written = memory.data(4, 4);
const sizes = memory.data(8, 4);

/** Requests are short, and a client sends the next one when it has its answer: all of it always fits. */
function write(iovec: usize, count: i32, fd: i32, length: i32): void {
  if (fd_write(fd, iovec, count, written) != 0 || load<i32>(written) != length) unreachable();
}

function answer(fd: i32, length: i32, vector: bool): void {
  const head = length >> 1;
  store<usize>(iovecs, buffer);
  store<i32>(iovecs + 4, head);
  store<usize>(iovecs + 8, buffer + head);
  store<i32>(iovecs + 12, length - head);
  if (vector) {
    write(iovecs, 2, fd, length);
    return;
  }
  write(iovecs, 1, fd, head);
  write(iovecs + 8, 1, fd, length - head);
}

/** Is the first argument of the program "vector"? */
function asksForVector(): bool {
  args_sizes_get(sizes, sizes + 4);
  const pointers = heap.alloc(load<i32>(sizes) * 4);
  args_get(pointers, heap.alloc(load<i32>(sizes + 4)));
  return load<i32>(sizes) > 1 && load<u8>(load<usize>(pointers + 4)) == 0x76;
}

export function _start(): void {
  const vector = asksForVector();
  const listener = inherited(0);
  const epoll = create();
  if (ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, <usize>listener) < 0) unreachable();
  while (true) {
    const count = wait(epoll, events, MAX_EVENTS, -1);
    for (let index = 0; index < count; index++) {
      const fd = load<i32>(events + <usize>index * EPOLL_EVENT_SIZE + EPOLL_EVENT_DATA);
      if (fd == listener) {
        const client = accept(listener);
        if (client >= 0) ctl(epoll, EPOLL_CTL_ADD, client, EPOLLIN, <usize>client);
        continue;
      }
      const length = recv(fd, buffer, ROOM);
      if (length > 0) answer(fd, length, vector);
      else if (length == 0) close(fd);
    }
  }
}
