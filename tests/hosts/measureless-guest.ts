/** A guest without measure. */
import { program } from "./guest-program.ts";

/** What it does without end is said by the first letter of its first argument. */
const SOURCE = `
@external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "sock_open") declare function sock_open(family: i32, type: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_accept") declare function sock_accept(fd: i32, flags: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;
const CELLS = memory.data(64);
const POINTERS = memory.data(64);
const TEXT = memory.data(1024);

export function _start(): void {
  args_get(POINTERS, TEXT);
  let count = 0;
  switch (load<u8>(load<usize>(POINTERS + 4))) {
    case 115: while (true) count++; // spin
    case 97: { while (memory.grow(1) >= 0) {} proc_exit(memory.size()); break; } // allocate
    case 100: { while (sock_open(1, 2, CELLS) == 0) count++; proc_exit(count); break; } // descriptors
    case 110: { sock_accept(3, 0, CELLS); sock_accept(3, 0, CELLS); break; } // never read
  }
}
`;

/** Compiles it. Returns the path of the module. */
export const measurelessGuest = (): Promise<string> => program("measureless.wasm", SOURCE);
