/**
 * Signals: the host calls the program when something has happened, as SIGIO calls a process (fcntl(2), F_SETSIG).
 *
 * A program that has `pollux_step` and exports `pollux_signal(fd: i32, readiness: u32)` gets there, between two of its
 * steps, the wakeups that it has armed here. All wakeups then go that way, so such a program has no epoll beside it.
 */
import { RECORD_FD, RECORD_MASK, RECORD_OP, RECORD_SIZE } from "../memory/layout";
import { EBADF } from "../sys/errno";
import { readyFile, write } from "../sys/system";

/** The ready file's request to arm. */
const ARM: u32 = 1;

const request = memory.data(RECORD_SIZE, 8);
let file: i32 = -1;

/**
 * From now on `pollux_signal` is called after every wakeup on `fd` that concerns `mask` (EPOLLIN, EPOLLOUT...). An edge:
 * what is ready already makes no signal, so whoever arms then tries, until EAGAIN. Closing `fd` ends it. 0, or a negated
 * errno: -EBADF where the host grants no ready file.
 */
export function armSignal(fd: i32, mask: u32): i32 {
  if (file < 0) file = readyFile();
  if (file < 0) return -EBADF;
  store<i32>(request, fd, RECORD_FD);
  store<u16>(request, mask, RECORD_MASK);
  store<u16>(request, ARM, RECORD_OP);
  return min(write(file, request, RECORD_SIZE), 0);
}
