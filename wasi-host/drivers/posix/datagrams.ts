/** Datagrams: sendto(2) and recvfrom(2), with the names of their receivers and senders. Bytes are at an address. */
import type { MutableAddress, RecvFlags, SocketAddress } from "../driver.ts";
import { libc, NativeBuffer, orFailure } from "./libc.ts";
import { decode, encode, SOCKADDR_SIZE } from "./sockaddr.ts";

const MSG_PEEK = 2;
const MSG_TRUNC = 0x20;
const MSG_NOSIGNAL = 0x4000;

/** A name, then its length. */
const named = new NativeBuffer(SOCKADDR_SIZE + 4);
const namedBytes = new Uint8Array(named.buffer);

export function sendTo(handle: number, address: number, length: number, to: SocketAddress): number {
  const name = encode(to);
  return orFailure(libc.sendto(handle, address, length, MSG_NOSIGNAL, name, name.length));
}

/** The datagram's own length, which is over `length` where the rest was cut off. */
export function receiveFrom(
  handle: number,
  address: number,
  length: number,
  flags: RecvFlags,
  from: MutableAddress,
): number {
  named.view.setInt32(SOCKADDR_SIZE, SOCKADDR_SIZE, true);
  const linux = MSG_TRUNC | ((flags & 1) === 0 ? 0 : MSG_PEEK);
  const count = libc.recvfrom(handle, address, length, linux, named.address, named.address + SOCKADDR_SIZE);
  if (count < 0) return orFailure(count);
  const size = named.view.getInt32(SOCKADDR_SIZE, true);
  const name = size === 0 ? undefined : decode(namedBytes, size);
  from.host = name?.host ?? "";
  from.port = name?.port ?? -1;
  return count;
}
