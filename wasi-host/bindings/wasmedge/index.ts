/**
 * WasmEdge's socket extension: calls in preview1's import module that open sockets.
 *
 * Sources: WasmEdge, lib/host/wasi/wasifunc.cpp and thirdparty/wasi/api.hpp; for what programs call, second-state/
 * wasmedge_wasi_socket, src/socket.rs (Rust), and dispatchrun/net, wasip1/syscall_wasmedge_wasip1.go (Go).
 *
 * The extension has two versions under the same names, which differ in the number of their parameters. A JavaScript
 * function that a module imports gets as many arguments as the import's type has parameters (WebAssembly JavaScript
 * Interface, "create a host function"), so an undefined argument is a missing parameter:
 *
 *   sock_accept         version 1: (fd, *fd)                  version 2 and preview1: (fd, flags, *fd)
 *   sock_get*addr       version 1: (fd, *address, *family, *port)         version 2: (fd, *address, *port)
 *
 *   sock_recv_from      version 1: (..., flags, *size, *flags)            version 2: (..., flags, *port, *size, *flags)
 *
 * Only granted addresses can be reached: others are EACCES. Datagrams are in `datagrams.ts`, names in `lookup.ts`. Unix
 * sockets are streams only, because node:dgram has no others. Version 1's address buffers have no room for a path, so
 * WasmEdge's and dispatchrun/net's programs use buffers of 128 bytes. There are no broadcasts.
 */

import { Errno } from "../../abi/errno.ts";
import { OUT } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import type { Driver } from "../../drivers/contract/driver.ts";
import { attempt } from "../../errors/system-error.ts";
import { DatagramSocket } from "../../kernel/datagrams.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isSocket, type Socket } from "../../kernel/socket-kinds.ts";
import { FreshSocket, Listener, Stream } from "../../kernel/sockets.ts";
import type { Calls } from "../../waiting/way.ts";
import { OutputWait, untilBound, writability } from "../preview1/binding.ts";
import type { Io } from "../preview1/io.ts";
import { deadlineOf } from "../preview1/retries.ts";
import { AddressBuffer } from "./address.ts";
import { bindDatagrams, connectDatagrams, datagrams } from "./datagrams.ts";
import { lookup } from "./lookup.ts";
import { DATAGRAM, INET4, INET6, STREAM, UNIX } from "./numbers.ts";
import { readOption, writeOption } from "./options.ts";

/** Linux's somaxconn. */
const MAX_BACKLOG = 4096;

/** The names of the calls that may wait. */
export const WAITS: ReadonlySet<string> = new Set([
  "sock_accept",
  "sock_bind",
  "sock_connect",
  "sock_getaddrinfo",
  "sock_recv_from",
  "sock_send_to",
]);

/** `accept`: preview1's own. */
export function wasmedge(kernel: Kernel, io: Io, accept: Calls[string]): Calls {
  const { memory, descriptors, driver, grants, way } = kernel;
  const addresses = new AddressBuffer(memory);

  function socketAt(fd: number): Socket | number {
    memory.refresh();
    const descriptor = descriptors.get(fd >>> 0);
    if (descriptor === undefined) return -Errno.BADF;
    return isSocket(descriptor) ? descriptor : -Errno.NOTSOCK;
  }

  function tell(name: SocketAddress | undefined, address: number, second: number, third: number | undefined): number {
    if (name === undefined) return Errno.NOTCONN;
    return third === undefined
      ? addresses.writeTagged(name, address >>> 0, second >>> 0)
      : addresses.writePlain(name, address >>> 0, second >>> 0, third >>> 0);
  }

  /** With NONBLOCK, or after SO_SNDTIMEO, the connection goes on being made. */
  function inProgress(fd: number, socket: FreshSocket, stream: Stream): number {
    socket.connecting = undefined;
    descriptors.replace(fd, stream);
    return Errno.INPROGRESS;
  }

  /** The connection is established, or has failed. */
  function connected(fd: number, socket: FreshSocket, stream: Stream): number {
    const error = driver.takeError(stream.handle);
    socket.connecting = undefined;
    if (error === 0) descriptors.replace(fd, stream);
    // A bound socket keeps its name, and may be connected again.
    else if (socket.bound < 0) stream.close();
    return error;
  }

  return {
    ...datagrams(kernel, io, addresses),
    ...lookup(kernel),

    /**
     * The socket is blocking, as socket(2)'s are: fd_fdstat_set_flags makes it NONBLOCK. EPROTONOSUPPORT for datagrams
     * over Unix sockets.
     */
    sock_open(family: number, type: number, result: number): number {
      memory.refresh();
      if (family !== INET4 && family !== INET6 && family !== UNIX) return Errno.AFNOSUPPORT;
      if (type !== STREAM && type !== DATAGRAM) return Errno.INVAL;
      if (family === UNIX && type === DATAGRAM) return Errno.PROTONOSUPPORT;
      if (!memory.holds(result >>> 0, 4)) return Errno.FAULT;
      const ip = family === INET4 ? 4 : 6;
      const fd = descriptors.insert(
        type === STREAM
          ? new FreshSocket(driver, family === UNIX ? "unix" : ip)
          : new DatagramSocket(driver, descriptors, ip),
      );
      if (fd < 0) return -fd;
      memory.view.setUint32(result >>> 0, fd, true);
      return 0;
    },

    /** bind(2): chooses the port, and returns EADDRINUSE, EADDRNOTAVAIL or EACCES at once. */
    sock_bind(fd: number, address: number, port: number): number | Promise<number> {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if (socket instanceof DatagramSocket)
        return way.finish(bindDatagrams(kernel, fd >>> 0, socket, addresses.named(socket, address, port)));
      if (!(socket instanceof FreshSocket) || socket.bound >= 0) return Errno.INVAL;
      const name = addresses.named(socket, address, port);
      if (typeof name === "number") return -name;
      if (grants.bind.refuse("sock_bind", name)) return Errno.ACCES;
      const handle = withOptionsOf(
        socket,
        driver,
        attempt(() => driver.bound?.open(name) ?? -Errno.NOTSUP),
      );
      if (handle < 0) return -handle;
      socket.bound = handle;
      const bound = untilBound(kernel, fd >>> 0, socket, handle, (failed) => {
        if (failed === Errno.BADF) return failed; // closed meanwhile, with its handle
        const error = failed || driver.takeError(handle);
        if (error === 0) return 0;
        driver.close(handle);
        socket.bound = -1;
        return error;
      });
      return way.finish(bound);
    },

    sock_listen(fd: number, backlog: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if (socket instanceof Listener) return 0;
      if (socket instanceof DatagramSocket) return Errno.NOTSUP;
      if (!(socket instanceof FreshSocket)) return Errno.INVAL;
      if (socket.bound < 0) return Errno.DESTADDRREQ;
      const error = driver.bound!.listen(socket.bound, Math.min(backlog >>> 0, MAX_BACKLOG));
      if (error < 0) return -error;
      descriptors.replace(fd >>> 0, withFlagsOf(socket, new Listener(driver, socket.bound)));
      return 0;
    },

    sock_accept(fd: number, flags: number, result?: number): number | Promise<number> {
      return (result === undefined ? accept(fd, 0, flags) : accept(fd, flags, result)) as number | Promise<number>;
    },

    /**
     * With NONBLOCK, returns EINPROGRESS. The descriptor is writable when the connection is established or has failed,
     * and SO_ERROR says which. A Unix socket connects at once if the driver can (unix(7)). Without NONBLOCK it sleeps.
     * After a failed connection in progress, further calls are EINVAL.
     */
    sock_connect(fd: number, address: number, port: number): number | Promise<number> {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if (socket instanceof DatagramSocket)
        return way.finish(connectDatagrams(kernel, fd >>> 0, socket, addresses.named(socket, address, port)));
      if (!(socket instanceof FreshSocket)) return connectAgain(driver, socket);
      const name = addresses.named(socket, address, port);
      if (typeof name === "number") return -name;
      if (grants.connect.refuse("sock_connect", name)) return Errno.ACCES;
      if (socket.connecting !== undefined) return Errno.ALREADY;
      const handle =
        socket.bound < 0
          ? withOptionsOf(
              socket,
              driver,
              attempt(() => driver.connect(name)),
            )
          : connectBound(driver, socket.bound, name);
      if (handle < 0) return -handle;
      const stream = withFlagsOf(socket, new Stream(driver, handle, false));
      const atOnce = socket.family === "unix" && writability(driver, handle) !== 0;
      if (stream.nonblocking && !atOnce) return inProgress(fd >>> 0, socket, stream);
      if (atOnce || writability(driver, handle) !== 0) return connected(fd >>> 0, socket, stream);
      socket.connecting = stream;
      const wait = new OutputWait(kernel, fd >>> 0, socket, handle, deadlineOf(kernel, stream, OUT), (ready) => {
        if (ready === 0) return inProgress(fd >>> 0, socket, stream);
        return ready < 0 ? -ready : connected(fd >>> 0, socket, stream);
      });
      return way.finish<number>(wait);
    },

    sock_getlocaladdr(fd: number, address: number, second: number, third?: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      const handle = socket instanceof FreshSocket ? socket.bound : socket.handle;
      return tell(handle < 0 ? noName(socket) : driver.localAddress(handle), address, second, third);
    },

    sock_getpeeraddr(fd: number, address: number, second: number, third?: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      return tell(socket.handle < 0 ? undefined : driver.peerAddress(socket.handle), address, second, third);
    },

    /** `length`: a pointer to the value's size (WasmEdge), or the size itself (dispatchrun/net). */
    sock_getsockopt(fd: number, level: number, name: number, value: number, length: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      return readOption(kernel, socket, level, name, value >>> 0, length >>> 0);
    },

    sock_setsockopt(fd: number, level: number, name: number, value: number, length: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      return writeOption(kernel, socket, level, name, value >>> 0, length >>> 0);
    },
  };
}

/** The handle, or a negated errno. */
function connectBound(driver: Driver, handle: number, name: SocketAddress): number {
  const error = driver.bound!.connect(handle, name);
  return error < 0 ? error : handle;
}

function withFlagsOf<T extends Listener | Stream>(socket: FreshSocket, successor: T): T {
  successor.fdflags = socket.fdflags;
  successor.receiveTimeout = socket.receiveTimeout;
  successor.sendTimeout = socket.sendTimeout;
  return successor;
}

/** Applies the socket's earlier options to its new handle. `handle` and the result may be a negated errno. */
function withOptionsOf(socket: FreshSocket, driver: Driver, handle: number): number {
  const error = handle < 0 ? handle : socket.options.apply(driver, handle);
  if (error < 0 && handle >= 0) driver.close(handle);
  return error < 0 ? error : handle;
}

/** connect(2) on a connected or listening socket. */
function connectAgain(driver: Driver, socket: Listener | Stream): number {
  if (socket instanceof Listener || driver.peerAddress(socket.handle) !== undefined) return Errno.ISCONN;
  if (writability(driver, socket.handle) === 0) return Errno.ALREADY;
  return driver.takeError(socket.handle) || Errno.INVAL;
}

/** getsockname(2) of a socket without a name: any address, port 0; or no path. */
function noName(socket: Socket): SocketAddress {
  if ("family" in socket && socket.family === "unix") return { host: "", port: -1 };
  return { host: "family" in socket && socket.family === 6 ? "::" : "0.0.0.0", port: 0 };
}
