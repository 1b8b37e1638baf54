/** A guest without measure. */
import {
  OP_RECV,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_SIZE,
} from "../../assembly/abi/operation.ts";
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import { program } from "./guest-program.ts";
import { NONBLOCK } from "./hand-driven-guest.ts";

/** The first letter of its first argument chooses its endless action. */
const SOURCE = `
@external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "sock_open") declare function sock_open(family: i32, type: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_accept") declare function sock_accept(fd: i32, flags: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "fd_write") declare function fd_write(fd: i32, iovs: usize, n: i32, went: usize): i32;
@external("wasi_snapshot_preview1", "fd_fdstat_get") declare function fd_fdstat_get(fd: i32, at: usize): i32;
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
    case 116: { // transfer once, from a client that sends nothing; then never read
      sock_accept(3, ${NONBLOCK}, CELLS + 16);
      memory.fill(TEXT, 0, ${OPERATION_SIZE});
      store<u32>(TEXT + ${OPERATION_OP}, ${OP_RECV});
      store<u32>(TEXT + ${OPERATION_FD}, load<u32>(CELLS + 16));
      store<usize>(TEXT + ${OPERATION_BUFFER}, TEXT + ${OPERATION_SIZE});
      store<u32>(TEXT + ${OPERATION_LENGTH}, 8);
      store<usize>(CELLS, TEXT);
      store<u32>(CELLS + 4, ${OPERATION_SIZE});
      fd_fdstat_get(${READY_FILE}, CELLS + 32);
      if (fd_write(${READY_FILE}, CELLS, 1, CELLS + 8) != 0) proc_exit(1);
      sock_accept(3, 0, CELLS);
      break;
    }
    case 110: { sock_accept(3, 0, CELLS); sock_accept(3, 0, CELLS); break; } // never read
  }
}
`;

/** Compiles it. Returns the path of the module. */
export const measurelessGuest = (): Promise<string> => program("measureless.wasm", SOURCE);
