/**
 * What the posix driver of a thread has open, where somebody else can read it: a thread that is ended from outside
 * (`running/worker.ts`) runs no line more, and what it had of the system belongs to the process, which goes on.
 *
 * A table is shared memory: a bit for each descriptor that a call has made, and an io_setup(2) context, of which a thread
 * has one. A descriptor beyond the table's last bit is not noted, and stays open.
 *
 * Marks are set and cleared without a call in between: V8 ends a thread where it calls or loops, and what was opened but not
 * noted would be lost. They are cleared before close(2): after it the number may be somebody else's.
 */

/** Linux' own limit of a process, unless it was raised (fs.nr_open). */
const MOST_DESCRIPTORS = 1 << 20;
/** In words: the context, then the bits. */
const CONTEXT = 0;
const BITS = 2;

type Call = (...args: never[]) => number;

/** This thread's; a thread that nobody will end has none. */
let table: Int32Array | undefined;

/** One for a thread. Pages that are not written to cost nothing. */
export function createTable(): SharedArrayBuffer {
  return new SharedArrayBuffer(MOST_DESCRIPTORS / 8 + BITS * 4);
}

/** From now on this thread notes what it opens. To be called before `libc.ts` is loaded. */
export function keepTable(shared: SharedArrayBuffer): void {
  table = new Int32Array(shared);
}

/** A call that returns a descriptor, and notes it; without a table the call itself, which costs no more than it did. */
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

/** The same for one that takes a descriptor as its argument, to close it. */
export function closing<C extends Call>(call: C): C {
  if (table === undefined) return call;
  const words = table;
  const noting = (fd: number): number => {
    if (fd >= 0) words[BITS + (fd >>> 5)] &= ~(1 << (fd & 31));
    return call(fd as never);
  };
  return noting as unknown as C;
}

/** Notes a descriptor that came by other means than as a call's result. */
export function noteOpened(fd: number): void {
  if (table !== undefined) table[BITS + (fd >>> 5)] |= 1 << (fd & 31);
}

/** Notes this thread's context, which is an address; 0, before it is destroyed, for none. */
export function noteContext(context: number): void {
  if (table === undefined) return;
  table[CONTEXT] = context;
  table[CONTEXT + 1] = context / 0x1_0000_0000;
}

/** What a thread that has ended has left open. */
export interface LeftOpen {
  readonly descriptors: readonly number[];
  /** 0: none. */
  readonly context: number;
}

/** undefined where it has left nothing. */
export function leftOpen(shared: SharedArrayBuffer): LeftOpen | undefined {
  const words = new Int32Array(shared);
  const descriptors: number[] = [];
  for (let index = BITS; index < words.length; index++) {
    for (let bits = words[index]; bits !== 0; bits &= bits - 1) {
      descriptors.push((index - BITS) * 32 + 31 - Math.clz32(bits & -bits));
    }
  }
  const context = (words[CONTEXT] >>> 0) + words[CONTEXT + 1] * 0x1_0000_0000;
  return descriptors.length === 0 && context === 0 ? undefined : { descriptors, context };
}
