/**
 * Signals: the host calls the program when something has happened, as SIGIO calls a process (fcntl(2), F_SETSIG).
 *
 * A program that has `pollux_step` and exports `pollux_signal(fd: i32, readiness: u32)` gets there, between two of its
 * steps, the wakeups that it has armed here. All wakeups then go that way, so such a program has no epoll beside it.
 */
import { OP_ARM, OPERATION_FD, OPERATION_MASK, OPERATION_OP, OPERATION_RESULT, OPERATION_SIZE } from "../abi/operation";
import { EBADF, EIO } from "../abi/errno";
import { readyFile, write } from "../sys/system";

const operation = memory.data(OPERATION_SIZE, 8);
let file: i32 = -1;

/**
 * From now on `pollux_signal` is called after every wakeup on `fd` that concerns `mask` (EPOLLIN, EPOLLOUT...). An edge:
 * what is ready already makes no signal, so whoever arms then tries, until EAGAIN. Closing `fd` ends it. 0, or a negated
 * errno: -EBADF where `fd` is not open, or the host grants no ready file.
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
