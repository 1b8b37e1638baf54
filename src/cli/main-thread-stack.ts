/** The main thread's stack: its size in the system, and V8's limit. */
import { readFileSync } from "node:fs";
import { loadKoffi } from "../../wasi-host/internal-start.ts";

/** Bytes at the end of the stack, reserved for V8, libuv and libc below the guest's last frame. */
const BELOW_THE_GUEST = 512 << 10;
/** Bytes for the host's frames above the guest's first frame. */
const ABOVE_THE_GUEST = 64 << 10;
/** sizeof(pthread_attr_t) is 56 on x64 and 64 on arm64. */
const ATTRIBUTES_SIZE = 128;
/** Number of the field startstack in proc_pid_stat(5). */
const STARTSTACK = 28;

export interface MainThreadStack {
  /** Maximum bytes for a guest. */
  readonly room: number;
  /** Sets V8's limit for guests. */
  allow(bytes: number): void;
}

/** Returns undefined without koffi and on systems other than Linux. */
export function mainThreadStack(): MainThreadStack | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const koffi = loadKoffi();
    const own = koffi.load(null);
    const pthread_self = own.func("uintptr_t pthread_self()");
    const pthread_getattr_np = own.func("int pthread_getattr_np(uintptr_t thread, void *attributes)");
    const pthread_attr_getstack = own.func("int pthread_attr_getstack(void *attributes, void *lowest, void *size)");
    const pthread_attr_destroy = own.func("int pthread_attr_destroy(void *attributes)");
    // v8::Isolate::GetCurrent() and v8::Isolate::SetStackLimit(uintptr_t), which V8 exports to addons.
    const currentIsolate = own.func("uintptr_t _ZN2v87Isolate10GetCurrentEv()");
    const setStackLimit = own.func("void _ZN2v87Isolate13SetStackLimitEm(uintptr_t isolate, uintptr_t limit)");

    const attributes = Buffer.alloc(ATTRIBUTES_SIZE);
    const lowest = new BigUint64Array(1);
    if (pthread_getattr_np(pthread_self(), attributes) !== 0) return undefined;
    const known = pthread_attr_getstack(attributes, lowest, new BigUint64Array(1)) === 0;
    pthread_attr_destroy(attributes);
    if (!known) return undefined;
    const first = startOfStack() - ABOVE_THE_GUEST;
    const last = Number(lowest[0]) + BELOW_THE_GUEST;
    return {
      room: first - last,
      allow: (bytes) => setStackLimit(currentIsolate(), Math.max(first - bytes, last)),
    };
  } catch {
    // No koffi, no /proc, or a Node without these symbols.
    return undefined;
  }
}

/** Returns the start of the stack. Arguments and environment, which can be megabytes, are above it. */
function startOfStack(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  // The second field is the program's name in parentheses, which can contain any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[STARTSTACK - 3]);
}
