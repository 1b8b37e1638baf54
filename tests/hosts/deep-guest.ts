/** A guest with a given depth of recursion. */
import { program } from "./guest-program.ts";

/**
 * Its first argument is a letter for the kind, and a number for the depth: "p" plainly, "c" with two host calls at each
 * level, "s" after a sleep, "b" with a sleep at the bottom. Its exit status is 0 when it has returned.
 */
const SOURCE = `
@external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "fd_write") declare function fd_write(fd: i32, iovs: usize, n: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "random_get") declare function random_get(at: usize, length: i32): i32;
@external("wasi_snapshot_preview1", "poll_oneoff") declare function poll_oneoff(i: usize, o: usize, n: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;
const CELLS = memory.data(16, 8);
const POINTERS = memory.data(64);
const TEXT = memory.data(1024, 8);
const IOVEC = memory.data(8, 4);
const SUBSCRIPTION = memory.data(48, 8);
const EVENT = memory.data(32, 8);
let how: u8 = 0;

function sleep(): void {
  store<u32>(SUBSCRIPTION + 16, 1); // the monotonic clock
  store<u64>(SUBSCRIPTION + 24, 1_000_000);
  if (poll_oneoff(SUBSCRIPTION, EVENT, 1, CELLS) != 0) proc_exit(3);
}

function descend(levels: i32): i32 {
  if (how == 99 && random_get(TEXT, 8) + fd_write(1, IOVEC, 1, CELLS) != 0) proc_exit(4);
  if (levels > 0) return descend(levels - 1) + 1;
  if (how == 98) sleep();
  return 0;
}

export function _start(): void {
  args_get(POINTERS, TEXT);
  store<usize>(IOVEC, TEXT);
  store<u32>(IOVEC + 4, 1);
  const argument = load<usize>(POINTERS + 4);
  how = load<u8>(argument);
  let levels = 0;
  for (let at = argument + 1; load<u8>(at) != 0; at++) levels = levels * 10 + load<u8>(at) - 48;
  if (how == 115) sleep();
  proc_exit(descend(levels) == levels ? 0 : 5);
}
`;

/** Deeper than V8's own limit, but below 8 MB. */
export const DEEP = 60_000;
/** Deeper than 8 MB allow, but below 64. */
export const TOO_DEEP = 400_000;

/** Compiles it. Returns the path of the module. */
export const deepGuest = (): Promise<string> => program("deep.wasm", SOURCE);
