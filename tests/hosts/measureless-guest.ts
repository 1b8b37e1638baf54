/** A guest without measure. */
import { program } from "./guest-program.ts";

/** Behind a listener, 3, is its ready file. What it does without end is said by the first letter of its first argument. */
const SOURCE = `
@external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "sock_open") declare function sock_open(family: i32, type: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_accept") declare function sock_accept(fd: i32, flags: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_recv") declare function sock_recv(fd: i32, iovs: usize, n: i32, flags: i32, got: usize, out: usize): i32;
@external("wasi_snapshot_preview1", "fd_close") declare function fd_close(fd: i32): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;
const CELLS = memory.data(64, 8);
const POINTERS = memory.data(64);
const TEXT = memory.data(1024, 8);

export function _start(): void {
  args_get(POINTERS, TEXT);
  let count = 0;
  switch (load<u8>(load<usize>(POINTERS + 4))) {
    case 115: while (true) count++; // spin
    case 99: { fd_close(3); while (true) count++; } // close its listener, then spin
    case 97: { while (memory.grow(1) >= 0) {} proc_exit(memory.size()); break; } // allocate
    case 100: { while (sock_open(1, 2, CELLS) == 0) count++; proc_exit(count); break; } // descriptors
    case 116: { // transfer, once, to nobody; then never read
      store<usize>(CELLS, TEXT);
      store<u32>(CELLS + 4, 20);
      if (sock_recv(4, CELLS, 1, 0, CELLS + 8, CELLS + 12) != 0) proc_exit(1);
      sock_accept(3, 0, CELLS);
      break;
    }
    case 110: { sock_accept(3, 0, CELLS); sock_accept(3, 0, CELLS); break; } // never read
  }
}
`;

/** Compiles it. Returns the path of the module. */
export const measurelessGuest = (): Promise<string> => program("measureless.wasm", SOURCE);
