/** A guest that opens sockets: the calls of WasmEdge's extension, with their pointers filled in. */
import { Errno } from "../../wasi-host/abi/errno.ts";
import type { WasiHostOptions } from "../../wasi-host/index.ts";
import { Guest, NONBLOCK } from "./hand-driven-guest.ts";

export const INET4 = 1;
export const INET6 = 2;
export const DATAGRAM = 1;
export const STREAM = 2;
export const SOL_SOCKET = 0;
export const SO_ERROR = 2;
export const LOOPBACK = [127, 0, 0, 1];
/** ::1 */
export const LOOPBACK6 = [...new Array(15).fill(0), 1];
export const EVERYTHING = { connect: ["127.0.0.1:*", "[::1]:*"], bind: ["127.0.0.1:*", "[::1]:*"] };

const FD_READ = 1;
const FD_WRITE = 2;

export class SocketGuest {
  readonly guest: Guest;

  static async open(options: WasiHostOptions = EVERYTHING): Promise<SocketGuest> {
    return new SocketGuest(await Guest.open(options));
  }

  protected constructor(guest: Guest) {
    this.guest = guest;
  }

  get calls(): Guest["calls"] {
    return this.guest.calls;
  }

  socket(family = INET4, flags = 0): number {
    const errno = this.calls.sock_open(family, STREAM, this.guest.result);
    if (errno !== 0) throw new Error(`sock_open: ${errno}`);
    const fd = this.guest.u32();
    this.calls.fd_fdstat_set_flags(fd, flags);
    return fd;
  }

  /** A pointer to {buffer, length} of these bytes. */
  address(bytes: number[] | Uint8Array): number {
    return this.guest.iovecs(this.guest.place(Uint8Array.from(bytes)))[0];
  }

  bind(fd: number, port = 0, ip = LOOPBACK): number {
    return this.calls.sock_bind(fd, this.address(ip), port);
  }

  connect(fd: number, port: number, ip = LOOPBACK): number {
    return this.calls.sock_connect(fd, this.address(ip), port);
  }

  /** A listener on a port chosen by the system. */
  listener(family = INET4, backlog = 16): { fd: number; port: number } {
    const fd = this.socket(family);
    const ip = family === INET4 ? LOOPBACK : LOOPBACK6;
    const errno = this.bind(fd, 0, ip) || this.calls.sock_listen(fd, backlog);
    if (errno !== 0) throw new Error(`sock_bind or sock_listen: ${errno}`);
    return { fd, port: this.name("sock_getlocaladdr", fd).port };
  }

  /** A port without a listener. */
  unusedPort(): number {
    const { fd, port } = this.listener();
    this.calls.fd_close(fd);
    return port;
  }

  /** A connection to the listener, made without sleeping: both ends. */
  connection(listener: { fd: number; port: number }, ip = LOOPBACK): [client: number, server: number] {
    const client = this.socket(ip.length === 4 ? INET4 : INET6);
    const errno = this.connect(client, listener.port, ip) || this.calls.sock_accept(listener.fd, 0, this.guest.result);
    if (errno !== 0) throw new Error(`sock_connect or sock_accept: ${errno}`);
    return [client, this.guest.u32()];
  }

  /** sock_getlocaladdr or sock_getpeeraddr, of version 1: errno, family (4 or 6), bytes, port. */
  name(call: string, fd: number, room = 16): { errno: number; family: number; bytes: number[]; port: number } {
    const { guest } = this;
    const buffer = guest.room(room);
    const [family, port] = [guest.room(4), guest.room(4)];
    const errno = this.calls[call](fd, guest.iovecs([buffer, room])[0], family, port);
    return { errno, family: guest.u32(family), bytes: [...guest.bytes(buffer, room)], port: guest.u32(port) };
  }

  /** sock_getsockopt with the size behind a pointer: the errno, and the value. */
  option(fd: number, name: number, level = SOL_SOCKET): { errno: number; value: number } {
    const { guest } = this;
    const [value, length] = [guest.room(4), guest.room(4)];
    guest.view.setUint32(length, 4, true);
    const errno = this.calls.sock_getsockopt(fd, level, name, value, length);
    return { errno, value: guest.view.getInt32(value, true) };
  }

  /** Sleeps in poll_oneoff until the descriptor is writable. */
  writable(fd: number): void {
    this.#await(fd, FD_WRITE);
  }

  /** The same, but waits until it is readable. Returns the number of bytes. */
  readable(fd: number): bigint {
    return this.#await(fd, FD_READ);
  }

  #await(fd: number, type: number): bigint {
    const { guest } = this;
    const subscription = guest.room(48);
    guest.view.setUint8(subscription + 8, type);
    guest.view.setUint32(subscription + 16, fd, true);
    const event = guest.room(32);
    const errno = this.calls.poll_oneoff(subscription, event, 1, guest.result);
    if (errno !== 0) throw new Error(`poll_oneoff: ${errno}`);
    return guest.u64(event + 16);
  }

  send(fd: number, text: string): number {
    return this.calls.sock_send(fd, ...this.guest.iovecs(this.guest.place(text)), 0, this.guest.result);
  }

  /** A non-blocking connection that waits for room at the listener. */
  pending(port: number): number {
    for (let tries = 0; tries < 8; tries++) {
      const fd = this.socket(INET4, NONBLOCK);
      if (this.connect(fd, port) !== Errno.INPROGRESS) throw new Error("connected at once");
      if (this.name("sock_getpeeraddr", fd).errno === Errno.NOTCONN) return fd;
    }
    throw new Error("the listener takes everybody");
  }

  [Symbol.dispose](): void {
    this.guest[Symbol.dispose]();
  }
}
