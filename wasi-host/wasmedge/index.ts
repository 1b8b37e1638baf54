/**
 * WasmEdge's socket extension: calls beside preview1's, in its import module, by which a guest opens sockets by itself.
 *
 * Sources: WasmEdge, lib/host/wasi/wasifunc.cpp and thirdparty/wasi/api.hpp; for what programs call, second-state/
 * wasmedge_wasi_socket, src/socket.rs (Rust), and dispatchrun/net, wasip1/syscall_wasmedge_wasip1.go (Go).
 *
 * The extension has two versions under the same names, which differ in the number of their parameters. A JavaScript
 * function that a module has imported gets as many arguments as the import's type has parameters (WebAssembly JavaScript
 * Interface, "create a host function"), so an argument that is undefined is a parameter that is not there:
 *
 *   sock_accept         version 1: (fd, *fd)                  version 2 and preview1: (fd, flags, *fd)
 *   sock_get*addr       version 1: (fd, *address, *family, *port)         version 2: (fd, *address, *port)
 *
 *   sock_recv_from      version 1: (..., flags, *size, *flags)            version 2: (..., flags, *port, *size, *flags)
 *
 * Only what was granted can be reached: EACCES for the rest. Datagrams are in `datagrams.ts`, names in
 * `lookup.ts`. There are no Unix sockets, and no broadcasts.
 */
import { DatagramSocket } from "../datagrams.ts";
import type { Driver, SocketAddress } from "../drivers/driver.ts";
import { pollfds, revents, setPollfd } from "../drivers/pollfd.ts";
import { Errno } from "../errno.ts";
import type { Imports } from "../imports.ts";
import { sleep } from "../preview1/sleeping.ts";
import { OUT } from "../readiness.ts";
import { SLEEPS } from "../sleep/sleep.ts";
import { isSocket, type Socket } from "../socket-kinds.ts";
import { FreshSocket, Listener, Stream } from "../sockets.ts";
import type { HostState } from "../state.ts";
import { attempt } from "../system-error.ts";
import { AddressBuffer } from "./address.ts";
import { bindDatagrams, connectDatagrams, datagrams } from "./datagrams.ts";
import { lookup } from "./lookup.ts";
import { DATAGRAM, INET4, INET6, STREAM } from "./numbers.ts";
import { readOption, writeOption } from "./options.ts";

/** Linux's somaxconn. */
const MOST_BACKLOG = 4096;

/** `accept`: preview1's own. */
export function wasmedge(host: HostState, accept: Imports[string]): Imports {
  const { memory, descriptors, driver, grants } = host;
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

  return {
    ...datagrams(host, addresses),
    ...lookup(host),

    /** A socket that is blocking, as socket(2)'s are: fd_fdstat_set_flags makes it NONBLOCK. */
    sock_open(family: number, type: number, result: number): number {
      memory.refresh();
      if (family !== INET4 && family !== INET6) return Errno.AFNOSUPPORT;
      if (type !== STREAM && type !== DATAGRAM) return Errno.INVAL;
      if (!memory.holds(result >>> 0, 4)) return Errno.FAULT;
      const ip = family === INET4 ? 4 : 6;
      const fd = descriptors.insert(
        type === STREAM ? new FreshSocket(ip) : new DatagramSocket(driver, descriptors, ip),
      );
      if (fd < 0) return -fd;
      memory.view.setUint32(result >>> 0, fd, true);
      return 0;
    },

    /** Remembers a stream's address; that it is in use (EADDRINUSE) is found out by sock_listen. */
    sock_bind(fd: number, address: number, port: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if (socket instanceof DatagramSocket) return bindDatagrams(host, socket, addresses.named(socket, address, port));
      if (!(socket instanceof FreshSocket) || socket.bound !== undefined) return Errno.INVAL;
      const name = addresses.named(socket, address, port);
      if (typeof name === "number") return -name;
      if (grants.bind.refuse("sock_bind", name)) return Errno.ACCES;
      socket.bound = name;
      return 0;
    },

    sock_listen(fd: number, backlog: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if (socket instanceof Listener) return 0;
      if (socket instanceof DatagramSocket) return Errno.NOTSUP;
      if (!(socket instanceof FreshSocket)) return Errno.INVAL;
      if (socket.bound === undefined) return Errno.DESTADDRREQ;
      const handle = attempt(() => driver.listen(socket.bound!, Math.min(backlog >>> 0, MOST_BACKLOG)));
      if (handle < 0) return -handle;
      descriptors.replace(fd >>> 0, withFlagsOf(socket, new Listener(driver, handle)));
      return 0;
    },

    sock_accept(fd: number, flags: number, result?: number): number {
      return (result === undefined ? accept(fd, 0, flags) : accept(fd, flags, result)) as number;
    },

    /**
     * NONBLOCK: EINPROGRESS, and the descriptor is writable when the connection is made or has failed, which SO_ERROR
     * tells. Else it sleeps until then. A connection that failed in progress is that descriptor's last (EINVAL).
     */
    sock_connect(fd: number, address: number, port: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      if (socket instanceof DatagramSocket)
        return connectDatagrams(host, socket, addresses.named(socket, address, port));
      if (!(socket instanceof FreshSocket)) return connectAgain(driver, socket);
      const name = addresses.named(socket, address, port);
      if (typeof name === "number") return -name;
      if (grants.connect.refuse("sock_connect", name)) return Errno.ACCES;
      if (socket.bound !== undefined) return Errno.NOTSUP; // a driver binds listeners only
      if (socket.connecting === undefined) {
        const handle = attempt(() => driver.connect(name));
        if (handle < 0) return -handle;
        socket.connecting = withFlagsOf(socket, new Stream(driver, handle, false));
      }
      const stream = socket.connecting;
      if (!stream.nonblocking) {
        while (readiness(driver, stream.handle) === 0) if (!sleep(host, stream, OUT, 0)) return SLEEPS;
        const error = driver.takeError(stream.handle);
        socket.connecting = undefined;
        if (error !== 0) {
          stream.close();
          return error;
        }
      }
      descriptors.replace(fd >>> 0, stream);
      return stream.nonblocking ? Errno.INPROGRESS : 0;
    },

    sock_getlocaladdr(fd: number, address: number, second: number, third?: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      const name = socket.handle < 0 ? nameOf(socket) : driver.localAddress(socket.handle);
      return tell(name, address, second, third);
    },

    sock_getpeeraddr(fd: number, address: number, second: number, third?: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      return tell(socket.handle < 0 ? undefined : driver.peerAddress(socket.handle), address, second, third);
    },

    /** `length`: a pointer to the value's size (WasmEdge), or the size itself, which is 4 (dispatchrun/net). */
    sock_getsockopt(fd: number, level: number, name: number, value: number, length: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      return readOption(host, socket, level, name, value >>> 0, length >>> 0);
    },

    sock_setsockopt(fd: number, level: number, name: number, value: number, length: number): number {
      const socket = socketAt(fd);
      if (typeof socket === "number") return -socket;
      return writeOption(host, level, name, value >>> 0, length >>> 0);
    },
  };
}

function withFlagsOf<T extends Listener | Stream>(socket: FreshSocket, successor: T): T {
  successor.fdflags = socket.fdflags;
  return successor;
}

/** connect(2) on what has been connected, or listens. */
function connectAgain(driver: Driver, socket: Listener | Stream): number {
  if (socket instanceof Listener || driver.peerAddress(socket.handle) !== undefined) return Errno.ISCONN;
  if (readiness(driver, socket.handle) === 0) return Errno.ALREADY;
  return driver.takeError(socket.handle) || Errno.INVAL;
}

/** getsockname(2) of a socket that has no name yet: any address, port 0. */
function nameOf(socket: Socket): SocketAddress {
  if (socket instanceof FreshSocket && socket.bound !== undefined) return socket.bound;
  return { host: "family" in socket && socket.family === 6 ? "::" : "0.0.0.0", port: 0 };
}

const one = pollfds(1);

function readiness(driver: Driver, handle: number): number {
  setPollfd(one, 0, handle, OUT);
  driver.poll(one, 1, 0);
  return revents(one, 0);
}
