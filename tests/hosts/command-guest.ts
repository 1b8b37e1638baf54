/** The guest for tests of the command: a program that follows its arguments. */
import { program } from "./guest-program.ts";

/** The first letter of its first argument chooses the action. */
const SOURCE = `
@external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "args_sizes_get") declare function args_sizes_get(count: usize, size: usize): i32;
@external("wasi_snapshot_preview1", "environ_get") declare function environ_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "environ_sizes_get") declare function environ_sizes_get(count: usize, size: usize): i32;
@external("wasi_snapshot_preview1", "fd_read") declare function fd_read(fd: i32, iovs: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "fd_write") declare function fd_write(fd: i32, iovs: usize, n: i32, got: usize): i32;
@external("wasi_snapshot_preview1", "fd_fdstat_set_flags") declare function fd_fdstat_set_flags(fd: i32, flags: i32): i32;
@external("wasi_snapshot_preview1", "fd_prestat_dir_name") declare function fd_prestat_dir_name(fd: i32, at: usize, n: i32): i32;
@external("wasi_snapshot_preview1", "sock_accept") declare function sock_accept(fd: i32, flags: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;

const CELLS = memory.data(64);
const POINTERS = memory.data(1024);
const TEXT = memory.data(65536);

function write(at: usize, length: usize): void {
  store<usize>(CELLS, at);
  store<usize>(CELLS + 4, length);
  const errno = fd_write(1, CELLS, 1, CELLS + 8);
  if (errno != 0) proc_exit(errno);
}

function read(): i32 {
  store<usize>(CELLS, TEXT);
  store<usize>(CELLS + 4, 65536);
  return fd_read(0, CELLS, 1, CELLS + 8);
}

function cat(): void {
  while (read() == 0 && load<u32>(CELLS + 8) != 0) write(TEXT, load<u32>(CELLS + 8));
}

function inner(): void {
  unreachable();
}

export function _start(): void {
  args_sizes_get(CELLS, CELLS + 4);
  args_get(POINTERS, TEXT);
  const argument = load<usize>(POINTERS + 4);
  switch (load<u8>(argument)) {
    case 97: { write(TEXT, load<u32>(CELLS + 4)); break; } // arguments
    case 99: { cat(); break; } // copy
    case 100: { fd_prestat_dir_name(4, TEXT, 5); write(TEXT, 5); break; } // directory
    case 101: { environ_sizes_get(CELLS, CELLS + 4); environ_get(POINTERS, TEXT); write(TEXT, load<u32>(CELLS + 4)); break; }
    case 102: { // fill stdout
      fd_fdstat_set_flags(1, 4);
      for (;;) write(TEXT, 65536);
    }
    case 108: { proc_exit(sock_accept(3, 0, CELLS)); break; } // listen
    case 110: { // non-blocking
      fd_fdstat_set_flags(0, 4);
      store<u8>(TEXT, 48 + <u8>read());
      write(TEXT, 1);
      fd_fdstat_set_flags(0, 0);
      read();
      write(TEXT, load<u32>(CELLS + 8));
      break;
    }
    case 116: { write(argument, 4); inner(); break; } // trap
    case 119: { for (let i = 0; i < 64; i++) write(TEXT, 65536); proc_exit(3); break; } // write
    case 120: { proc_exit(load<u8>(argument + 1) == 45 ? -1 : load<u8>(argument + 1) - 48); break; } // exit
  }
}
`;

/** Compiles it, and returns the module's path. */
export function commandGuest(): Promise<string> {
  return program("guest.wasm", SOURCE);
}
