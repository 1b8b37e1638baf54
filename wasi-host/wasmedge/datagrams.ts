/**
 * WasmEdge's calls for datagrams. A socket may send where `connect` grants it, whether or not it is connected, and may
 * receive from everybody where `bind` has granted its name; else from those that it may send to.
 */
import { DatagramSocket } from "../datagrams.ts";
import type { SocketAddress } from "../drivers/driver.ts";
import { Errno } from "../errno.ts";
import type { Imports } from "../imports.ts";
import { checkIovecs } from "../preview1/iovecs.ts";
import { receiveMessage, sendMessage } from "../preview1/messages.ts";
import { isSocket } from "../socket-kinds.ts";
import { Stream } from "../sockets.ts";
import type { HostState } from "../state.ts";
import type { AddressBuffer } from "./address.ts";

/** riflags; that all is waited for means nothing to datagrams. */
const KNOWN_FLAGS = 3;
const { BADF, FAULT, INVAL, NOTSOCK } = Errno;

export function datagrams(host: HostState, addresses: AddressBuffer): Imports {
  const { memory, descriptors, grants } = host;

  /** A stream has its peer, whatever address is given: EISCONN, as sendto(2) has it. */
  function socketAt(fd: number): DatagramSocket | number {
    memory.refresh();
    const descriptor = descriptors.get(fd >>> 0);
    if (descriptor instanceof DatagramSocket) return descriptor;
    if (descriptor === undefined) return -BADF;
    if (!isSocket(descriptor)) return -NOTSOCK;
    return descriptor instanceof Stream ? -Errno.ISCONN : -Errno.NOTCONN;
  }

  return {
    sock_send_to(
      fd: number,
      iovs: number,
      count: number,
      address: number,
      port: number,
      flags: number,
      result: number,
    ): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if (flags !== 0) return INVAL;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      const to = addresses.named(socket, address, port);
      if (typeof to === "number") return -to;
      if (grants.connect.refuse("sock_send_to", to)) return Errno.ACCES;
      const went = sendMessage(host, socket, iovs >>> 0, count >>> 0, to);
      if (went < 0) return -went;
      memory.view.setUint32(result >>> 0, went, true);
      return 0;
    },

    /** Version 1 has no port; version 2's is a u16, as WasmEdge has it, whatever its programs make of it. */
    sock_recv_from(
      fd: number,
      iovs: number,
      count: number,
      address: number,
      flags: number,
      ...results: (number | undefined)[]
    ): number {
      const given = results.filter((result) => result !== undefined).map((result) => result >>> 0);
      const [resultFlags, result, port] = given.reverse();
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if ((flags & ~KNOWN_FLAGS) !== 0) return INVAL;
      if (!memory.holds(resultFlags, 2) || (port !== undefined && !memory.holds(port, 2))) return FAULT;
      const error =
        checkIovecs(memory, iovs >>> 0, count >>> 0, result) || addresses.room(address >>> 0, socket.family);
      if (error !== 0) return error;
      const message = receiveMessage(host, socket, iovs >>> 0, count >>> 0, flags);
      if (message.count < 0) return -message.count;
      addresses.writeSender(message.from.host);
      if (port !== undefined) memory.view.setUint16(port, message.from.port, true);
      memory.view.setUint32(result, message.count, true);
      memory.view.setUint16(resultFlags, message.truncated ? 1 : 0, true);
      return 0;
    },
  };
}

/** sock_bind. `name`: an address, or a negated errno. */
export function bindDatagrams(host: HostState, socket: DatagramSocket, name: SocketAddress | number): number {
  if (socket.handle >= 0) return INVAL;
  if (typeof name === "number") return -name;
  if (host.grants.bind.refuse("sock_bind", name)) return Errno.ACCES;
  const error = socket.open(name);
  socket.bound = error === 0;
  return 0 - error;
}

/** sock_connect: nothing is sent, and nobody needs to be there. It may be connected again, to somebody else. */
export function connectDatagrams(host: HostState, socket: DatagramSocket, name: SocketAddress | number): number {
  if (typeof name === "number") return -name;
  if (host.grants.connect.refuse("sock_connect", name)) return Errno.ACCES;
  const error = socket.ensureOpen();
  return 0 - (error < 0 ? error : host.driver.connectDatagrams(socket.handle, name));
}
