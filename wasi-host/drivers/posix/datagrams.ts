/** Datagrams: sendto(2) and recvfrom(2), with the names of their receivers and senders. */
import type { MutableAddress, SocketAddress } from "../../addresses/socket-address.ts";
import type { Datagrams, RecvFlags } from "../contract/capabilities.ts";
import { callNamed, numbers } from "./call-list.ts";
import { libc, NativeBuffer, orFailure } from "./libc.ts";
import type { MemoryAddresses } from "./memory-addresses.ts";
import { MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC } from "./message-flags.ts";
import { decode, encodeOrFail, SOCKADDR_SIZE } from "./sockaddr.ts";

/** A name, then its length. */
const named = new NativeBuffer(SOCKADDR_SIZE + 4);
const namedBytes = new Uint8Array(named.buffer);

export class PosixDatagrams implements Datagrams {
  /** Opens and binds a socket. */
  readonly open: (address: SocketAddress) => number;
  readonly #addresses: MemoryAddresses;

  constructor(open: (address: SocketAddress) => number, addresses: MemoryAddresses) {
    this.open = open;
    this.#addresses = addresses;
  }

  connect(handle: number, peer: SocketAddress): number {
    const name = encodeOrFail(peer);
    return typeof name === "number" ? name : orFailure(libc.connect(handle, name, name.length));
  }

  sendTo(handle: number, bytes: Uint8Array, offset: number, length: number, to: SocketAddress): number {
    const name = encodeOrFail(to);
    if (typeof name === "number") return name;
    namedBytes.set(name);
    const address = this.#addresses.of(bytes) + offset;
    return callNamed(numbers.sendto, handle, address, length, MSG_NOSIGNAL, named.address, name.length);
  }

  recvFrom(
    handle: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    flags: RecvFlags,
    from: MutableAddress,
  ): number {
    named.view.setInt32(SOCKADDR_SIZE, SOCKADDR_SIZE, true);
    const linux = MSG_TRUNC | ((flags & 1) === 0 ? 0 : MSG_PEEK);
    const address = this.#addresses.of(bytes) + offset;
    const sizeAt = named.address + SOCKADDR_SIZE;
    const count = callNamed(numbers.recvfrom, handle, address, length, linux, named.address, sizeAt);
    if (count < 0) return count;
    const size = named.view.getInt32(SOCKADDR_SIZE, true);
    const name = size === 0 ? undefined : decode(namedBytes, size);
    from.host = name?.host ?? "";
    from.port = name?.port ?? -1;
    return count;
  }
}
