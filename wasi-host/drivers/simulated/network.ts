/** Addresses: the listeners, and the clients' own addresses. */
import { Errno } from "../../abi/errno.ts";
import { ipBytes, isLinkLocal, zoneOf } from "../../addresses/ip-address.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { subjectOf } from "../../addresses/zones.ts";
import { SystemError } from "../../errors/system-error.ts";
import type { Endpoint } from "../endpoints/endpoint.ts";
import { BoundTcpStream, type Names, SimulatedBoundSocket } from "./bound-socket.ts";
import { Scheduled } from "./clock.ts";
import { DatagramSocket } from "./datagram-socket.ts";
import { type Listener, Refusal, TcpListener, UnixListener } from "./listener.ts";
import { TcpStream } from "./tcp-stream.ts";
import type { Wire } from "./wire.ts";

/** Linux's ip_local_port_range. */
const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;
const PORTS = LAST_PORT - FIRST_PORT + 1;

/** The destination of a connection to any address. */
const ANY: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

export class Network implements Names {
  readonly #wire: Wire;
  readonly #listeners = new Map<string, Listener>();
  readonly #ended = (listener: Listener) => {
    if (this.#listeners.get(nameOf(listener.local)) === listener) this.#listeners.delete(nameOf(listener.local));
  };
  /** The number of bound sockets that do not listen, by name. All have SO_REUSEADDR, so several may share a name. */
  readonly #bound = new Map<string, number>();
  /** Connections from bound names. A second one with the same two addresses is refused. */
  readonly #connections = new Set<string>();
  readonly #datagrams = new Map<string, DatagramSocket>();
  readonly #findDatagrams = ({ host, port }: SocketAddress) => at(this.#datagrams, { host: ANY[host] ?? host, port });
  #listened = 0;
  #connected = 0;
  #source = "127.0.0.1";

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  listen(wanted: SocketAddress, backlog: number): Listener {
    return this.#listenAt(this.#nameFor(wanted), backlog);
  }

  bind(wanted: SocketAddress): Endpoint {
    const address = this.#nameFor(wanted);
    const name = nameOf(address);
    const owners = this.#bound.get(name) ?? 0;
    // A file has one name, which is not an address that can be reused.
    if (address.port === -1 && owners > 0) throw new SystemError(Errno.ADDRINUSE, "bind", name);
    this.#bound.set(name, owners + 1);
    return new SimulatedBoundSocket(this, address);
  }

  /** The name for bind(2). Throws EADDRINUSE if a socket listens there. */
  #nameFor(wanted: SocketAddress): SocketAddress {
    checkZone(wanted, "bind");
    const address = wanted.port === 0 ? this.#withFreePort(wanted) : { ...wanted };
    if (this.#isTaken(address)) throw new SystemError(Errno.ADDRINUSE, "bind", nameOf(address));
    return address;
  }

  /** Whether a listener's address includes this one, or is included in it. */
  #isTaken(wanted: SocketAddress): boolean {
    const { host, port } = wanted;
    if (port === -1) return this.#listeners.has(host);
    if (ANY[host] === undefined) return this.find({ host, port }) !== undefined;
    for (const { local } of this.#listeners.values()) {
      if (local.port !== port) continue;
      if (isDual(wanted) || isDual(local) || local.host.includes(":") === host.includes(":")) return true;
    }
    return false;
  }

  #listenAt(address: SocketAddress, backlog: number): Listener {
    const Kind = address.port === -1 ? UnixListener : TcpListener;
    const listener = new Kind(this.#wire, address, backlog, this.#ended);
    this.#listeners.set(nameOf(address), listener);
    return listener;
  }

  listenAt(local: SocketAddress, backlog: number): Endpoint | number {
    return this.#isTaken(local) ? -Errno.ADDRINUSE : this.#listenAt(local, backlog);
  }

  connectFrom(bound: SocketAddress, wanted: SocketAddress): Endpoint | number {
    if (bound.port === -1 || wanted.port === -1) return this.#connectUnixFrom(bound, wanted);
    const to = { host: ANY[wanted.host] ?? wanted.host, port: wanted.port };
    if (lacksZone(to)) return -Errno.INVAL;
    if (bound.host.includes(":") !== to.host.includes(":")) return -Errno.AFNOSUPPORT;
    const { host } = ANY[bound.host] === undefined ? bound : this.#clientAddress(to.host);
    const local = { host, port: bound.port };
    const connection = `${nameOf(local)} ${nameOf(to)}`;
    if (this.#connections.has(connection)) return -Errno.ADDRNOTAVAIL;
    this.#connections.add(connection);
    return this.#knock(new BoundTcpStream(this, this.#wire, bound, local, to));
  }

  #connectUnixFrom(bound: SocketAddress, wanted: SocketAddress): Endpoint | number {
    if (bound.port !== wanted.port) return -Errno.AFNOSUPPORT;
    const listener = this.#listeners.get(wanted.host);
    const client = listener instanceof UnixListener ? listener.connect(bound) : -Errno.NOENT;
    if (typeof client !== "number") this.release(bound);
    return client;
  }

  release(local: SocketAddress): void {
    const name = nameOf(local);
    const owners = this.#bound.get(name) ?? 0;
    if (owners > 1) this.#bound.set(name, owners - 1);
    else this.#bound.delete(name);
  }

  disconnected(local: SocketAddress, remote: SocketAddress): void {
    this.#connections.delete(`${nameOf(local)} ${nameOf(remote)}`);
  }

  datagrams(wanted: SocketAddress): DatagramSocket {
    checkZone(wanted, "bind");
    const taken = this.#datagrams;
    const address = wanted.port === 0 ? this.#withFreePort(wanted, taken) : { ...wanted };
    const name = nameOf(address);
    if (taken.has(name)) throw new SystemError(Errno.ADDRINUSE, "bind", name);
    const socket = new DatagramSocket(this.#wire, address, this.#findDatagrams, () => taken.delete(name));
    taken.set(name, socket);
    return socket;
  }

  #withFreePort(wanted: SocketAddress, taken: ReadonlyMap<string, unknown> = this.#listeners): SocketAddress {
    for (let tries = 0; tries < PORTS; tries++) {
      const address = { ...wanted, port: LAST_PORT - (this.#listened++ % PORTS) };
      if (!taken.has(nameOf(address)) && !this.#bound.has(nameOf(address))) return address;
    }
    throw new SystemError(Errno.ADDRINUSE, "bind", `${wanted.host}:0`);
  }

  connect(wanted: SocketAddress): Endpoint {
    checkZone(wanted, "connect");
    if (wanted.port === -1) return this.#connectUnix(wanted.host);
    const to = ANY[wanted.host] === undefined ? wanted : { host: ANY[wanted.host], port: wanted.port };
    return this.#knock(new TcpStream(this.#wire, this.#clientAddress(to.host), to));
  }

  #knock(client: TcpStream): Endpoint {
    client.lastArrival = this.#wire.carry(new Knock(this, client), 0);
    return client;
  }

  #connectUnix(path: string): Endpoint {
    const listener = this.#listeners.get(path);
    if (!(listener instanceof UnixListener)) throw new SystemError(Errno.NOENT, "connect", path);
    const client = listener.connect();
    if (typeof client === "number") throw new SystemError(-client, "connect", path);
    return client;
  }

  /**
   * Any address is this machine's. On the loopback network the source is 127.0.0.1, and the next address when its ports
   * are used up, so that a million connections have different addresses.
   */
  #clientAddress(host: string): SocketAddress {
    const used = this.#connected++;
    const port = FIRST_PORT + (used % PORTS);
    if (!host.startsWith("127.")) return { host, port };
    if (port === FIRST_PORT) {
      const number = Math.floor(used / PORTS) + 1;
      this.#source = `127.0.${(number >> 8) & 255}.${number & 255}`;
    }
    return { host: this.#source, port };
  }

  refuse(client: TcpStream): void {
    this.#wire.carry(new Refusal(client), 0);
  }

  /** The listener of this address, or of all addresses of the family; :: also accepts IPv4, unless it is IPv6 only. */
  find(address: SocketAddress): TcpListener | undefined {
    return at(this.#listeners, address) as TcpListener | undefined;
  }
}

function at<T extends Named>(names: ReadonlyMap<string, T>, { host, port }: SocketAddress): T | undefined {
  const exact = names.get(nameOf({ host, port }));
  if (exact !== undefined) return exact;
  const all = names.get(nameOf({ host: "::", port }));
  if (host.includes(":")) return all;
  return names.get(`0.0.0.0:${port}`) ?? (all?.localAddress().ipv6Only === true ? undefined : all);
}

interface Named {
  localAddress(): SocketAddress;
}

/** Whether it accepts peers of both families. */
function isDual({ host, ipv6Only }: SocketAddress): boolean {
  return host === "::" && ipv6Only !== true;
}

/** As the kernel does, it refuses a link-local address without its interface. */
function checkZone(address: SocketAddress, syscall: string): void {
  if (lacksZone(address)) throw new SystemError(Errno.INVAL, syscall, subjectOf(address));
}

function lacksZone({ host, port }: SocketAddress): boolean {
  return port !== -1 && host.includes(":") && zoneOf(host) === "" && isLinkLocal(ipBytes(host));
}

/** A SYN on its way. */
class Knock extends Scheduled {
  readonly #network: Network;
  readonly #client: TcpStream;

  constructor(network: Network, client: TcpStream) {
    super();
    this.#network = network;
    this.#client = client;
  }

  happen(): void {
    const listener = this.#network.find(this.#client.wanted);
    if (listener === undefined) this.#network.refuse(this.#client);
    else listener.knock(this.#client);
  }
}

function nameOf({ host, port }: SocketAddress): string {
  if (port === -1) return host;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
