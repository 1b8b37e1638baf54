/** The kernel's own poll and select, through the tests' own binding. */
import os from "node:os";
import koffi from "koffi";

const lib = koffi.load("libc.so.6");
const libc = {
  poll: lib.func("int poll(void *fds, uint64_t count, int timeout)"),
  select: lib.func("int select(int count, void *readers, void *writers, void *exceptions, void *timeout)"),
  send: lib.func("int64_t send(int fd, const void *bytes, size_t length, int flags)"),
  setsockopt: lib.func("int setsockopt(int fd, int level, int name, const void *value, uint32_t length)"),
};

export interface Entry {
  readonly fd: number;
  readonly events: number;
}

/** poll(2) without a sleep: the revents of each entry, and the returned count. */
export function poll(entries: readonly Entry[]): { count: number; revents: number[] } {
  const words = new Int32Array(entries.length * 2);
  for (const [index, { fd, events }] of entries.entries()) words.set([fd, (events & 0xffff) | 0xffff_0000], index * 2);
  const count = libc.poll(words, entries.length, 0);
  return { count, revents: entries.map((_, index) => words[index * 2 + 1] >>> 16) };
}

/** Wide enough for any descriptor that a test may get. */
const WORDS = 4096;
/** The descriptors watched for reading, writing and exceptions. */
export type Sets = readonly [readers: number[], writers: number[], exceptional: number[]];

/** select(2) without a sleep: the rest of each set, and the returned total; or the error's name. */
export function select(sets: Sets): { total: number; left: number[][] } | string {
  const [readers, writers, exceptions] = sets.map((fds) => {
    const words = new Uint32Array(WORDS);
    for (const fd of fds) words[fd >>> 5] |= 1 << (fd & 31);
    return words;
  });
  const count = Math.max(-1, ...sets.flat()) + 1;
  const total = libc.select(count, readers, writers, exceptions, new BigInt64Array(2));
  if (total < 0) {
    const errno = koffi.errno();
    return Object.entries(os.constants.errno).find(([, number]) => number === errno)![0];
  }
  const left = [readers, writers, exceptions].map((words, index) =>
    sets[index].filter((fd) => ((words[fd >>> 5] >>> (fd & 31)) & 1) !== 0),
  );
  return { total, left };
}

const MSG_OOB = 1;

/** One byte of urgent data. */
export function sendUrgent(fd: number): void {
  libc.send(fd, new Uint8Array([33]), 1, MSG_OOB);
}

const SOL_SOCKET = 1;
const SO_LINGER = 13;

/** The next close of this TCP stream resets the connection. */
export function resetOnClose(fd: number): void {
  libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, new Int32Array([1, 0]), 8);
}
