/**
 * Datagram sockets: UDP. WASI preview1 has no calls for them: these are WasmEdge's, and a program that uses them needs a host that has
 * them. A component uses wasi:sockets. `pollux run --bind HOST:PORT` grants an address,
 * `--connect HOST:PORT` a receiver.
 *
 * Addresses are text, `127.0.0.1:53` or `[::1]:53`.
 */
import { READABLE, WRITABLE } from "../abi/events";
import { EAGAIN, EINVAL } from "../abi/errno";
import * as source from "../sources/source";
import { SOCKET_ADDRESS_SIZE } from "../sys/socket-address";
import * as system from "../sys/system";
import { addressText, parseHostPort } from "./address";

const address = memory.data(SOCKET_ADDRESS_SIZE, 8);

/**
 * A datagram socket with an address of its own, non-blocking. Port 0: the system chooses one.
 *
 * @returns the descriptor; -EINVAL if `own` is no address, -EACCES if it is not granted, -EADDRINUSE...
 */
export function openDatagrams(own: string): i32 {
  return parseHostPort(own, address) ? system.openDatagrams(address) : -EINVAL;
}

/** Sets the peer: `sendToPeer` goes there, and only its datagrams are received. @returns 0 or a negated errno */
export function connectDatagrams(fd: i32, peer: string): i32 {
  return parseHostPort(peer, address) ? system.connectDatagrams(fd, address) : -EINVAL;
}

/** Sends a datagram to the peer. @returns its length, or a negated errno as \`sendTo\`; -EDESTADDRREQ without a peer */
export function sendToPeer(fd: i32, buffer: usize, length: i32): i32 {
  const sent = system.sendToPeer(fd, buffer, length);
  if (sent == -EAGAIN) source.onWouldBlock(fd, WRITABLE);
  return sent;
}

/** Sends a datagram whole. @returns its length; -EAGAIN if the system has no room, -EMSGSIZE if it is too long, -EACCES... */
export function sendTo(fd: i32, buffer: usize, length: i32, to: string): i32 {
  if (!parseHostPort(to, address)) return -EINVAL;
  const sent = system.sendTo(fd, buffer, length, address);
  if (sent == -EAGAIN) source.onWouldBlock(fd, WRITABLE);
  return sent;
}

/**
 * Receives a datagram; its bytes behind `length` are lost. `sender` has its address.
 *
 * @returns its length, 0 if it is empty; -EAGAIN if there is none; -ECONNREFUSED if an earlier one was refused, after `connectDatagrams`
 */
export function receiveFrom(fd: i32, buffer: usize, length: i32): i32 {
  const received = system.receiveFrom(fd, buffer, length, address);
  if (received == -EAGAIN) source.onWouldBlock(fd, READABLE);
  return received;
}

/** The sender of the last datagram that `receiveFrom` has received: directly after the call. */
export function sender(): string {
  return addressText(address);
}
