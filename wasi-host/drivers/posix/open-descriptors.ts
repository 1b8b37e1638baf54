/**
 * Records the open descriptors of a thread's posix driver where another thread can read them. A terminated thread
 * (`worker/worker.ts`) runs no more code, and its descriptors stay open in the process.
 *
 * The table is shared memory: a bit for each descriptor, and the address of the thread's machine code. A descriptor beyond the last
 * bit is not recorded and stays open.
 *
 * Bits are set and cleared without a call in between: V8 ends a thread at a call or a loop, and an unrecorded
 * descriptor would leak. Bits are cleared before close(2), because the number can be reused afterwards.
 */

/** Linux's own limit for a process, unless it was raised (fs.nr_open). */
const MAX_DESCRIPTORS = 1 << 20;
/** In words: the address of the code, then the bits. */
const CODE = 0;
const BITS = 2;

type Call = (...args: never[]) => number;

/** This thread's table; a thread that cannot be terminated has none. */
let table: Int32Array | undefined;

/** A table for a thread. Unwritten pages cost nothing. */
export function createTable(): SharedArrayBuffer {
  return new SharedArrayBuffer(MAX_DESCRIPTORS / 8 + BITS * 4);
}

/** Records the descriptors that this thread opens from now on. Call it before `libc.ts` is loaded. */
export function keepTable(shared: SharedArrayBuffer): void {
  table = new Int32Array(shared);
}

/** Wraps a call that returns a descriptor, to record it. Without a table it returns the call itself. */
export function opening<C extends Call>(call: C): C {
  if (table === undefined) return call;
  const words = table;
  const noting = (...args: never[]): number => {
    const fd = call(...args);
    if (fd >= 0) words[BITS + (fd >>> 5)] |= 1 << (fd & 31);
    return fd;
  };
  return noting as C;
}

/** Wraps a call that closes the descriptor in its argument. */
export function closing<C extends Call>(call: C): C {
  if (table === undefined) return call;
  const words = table;
  const noting = (fd: number): number => {
    if (fd >= 0) words[BITS + (fd >>> 5)] &= ~(1 << (fd & 31));
    return call(fd as never);
  };
  return noting as unknown as C;
}

/** Notes a descriptor that is not a call's result. */
export function noteOpened(fd: number): void {
  if (table !== undefined) table[BITS + (fd >>> 5)] |= 1 << (fd & 31);
}

/** From now on another owner closes the descriptor. */
export function noteClosed(fd: number): void {
  if (table !== undefined) table[BITS + (fd >>> 5)] &= ~(1 << (fd & 31));
}

/** Records a descriptor for another thread, before that thread starts. */
export function noteFor(shared: SharedArrayBuffer, fd: number): void {
  new Int32Array(shared)[BITS + (fd >>> 5)] |= 1 << (fd & 31);
}

/** Notes the address of this thread's machine code; 0, before it is freed, for none. */
export function noteCode(address: number): void {
  if (table === undefined) return;
  table[CODE] = address;
  table[CODE + 1] = address / 0x1_0000_0000;
}

/** What an ended thread has left. */
export interface LeftOpen {
  readonly descriptors: readonly number[];
  /** The address of its machine code; 0: none. */
  readonly code: number;
}

/** Undefined if there are none. */
export function leftOpen(shared: SharedArrayBuffer): LeftOpen | undefined {
  const words = new Int32Array(shared);
  const descriptors: number[] = [];
  for (let index = BITS; index < words.length; index++) {
    for (let bits = words[index]; bits !== 0; bits &= bits - 1) {
      descriptors.push((index - BITS) * 32 + 31 - Math.clz32(bits & -bits));
    }
  }
  const code = (words[CODE] >>> 0) + words[CODE + 1] * 0x1_0000_0000;
  return descriptors.length === 0 && code === 0 ? undefined : { descriptors, code };
}
