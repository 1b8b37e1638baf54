/**
 * WasmEdge's calls for datagrams. A socket may send to the addresses that `connect` grants, whether or not it is
 * connected, and may receive from every peer if `bind` grants its name; otherwise only from peers that it may send to.
 */

import { Errno } from "../../abi/errno.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { DatagramSocket } from "../../kernel/datagrams.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isSocket } from "../../kernel/socket-kinds.ts";
import { Stream } from "../../kernel/sockets.ts";
import type { Wait } from "../../waiting/wait.ts";
import type { Calls } from "../../waiting/way.ts";
import { awaitName, ensureBound } from "../preview1/binding.ts";
import type { Io } from "../preview1/io.ts";
import { checkIovecs } from "../preview1/iovecs.ts";
import { type AddressBuffer, writeSender } from "./address.ts";

/** riflags; WAITALL means nothing to datagrams. */
const KNOWN_FLAGS = 3;
const { BADF, FAULT, INVAL, NOTSOCK } = Errno;

export function datagrams(kernel: Kernel, { messages }: Io, addresses: AddressBuffer): Calls {
  const { memory, descriptors, grants, way } = kernel;

  /** A stream already has its peer: EISCONN for any address, as sendto(2). */
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
    ): number | Promise<number> {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if (flags !== 0) return INVAL;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      const to = addresses.named(socket, address, port);
      if (typeof to === "number") return -to;
      if (grants.connect.refuse("sock_send_to", to)) return Errno.ACCES;
      return way.finish(messages.send(fd >>> 0, socket, iovs >>> 0, count >>> 0, to, result >>> 0));
    },

    /** Version 1 has no port. Version 2 has a u16, as in WasmEdge, although some programs use another size. */
    sock_recv_from(
      fd: number,
      iovs: number,
      count: number,
      address: number,
      flags: number,
      ...results: (number | undefined)[]
    ): number | Promise<number> {
      const given = results.filter((result) => result !== undefined).map((result) => result >>> 0);
      const [resultFlags, result, port] = given.reverse();
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if ((flags & ~KNOWN_FLAGS) !== 0) return INVAL;
      if (!memory.holds(resultFlags, 2) || (port !== undefined && !memory.holds(port, 2))) return FAULT;
      const error =
        checkIovecs(memory, iovs >>> 0, count >>> 0, result) || addresses.room(address >>> 0, socket.family);
      if (error !== 0) return error;
      // Received bytes may overwrite the pointer to it.
      const sender = addresses.place;
      const answer = messages.receive(fd >>> 0, socket, iovs >>> 0, count >>> 0, flags, (message) => {
        writeSender(memory, sender, message.from.host);
        if (port !== undefined) memory.view.setUint16(port, message.from.port, true);
        memory.view.setUint32(result, message.count, true);
        memory.view.setUint16(resultFlags, message.truncated ? 1 : 0, true);
        return 0;
      });
      return way.finish(answer);
    },
  };
}

/** sock_bind. `name`: an address, or a negated errno. */
export function bindDatagrams(
  kernel: Kernel,
  fd: number,
  socket: DatagramSocket,
  name: SocketAddress | number,
): number | Wait {
  // Bound, or bound soon.
  if (socket.handle >= 0) return INVAL;
  if (typeof name === "number") return -name;
  if (kernel.grants.bind.refuse("sock_bind", name)) return Errno.ACCES;
  const refused = socket.open(name);
  if (refused < 0) return -refused;
  return awaitName(kernel, fd, socket, (error) => {
    socket.bound = error === 0;
    return error;
  });
}

/** sock_connect: sends nothing, and needs no receiver. It can be connected again, to another peer. */
export function connectDatagrams(
  kernel: Kernel,
  fd: number,
  socket: DatagramSocket,
  name: SocketAddress | number,
): number | Wait {
  if (typeof name === "number") return -name;
  if (kernel.grants.connect.refuse("sock_connect", name)) return Errno.ACCES;
  return ensureBound(kernel, fd, socket, (error) =>
    error !== 0 ? error : 0 - kernel.driver.datagrams!.connect(socket.handle, name),
  );
}
