/**
 * Sets file times to the nanosecond by futimens(3) and utimensat(2) through the C library, which can also keep a time or use
 * the present one. Only on Linux with koffi; elsewhere `fileTimes` uses Node's.
 *
 * utimensat gets the same path as all calls of this base, and AT_SYMLINK_NOFOLLOW.
 */
import { getSystemErrorName } from "node:util";
import { Fstflags } from "../../abi/file-attributes.ts";
import { callsC, loadKoffi } from "../../runtime/c-library.ts";
import { type FileTimes, nodeTimes } from "./file-times.ts";

const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = Fstflags;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** Instead of nanoseconds (utimensat(2)). */
const UTIME_NOW = (1n << 30n) - 1n;
const UTIME_OMIT = (1n << 30n) - 2n;
const SECOND = 1_000_000_000n;

let found: FileTimes | undefined;

/** The better calls that this process has. Loaded on demand: few programs set times. */
export function fileTimes(): FileTimes {
  found ??= systemTimes() ?? nodeTimes;
  return found;
}

function systemTimes(): FileTimes | undefined {
  if (!callsC()) return undefined;
  let koffi: ReturnType<typeof loadKoffi>;
  try {
    koffi = loadKoffi();
  } catch {
    return undefined; // not installed, or not allowed in this process
  }
  const libc = koffi.load("libc.so.6");
  const futimens = libc.func("int futimens(int fd, const void *times)");
  const utimensat = libc.func("int utimensat(int directory, const char *path, const void *times, int flags)");
  /** struct timespec[2]: access, modification. */
  const times = new ArrayBuffer(32);
  const view = new DataView(times);

  function put(at: number, given: number, now: number, time: bigint): void {
    const nanoseconds = BigInt.asUintN(64, time);
    view.setBigInt64(at, given === 0 ? 0n : nanoseconds / SECOND, true);
    view.setBigInt64(at + 8, now !== 0 ? UTIME_NOW : given === 0 ? UTIME_OMIT : nanoseconds % SECOND, true);
  }

  function set(call: string, flags: number, accessed: bigint, modified: bigint, run: () => number): void {
    put(0, flags & ATIM, flags & ATIM_NOW, accessed);
    put(16, flags & MTIM, flags & MTIM_NOW, modified);
    if (run() === 0) return;
    const code = getSystemErrorName(-koffi.errno());
    throw Object.assign(new Error(`${code}: ${call}`), { code });
  }

  return {
    setOpen(fd, flags, accessed, modified) {
      set("futimens", flags, accessed, modified, () => futimens(fd, times));
    },
    setNamed(place, flags, accessed, modified) {
      set("utimensat", flags, accessed, modified, () => utimensat(AT_FDCWD, place, times, AT_SYMLINK_NOFOLLOW));
    },
  };
}
