/**
 * What makes the kernel's TCP over loopback do everything at once, so that a step of a test is over when its call returns:
 * no byte waits for the acknowledgement of another (Nagle), and no acknowledgement is held back for 40 ms.
 */
import koffi from "koffi";

const libc = koffi.load("libc.so.6");
const setsockopt = libc.func("int setsockopt(int fd, int level, int name, const void *value, uint32_t length)");
const getsockopt = libc.func("int getsockopt(int fd, int level, int name, void *value, void *length)");
const recv = libc.func("int64_t recv(int fd, uintptr_t bytes, size_t length, int flags)");

const SOL_SOCKET = 1;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_INFO = 11;
const TCP_QUICKACK = 12;
/** Linux 6.15; refused before that, and waited for then. */
const TCP_DELACK_MAX_US = 46;

/** Of `struct tcp_info`, in 32-bit words. */
const STATE = 0;
const UNACKED = 6;
/** CLOSE_WAIT, LAST_ACK, CLOSING (net/tcp_states.h). */
const FIN_RECEIVED = [8, 9, 11];
const info = new Uint32Array(new ArrayBuffer(192));
const length = new Uint32Array(1);

const MAX_WAIT_MS = 400;
const nobody = new Int32Array(new SharedArrayBuffer(4));

export function prepare(handle: number): void {
  set(handle, IPPROTO_TCP, TCP_NODELAY, 1);
  set(handle, IPPROTO_TCP, TCP_DELACK_MAX_US, 8_000);
}

/** Returns when everything that was sent has arrived and is acknowledged. `handles`: those ends that are open. */
export function settle(handles: readonly number[]): void {
  hurry(handles);
  if (!handles.some(unacknowledged)) return;
  // A FIN is acknowledged at once when it is read: a read of nothing is enough if no byte is before it. On other
  // sockets it would take the error.
  for (const handle of handles) if (FIN_RECEIVED.includes(field(handle, STATE) & 0xff)) recv(handle, 0, 0, 0);
  hurry(handles);
  for (let turn = 0; turn < MAX_WAIT_MS && handles.some(unacknowledged); turn++) Atomics.wait(nobody, 0, 0, 1);
}

/** The next close resets the connection. */
export function resetOnClose(handle: number): void {
  set(handle, SOL_SOCKET, SO_LINGER, 1, 0);
}

/** What holds an acknowledgement back sends it. */
export function hurry(handles: readonly number[]): void {
  for (const handle of handles) set(handle, IPPROTO_TCP, TCP_QUICKACK, 1);
}

function unacknowledged(handle: number): boolean {
  return field(handle, UNACKED) > 0;
}

function field(handle: number, word: number): number {
  length[0] = info.byteLength;
  return getsockopt(handle, IPPROTO_TCP, TCP_INFO, info, length) === 0 ? info[word] : 0;
}

function set(handle: number, level: number, name: number, ...values: number[]): void {
  setsockopt(handle, level, name, new Int32Array(values), values.length * 4);
}
