/**
 * The calls of the C library that the posix driver makes, through koffi, or bun:ffi where it is faster.
 *
 * Buffers are passed as addresses. The address of a linear memory is looked up once and kept until the memory grows, which
 * saves koffi's look-up in each call. koffi has no `ssize_t`, so results are `int64_t`.
 */
import os from "node:os";
import { Errno, errnoOfCode } from "../../abi/errno.ts";
import { loadKoffi } from "../../runtime/c-library.ts";
import { bunCalls, bunFunctionAt } from "./bun-calls.ts";
import { closing, opening } from "./open-descriptors.ts";

const LIBRARY = "libc.so.6";

export const koffi = loadKoffi();
const lib = koffi.load(LIBRARY);
const f = (prototype: string) => lib.func(prototype);
/** A call that takes and returns numbers only. */
const numeric: (prototype: string) => (...numbers: number[]) => number = bunCalls(LIBRARY) ?? f;

export const libc = {
  socket: opening(numeric("int socket(int domain, int type, int protocol)")),
  setsockopt: f("int setsockopt(int fd, int level, int name, const void *value, uint32_t length)"),
  getsockopt: f("int getsockopt(int fd, int level, int name, void *value, void *length)"),
  bind: f("int bind(int fd, const void *address, uint32_t length)"),
  listen: numeric("int listen(int fd, int backlog)"),
  connect: f("int connect(int fd, const void *address, uint32_t length)"),
  accept4: opening(numeric("int accept4(int fd, uintptr_t address, uintptr_t length, int flags)")),
  getsockname: f("int getsockname(int fd, void *address, void *length)"),
  getpeername: f("int getpeername(int fd, void *address, void *length)"),
  socketpair: f("int socketpair(int domain, int type, int protocol, void *fds)"),
  pipe2: f("int pipe2(void *fds, int flags)"),
  fcntl: numeric("int fcntl(int fd, int command, int argument)"),
  ioctl: f("int ioctl(int fd, uint64_t request, void *argument)"),
  read: numeric("int64_t read(int fd, uintptr_t buffer, size_t length)"),
  write: numeric("int64_t write(int fd, uintptr_t buffer, size_t length)"),
  readv: numeric("int64_t readv(int fd, uintptr_t iovecs, int count)"),
  writev: numeric("int64_t writev(int fd, uintptr_t iovecs, int count)"),
  syscall: numeric(
    "int64_t syscall(int64_t number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f)",
  ),
  shutdown: numeric("int shutdown(int fd, int how)"),
  close: closing(numeric("int close(int fd)")),
  /** Does not note the descriptor: the reopened number belongs to another owner. */
  dup3: numeric("int dup3(int from, int to, int flags)"),
  _exit: f("void _exit(int status)"),
  /** Through koffi: its `async` calls on a thread of the runtime's pool. */
  pollAside: f("int poll(uintptr_t fds, uint64_t count, int timeout)"),
  if_nametoindex: f("uint32_t if_nametoindex(const char *name)"),
  if_indextoname: f("uintptr_t if_indextoname(uint32_t index, uintptr_t name)"),
  mmap: numeric("int64_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)"),
  mprotect: numeric("int mprotect(uintptr_t address, size_t length, int protection)"),
  munmap: numeric("int munmap(uintptr_t address, size_t length)"),
  memcpy: numeric("int64_t memcpy(uintptr_t to, uintptr_t from, size_t length)"),
  gettid: optional("int gettid()"),
  getrandom: optional("int64_t getrandom(uintptr_t buffer, size_t length, int flags)"),
  eventfd: opening(numeric("int eventfd(unsigned int initial, int flags)")),
  epoll_create1: opening(numeric("int epoll_create1(int flags)")),
  epoll_ctl: numeric("int epoll_ctl(int epoll, int op, int fd, uintptr_t event)"),
};

/** A call that glibc got late (getrandom: 2.25, gettid: 2.30). */
function optional(prototype: string): ReturnType<typeof numeric> | undefined {
  try {
    return numeric(prototype);
  } catch {
    return undefined;
  }
}

/** The function without parameters and result whose machine code is at an address. */
export const functionAt: (address: number) => () => void =
  bunFunctionAt() ?? ((address) => koffi.decode(BigInt(address), koffi.proto(null, "void", [])));

/** WASI's errno for each of Linux's, by name. Made at the first error, because Node loads `node:os` for it. */
let wasiErrnos: Uint16Array | undefined;

function makeErrnos(): Uint16Array {
  const made = new Uint16Array(256).fill(Errno.IO);
  for (const [code, number] of Object.entries(os.constants.errno)) made[number] = errnoOfCode(code);
  made[os.constants.errno.EOPNOTSUPP] = Errno.NOTSUP;
  return made;
}

/** The last call's error as a negated WASI errno. Call it before any other call. */
export function failure(): number {
  const linux = koffi.errno();
  wasiErrnos ??= makeErrnos();
  return -wasiErrnos[linux];
}

/**
 * Whether the errno means that the call itself is refused: by a kernel that lacks it, or by a filter of system calls
 * (seccomp).
 */
export function refusedByHost(error: number): boolean {
  return error === -Errno.NOSYS || error === -Errno.PERM;
}

/** The result of a call, or its error as from `failure`. */
export function orFailure(result: number): number {
  return result < 0 ? failure() : result;
}

/** The WASI errno, positive, for a Linux one. */
export function wasiErrno(linux: number): number {
  if (linux === 0) return 0;
  wasiErrnos ??= makeErrnos();
  return wasiErrnos[linux];
}

/** The address of an ArrayBuffer's bytes, as a number for C calls. The buffer must outlive the use. */
export function addressOf(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : Number(koffi.address(bytes));
}

/** Memory at a fixed address for C: V8 moves typed arrays of up to 64 bytes, but never an ArrayBuffer. */
export class NativeBuffer {
  readonly buffer: ArrayBuffer;
  readonly view: DataView;
  readonly address: number;

  constructor(size: number) {
    this.buffer = new ArrayBuffer(size);
    this.view = new DataView(this.buffer);
    this.address = addressOf(new Uint8Array(this.buffer));
  }
}

const timespec = new NativeBuffer(16);

/** A `struct timespec` for a duration in nanoseconds; valid until the next call of this function. */
export function timespecOf(nanoseconds: number): number {
  const seconds = Math.floor(nanoseconds / 1e9);
  timespec.view.setUint32(0, seconds, true);
  timespec.view.setUint32(4, seconds / 0x1_0000_0000, true);
  timespec.view.setUint32(8, Math.ceil(nanoseconds - seconds * 1e9), true);
  return timespec.address;
}
