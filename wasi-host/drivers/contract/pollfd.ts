/** `struct pollfd` in two 32-bit words: the handle; events | revents << 16 (little-endian, as every platform here is). */
export const POLLFD_WORDS = 2;

export function setPollfd(fds: Int32Array, index: number, handle: number, events: number): void {
  fds[index * POLLFD_WORDS] = handle;
  fds[index * POLLFD_WORDS + 1] = events & 0xffff;
}

export function revents(fds: Int32Array, index: number): number {
  return fds[index * POLLFD_WORDS + 1] >>> 16;
}

/** An array for `count` entries at a fixed address: V8 moves typed arrays of up to 64 bytes. */
export function pollfds(count: number): Int32Array {
  return new Int32Array(new ArrayBuffer(Math.max(count, 64) * POLLFD_WORDS * 4));
}
