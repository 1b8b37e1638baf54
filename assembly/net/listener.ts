/**
 * Listeners. A program on WASI preview1 can only inherit listeners. A program on WASI 0.2 opens listeners on the
 * addresses of its arguments, `--listen HOST:PORT`, in order.
 */
import { READABLE } from "../abi/events";
import * as source from "../sources/source";
import { EAGAIN, EBADF, EINVAL, EPERM } from "../abi/errno";
import * as system from "../sys/system";
import { SOCKET_ADDRESS_SIZE } from "../sys/socket-address";
import { parseHostPort } from "./address";

/** The first descriptor that is not stdio: hosts put listeners there, before directories. */
const FIRST: i32 = 3;

const address = memory.data(SOCKET_ADDRESS_SIZE, 8);

/**
 * The descriptor of the `index`-th inherited listener, non-blocking. With `blocking` its mode does not change: Pollux's
 * listeners block. Without inheritance, opens the listener of the `index`-th `--listen`.
 *
 * @returns the descriptor; -EBADF if there is no such listener or argument; -EINVAL if the argument is not HOST:PORT; an error of the
 *   host, such as -EACCES and -EADDRINUSE
 */
export function inherited(index: i32, blocking: bool = false): i32 {
  const fd = system.OPENS_LISTENERS ? opened(index) : FIRST + index;
  if (fd < 0) return fd;
  const refused = system.pollable(fd);
  if (refused < 0) return refused == -EPERM ? -EBADF : refused;
  const error = blocking ? 0 : system.setNonblocking(fd);
  return error < 0 ? error : fd;
}

/** Opens a listener on the address of the `index`-th `--listen`. */
function opened(index: i32): i32 {
  const text = listenArgument(index);
  if (text.length == 0) return -EBADF;
  return parseHostPort(text, address) ? system.listen(address) : -EINVAL;
}

/** The value of the `index`-th `--listen` among the program's arguments; empty if there are fewer. */
export function listenArgument(index: i32): string {
  const count = system.argumentCount();
  const pointers = system.args();
  let found = "";
  for (let argument = 1; argument < count - 1 && index >= 0; argument++) {
    if (cString(load<u32>(pointers + ((<usize>argument) << 2))) != "--listen") continue;
    argument++;
    if (index-- == 0) found = cString(load<u32>(pointers + ((<usize>argument) << 2)));
  }
  heap.free(pointers);
  return found;
}

function cString(start: usize): string {
  let end = start;
  while (load<u8>(end) != 0) end++;
  return String.UTF8.decodeUnsafe(start, end - start);
}

/**
 * The next connection, non-blocking unless `blocking`. -EAGAIN if no connection waits (a blocking listener sleeps instead), -EMFILE if
 * the process has no descriptors left.
 */
export function accept(listener: i32, blocking: bool = false): i32 {
  const accepted = system.accept(listener, blocking);
  learnAccepted(listener, accepted);
  return accepted;
}

/** Tells the engine the result of accept: a descriptor or a negated errno. */
export function learnAccepted(listener: i32, accepted: i32): void {
  if (accepted == -EAGAIN) source.onWouldBlock(listener, READABLE);
}
