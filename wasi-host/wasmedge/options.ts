/** Socket options by WasmEdge's numbers (`sock_opt_level`, `sock_opt_so`), those that mean something on every driver. */
import { DatagramSocket } from "../datagrams.ts";
import { Errno } from "../errno.ts";
import type { Socket } from "../socket-kinds.ts";
import { Listener } from "../sockets.ts";
import type { HostState } from "../state.ts";
import { DATAGRAM, STREAM } from "./numbers.ts";

const SOL_SOCKET = 0;
const SO_REUSEADDR = 0;
const SO_TYPE = 1;
const SO_ERROR = 2;
const SO_ACCEPTCONN = 13;
const SO_BROADCAST = 4;
/** An option's value is an int. */
const SIZE = 4;
const { FAULT, INVAL, NOPROTOOPT } = Errno;

/**
 * getsockopt(2). `length` is a pointer to the size, or the size itself: no program has its data at address 4. Returns
 * EFAULT; EINVAL for room for less than an int; ENOPROTOOPT for an option that is not known here.
 */
export function readOption(
  host: HostState,
  socket: Socket,
  level: number,
  name: number,
  value: number,
  length: number,
): number {
  const { memory, driver } = host;
  const bySize = length === SIZE;
  if (!bySize && !memory.holds(length, 4)) return FAULT;
  const size = bySize ? SIZE : memory.view.getUint32(length, true);
  if (!memory.holds(value, size)) return FAULT;
  if (size < SIZE) return INVAL;
  if (level !== SOL_SOCKET) return NOPROTOOPT;
  let answer: number;
  if (name === SO_ERROR) answer = socket.handle < 0 ? 0 : driver.takeError(socket.handle);
  else if (name === SO_TYPE) answer = socket instanceof DatagramSocket ? DATAGRAM : STREAM;
  else if (name === SO_ACCEPTCONN) answer = socket instanceof Listener ? 1 : 0;
  else if (name === SO_REUSEADDR) answer = socket instanceof DatagramSocket ? 0 : 1;
  else if (name === SO_BROADCAST) answer = 0;
  else return NOPROTOOPT;
  memory.view.setInt32(value, answer, true);
  if (!bySize) memory.view.setUint32(length, SIZE, true);
  return 0;
}

/**
 * setsockopt(2). SO_REUSEADDR is what drivers set on each listener. SO_BROADCAST only allows what no grant for one host
 * does: it is taken, and changes nothing. There is no other option to set.
 */
export function writeOption(host: HostState, level: number, name: number, value: number, length: number): number {
  if (!host.memory.holds(value, length)) return FAULT;
  if (length < SIZE) return INVAL;
  return level === SOL_SOCKET && (name === SO_REUSEADDR || name === SO_BROADCAST) ? 0 : NOPROTOOPT;
}
