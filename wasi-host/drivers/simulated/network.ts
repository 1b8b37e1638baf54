/** Names: who listens where, and what a client's own address is. */
import { Errno } from "../../errno.ts";
import { SystemError } from "../../system-error.ts";
import type { SocketAddress } from "../driver.ts";
import { checkAddress } from "../endpoints/address-check.ts";
import type { Endpoint } from "../endpoints/endpoint.ts";
import { Scheduled } from "./clock.ts";
import { DatagramSocket } from "./datagram-socket.ts";
import { type Listener, Refusal, TcpListener, UnixListener } from "./listener.ts";
import { TcpStream } from "./tcp-stream.ts";
import type { Wire } from "./wire.ts";

/** Linux's ip_local_port_range. */
const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;
const PORTS = LAST_PORT - FIRST_PORT + 1;

/** Where a connection to any address goes. */
const ANY: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

export class Network {
  readonly #wire: Wire;
  readonly #listeners = new Map<string, Listener>();
  readonly #ended = (listener: Listener) => {
    if (this.#listeners.get(nameOf(listener.local)) === listener) this.#listeners.delete(nameOf(listener.local));
  };
  readonly #datagrams = new Map<string, DatagramSocket>();
  readonly #findDatagrams = ({ host, port }: SocketAddress) => at(this.#datagrams, { host: ANY[host] ?? host, port });
  #listened = 0;
  #connected = 0;
  #source = "127.0.0.1";

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  listen(wanted: SocketAddress, backlog: number): Listener {
    checkAddress(wanted);
    const address = wanted.port === 0 ? this.#withFreePort(wanted.host) : { host: wanted.host, port: wanted.port };
    const name = nameOf(address);
    if (this.#listeners.has(name)) throw new SystemError(Errno.ADDRINUSE, "bind", name);
    const Kind = address.port === -1 ? UnixListener : TcpListener;
    const listener = new Kind(this.#wire, address, backlog, this.#ended);
    this.#listeners.set(name, listener);
    return listener;
  }

  datagrams(wanted: SocketAddress): DatagramSocket {
    checkAddress(wanted);
    const taken = this.#datagrams;
    const address = wanted.port === 0 ? this.#withFreePort(wanted.host, taken) : { ...wanted };
    const name = nameOf(address);
    if (taken.has(name)) throw new SystemError(Errno.ADDRINUSE, "bind", name);
    const socket = new DatagramSocket(this.#wire, address, this.#findDatagrams, () => taken.delete(name));
    taken.set(name, socket);
    return socket;
  }

  #withFreePort(host: string, taken: ReadonlyMap<string, unknown> = this.#listeners): SocketAddress {
    for (let tries = 0; tries < PORTS; tries++) {
      const address = { host, port: LAST_PORT - (this.#listened++ % PORTS) };
      if (!taken.has(nameOf(address))) return address;
    }
    throw new SystemError(Errno.ADDRINUSE, "bind", `${host}:0`);
  }

  connect(wanted: SocketAddress): Endpoint {
    checkAddress(wanted);
    if (wanted.port === -1) return this.#connectUnix(wanted.host);
    const to = ANY[wanted.host] === undefined ? wanted : { host: ANY[wanted.host], port: wanted.port };
    const client = new TcpStream(this.#wire, this.#clientAddress(to.host), to);
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
   * are used up, so that no two of a million connections have the same four numbers.
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

  /** Who listens at this address, or at all addresses of the family; :: hears IPv4 too. */
  find(address: SocketAddress): TcpListener | undefined {
    return at(this.#listeners, address) as TcpListener | undefined;
  }
}

function at<T>(names: ReadonlyMap<string, T>, { host, port }: SocketAddress): T | undefined {
  const exact = names.get(nameOf({ host, port }));
  if (exact !== undefined) return exact;
  const any = host.includes(":") ? undefined : names.get(`0.0.0.0:${port}`);
  return any ?? names.get(nameOf({ host: "::", port }));
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
