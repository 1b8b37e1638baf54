/** Listeners that the program inherits: WASI preview1 has no way to open one. */

import { READABLE } from "../readiness/events";
import * as source from "../readiness/source";
import { EAGAIN, EBADF } from "../sys/errno";
import * as system from "../sys/system";

/** The first descriptor that is not stdio: hosts put listeners there, before directories. */
const FIRST: i32 = 3;

/**
 * The `index`-th inherited listener's descriptor, set non-blocking unless `blocking`: then it is as the host gave it, which
 * with Pollux blocks. -EBADF when the host granted no more.
 */
export function inherited(index: i32, blocking: bool = false): i32 {
  const fd = FIRST + index;
  if (fd == system.readyFile() || !system.isPollable(fd)) return -EBADF;
  if (!blocking) system.setNonblocking(fd);
  return fd;
}

/**
 * The next connection, non-blocking unless `blocking`: then its recv and send sleep. -EAGAIN when none waits (a blocking
 * listener sleeps instead), -EMFILE when the process can have no more descriptors.
 */
export function accept(listener: i32, blocking: bool = false): i32 {
  const accepted = system.accept(listener, blocking);
  if (accepted == -EAGAIN) source.drained(listener, READABLE);
  return accepted;
}
