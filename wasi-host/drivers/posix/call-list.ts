/**
 * Makes a list of system calls with one native call, instead of an FFI call for each.
 *
 * The native function is a loop of machine code (`call-loop.ts`). It takes no parameters and returns nothing, which an FFI can call at the
 * lowest cost. The results are the kernel's: a failed call needs no second one for errno.
 *
 *     word  0  the number of calls                            from word 16 on, for each call, in 64 bits each:
 *                                                             number │ six arguments │ result
 *
 * The list belongs to the thread. Where the system refuses executable memory to the process, syscall(2) makes the calls one by one.
 */
import { MAX_TRANSFERS } from "../contract/transfers.ts";
import { loopOver } from "./call-loop.ts";
import { addressOf, functionAt, koffi, libc, NativeBuffer, wasiErrno } from "./libc.ts";
import { noteCode } from "./open-descriptors.ts";

interface Numbers {
  readonly poll: number;
  readonly ppoll: number;
  readonly sendto: number;
  readonly recvfrom: number;
  readonly sendmsg: number;
  readonly recvmsg: number;
  readonly epollWait: number;
  readonly epollWaitNanoseconds: number;
}

/**
 * The kernel's numbers of the calls. arm64 has no epoll_wait(2) and no poll(2): epollWait is epoll_pwait(2) there, with 0 for its last two
 * arguments, and poll is -1.
 */
const NUMBERS: Readonly<Record<string, Numbers>> = {
  x64: {
    poll: 7,
    ppoll: 271,
    sendto: 44,
    recvfrom: 45,
    sendmsg: 46,
    recvmsg: 47,
    epollWait: 232,
    epollWaitNanoseconds: 441,
  },
  arm64: {
    poll: -1,
    ppoll: 73,
    sendto: 206,
    recvfrom: 207,
    sendmsg: 211,
    recvmsg: 212,
    epollWait: 22,
    epollWaitNanoseconds: 441,
  },
};
export const numbers = NUMBERS[process.arch];

/** In words. */
const CALL = 16;
const RESULT = 14;
/** Times an address: its upper half. */
const UPPER_HALF = 2 ** -32;

const memory = new NativeBuffer((1 + MAX_TRANSFERS) * CALL * 4);
const words = new Int32Array(memory.buffer);

const PAGE = 4096;
const READ_WRITE = 3;
const READ_EXECUTE = 5;
const PRIVATE_ANONYMOUS = 0x22;

/** The address of the code; 0 without. */
let page = 0;
/** Makes the calls of the list. Without an open driver, the first use finds the way. */
let makeAll: () => void = makeFirst;

/**
 * Puts a call into the list, at `place`. `low` and `high` are the halves of an address: to split a double takes more instructions than to add
 * halves.
 */
export function put(
  place: number,
  number: number,
  fd: number,
  low: number,
  high: number,
  length: number,
  flags: number,
): void {
  const call = (place + 1) * CALL;
  words[call] = number;
  words[call + 2] = fd;
  words[call + 3] = 0;
  words[call + 4] = low;
  words[call + 5] = high;
  words[call + 6] = length;
  words[call + 7] = 0;
  words[call + 8] = flags;
  words[call + 9] = 0;
}

/** Makes the first `count` calls of the list, in order, whatever their results. */
export function makeCalls(count: number): void {
  if (count === 0) return;
  words[0] = count;
  makeAll();
}

/** What the call at `place` has returned, or a negated WASI errno. */
export function resultAt(place: number): number {
  const result = words[(place + 1) * CALL + RESULT];
  return result < 0 ? -wasiErrno(-result) : result;
}

/** Makes one call on a descriptor, and returns its result or a negated WASI errno. Only `address` is one. */
export function callOn(number: number, fd: number, address: number, length: number, flags: number): number {
  put(0, number, fd, address | 0, (address * UPPER_HALF) | 0, length, flags);
  words[0] = 1;
  makeAll();
  return resultAt(0);
}

/** The same with two more arguments, which may be addresses too: sendto(2) and recvfrom(2) of datagrams. */
export function callNamed(
  number: number,
  fd: number,
  address: number,
  length: number,
  flags: number,
  name: number,
  size: number,
): number {
  words[CALL + 10] = name;
  words[CALL + 11] = name * UPPER_HALF;
  words[CALL + 12] = size;
  words[CALL + 13] = size * UPPER_HALF;
  const result = callOn(number, fd, address, length, flags);
  // All other calls have 0 for these.
  words[CALL + 10] = words[CALL + 11] = words[CALL + 12] = words[CALL + 13] = 0;
  return result;
}

/** Makes one call, and returns its result or a negated WASI errno. Any argument may be an address. */
export function call(number: number, a: number, b: number, c: number, d: number): number {
  words[CALL] = number;
  words[CALL + 2] = a;
  words[CALL + 3] = a * UPPER_HALF;
  words[CALL + 4] = b;
  words[CALL + 5] = b * UPPER_HALF;
  words[CALL + 6] = c;
  words[CALL + 7] = c * UPPER_HALF;
  words[CALL + 8] = d;
  words[CALL + 9] = d * UPPER_HALF;
  words[0] = 1;
  makeAll();
  return resultAt(0);
}

/** A driver is opened. The code is declared now, because a guest's thread must not be ended while koffi declares it (`worker/worker.ts`). */
export function openCalls(): void {
  if (page !== 0) return;
  page = writeCode();
  makeAll = page === 0 ? makeOneByOne : functionAt(page);
}

/** The thread's last driver is disposed. A later call finds the way anew. */
export function closeCalls(): void {
  makeAll = makeFirst;
  const address = page;
  page = 0;
  noteCode(0);
  if (address !== 0) freeCode(address);
}

/** Frees the code of a thread of this process. */
export function freeCode(address: number): void {
  libc.munmap(address, PAGE);
}

function makeFirst(): void {
  openCalls();
  makeAll();
}

/** Returns the code's address; 0 if there is none for this processor, or the system refuses to execute it. */
function writeCode(): number {
  const code = loopOver(memory.address);
  if (code === undefined) return 0;
  const address = libc.mmap(0, PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
  if (address < 0) return 0;
  noteCode(address);
  // A view of the page would do, but V8 tells the thread's event loop when it frees a view, and libuv then sends no second message until the
  // loop has run: a thread that sleeps in the guest would not notice its termination.
  libc.memcpy(address, addressOf(code), code.length);
  if (libc.mprotect(address, PAGE, READ_EXECUTE) === 0) return address;
  noteCode(0);
  freeCode(address);
  return 0;
}

function makeOneByOne(): void {
  for (let place = 0; place < words[0]; place++) {
    const at = (place + 1) * CALL;
    const argument = (index: number): number =>
      (words[at + 2 * index] >>> 0) + words[at + 2 * index + 1] * 0x1_0000_0000;
    const result = libc.syscall(
      words[at],
      argument(1),
      argument(2),
      argument(3),
      argument(4),
      argument(5),
      argument(6),
    );
    words[at + RESULT] = result < 0 ? -koffi.errno() : result;
  }
}
