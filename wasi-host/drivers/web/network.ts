/** Sockets of a Worker, for the I/O end: connections come in by the `connect` handler, and go out by cloudflare:sockets. */

import { Errno } from "../../abi/errno.ts";
import { parseAddress } from "../../addresses/address.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import type { Connection, ListenerEvents, Network, StreamEvents } from "../shared-region/network.ts";
import { WebConnection } from "./connection.ts";
import type { WorkersConnect, WorkersSocket } from "./workers-socket.ts";

interface Listener {
  readonly local: SocketAddress;
  readonly events: ListenerEvents;
}

/** The port of a path address: there are no Unix sockets here. */
const UNIX = -1;
const UNKNOWN: SocketAddress = { host: "0.0.0.0", port: 0 };

export class WebNetwork implements Network {
  /** Workers' sockets have no options. */
  readonly keepsOptions = false;
  readonly #connect: WorkersConnect | undefined;
  readonly #listeners = new Set<Listener>();

  constructor(connect: WorkersConnect | undefined) {
    this.#connect = connect;
  }

  /**
   * Passes an incoming connection to the listener on its port, or to the first listener. Resolves at its end. A
   * connection without a listener is closed.
   */
  async accept(socket: WorkersSocket): Promise<void> {
    const connection = new WebConnection(socket);
    const { localAddress, remoteAddress } = await socket.opened;
    const names = { local: addressOf(localAddress), remote: addressOf(remoteAddress) };
    const listeners = [...this.#listeners];
    const listener = listeners.find(({ local }) => local.port === names.local.port) ?? listeners[0];
    const events = listener?.events.connection(names, connection);
    if (events === undefined) connection.reset();
    else {
      connection.report(events);
      connection.begin();
    }
    await connection.over;
  }

  /** Opens nothing: the Worker's configuration says where connections come from. */
  listen(address: SocketAddress | number, _backlog: number, events: ListenerEvents): { close(): void } {
    if (typeof address === "number" || address.port === UNIX) {
      queueMicrotask(() => events.failed(Errno.NOTSUP));
      return { close: () => queueMicrotask(() => events.closed()) };
    }
    const listener = { local: address, events };
    queueMicrotask(() => {
      this.#listeners.add(listener);
      events.listening(address);
    });
    return {
      close: () => {
        this.#listeners.delete(listener);
        queueMicrotask(() => events.closed());
      },
    };
  }

  /** The runtime chooses the source address. */
  connect(address: SocketAddress, events: StreamEvents, from?: SocketAddress): Connection {
    if (address.port === UNIX || (from !== undefined && !isAny(from))) return failing(events, Errno.NOTSUP);
    if (this.#connect === undefined) return failing(events, Errno.NETUNREACH);
    const { host: hostname, port } = address;
    const socket = this.#connect({ hostname, port }, { allowHalfOpen: true, secureTransport: "off" });
    const connection = new WebConnection(socket);
    connection.report(events);
    socket.opened.then(
      ({ localAddress, remoteAddress }) => {
        events.opened({ local: addressOf(localAddress), remote: addressOf(remoteAddress, address) });
        connection.begin();
      },
      () => connection.refuse(Errno.CONNREFUSED),
    );
    return connection;
  }
}

/** `otherwise` replaces an address that the runtime does not tell. */
function addressOf(text: string | undefined, otherwise = UNKNOWN): SocketAddress {
  try {
    return text === undefined ? otherwise : parseAddress(text);
  } catch {
    return otherwise; // a name: between Workers there are no addresses
  }
}

/** Any address and any port: no choice. */
function isAny({ host, port }: SocketAddress): boolean {
  return port === 0 && (host === "0.0.0.0" || host === "::");
}

/** An address that never exists. */
function failing(events: StreamEvents, errno: number): Connection {
  const none = () => {};
  queueMicrotask(() => {
    events.failed(errno);
    events.closed();
  });
  return {
    unread: false,
    write: () => false,
    setOptions: none,
    pause: none,
    resume: none,
    end: none,
    close: none,
    reset: none,
  };
}
