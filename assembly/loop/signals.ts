/**
 * Signals: the host calls the program after an event, as SIGIO calls a process (fcntl(2), F_SETSIG).
 *
 * A program that has `pollux_step` and exports `pollux_signal(fd: i32, readiness: u32)` gets its armed wakeups there,
 * between two steps. It gets all wakeups that way, so such a program cannot use epoll.
 */
import { OP_ARM, OPERATION_FD, OPERATION_MASK, OPERATION_OP, OPERATION_RESULT, OPERATION_SIZE } from "../abi/operation";
import { EBADF, EIO } from "../abi/errno";
import { readyFile, write } from "../sys/system";

const operation = memory.data(OPERATION_SIZE, 8);
let file: i32 = -1;

/**
 * From now on each wakeup on `fd` that concerns `mask` (EPOLLIN, EPOLLOUT...) calls `pollux_signal`. It is an edge:
 * present readiness makes no signal, so try until EAGAIN after arming. Closing `fd` ends it. 0, or a negated errno:
 * -EBADF if `fd` is not open, or the host grants no ready file.
 */
export function armSignal(fd: i32, mask: u32): i32 {
  if (file < 0) file = readyFile();
  if (file < 0) return -EBADF;
  store<u32>(operation, OP_ARM, OPERATION_OP);
  store<i32>(operation, fd, OPERATION_FD);
  store<u32>(operation, mask, OPERATION_MASK);
  const written = write(file, operation, OPERATION_SIZE);
  if (written != OPERATION_SIZE) return written < 0 ? written : -EIO;
  return load<i32>(operation, OPERATION_RESULT);
}
