/**
 * Listeners. WASI preview1 has no way to open one: the program inherits them. WASI 0.2 has no way to inherit one: there the
 * program opens the addresses that its arguments name, `--listen HOST:PORT`, in their order.
 */
import { READABLE } from "../readiness/events";
import * as source from "../readiness/source";
import { EAGAIN, EBADF, EINVAL } from "../sys/errno";
import * as system from "../sys/system";
import { parseIpv4 } from "./address";

/** The first descriptor that is not stdio: hosts put listeners there, before directories. */
const FIRST: i32 = 3;

/**
 * The `index`-th inherited listener's descriptor, set non-blocking unless `blocking`: then it is as the host gave it, which
 * with Pollux blocks. -EBADF when the host granted no more; where the program opens it itself: when no argument
 * names it, or -EINVAL for what is no IPv4 HOST:PORT, -EACCES, -EADDRINUSE and so on.
 */
export function inherited(index: i32, blocking: bool = false): i32 {
  const fd = system.OPENS_LISTENERS ? opened(index) : FIRST + index;
  if (fd < 0) return fd;
  if (fd == system.readyFile() || !system.isPollable(fd)) return -EBADF;
  if (!blocking) system.setNonblocking(fd);
  return fd;
}

/** A new listener on the address behind the `index`-th `--listen`. */
function opened(index: i32): i32 {
  const address = listenArgument(index);
  if (address.length == 0) return -EBADF;
  const colon = address.lastIndexOf(":");
  const ip = colon < 0 ? -1 : parseIpv4(address.substring(0, colon));
  const port = parsePort(address.substring(colon + 1));
  return ip < 0 || port < 0 ? -EINVAL : system.listen(<u32>ip, port);
}

/** What stands behind the `index`-th `--listen` of the program's arguments; nothing where there are not so many. */
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

/** -1 for what is no port. */
function parsePort(text: string): i32 {
  let port = text.length == 0 ? -1 : 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    port = port * 10 + digit;
    if (port > 65_535) return -1;
  }
  return port;
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
