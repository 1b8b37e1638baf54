/** A socket of node:dgram, for the I/O end. */
import dgram from "node:dgram";
import { errnoOfCode } from "../../abi/errno.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { BROADCAST } from "../contract/socket-options.ts";
import type { DatagramEvents, DatagramSocket } from "../shared-region/network.ts";

export class NetDatagrams implements DatagramSocket {
  readonly #socket: dgram.Socket;
  readonly #events: DatagramEvents;

  constructor({ host, port, ipv6Only }: SocketAddress, events: DatagramEvents) {
    const family = host.includes(":") ? 6 : 4;
    const socket = dgram.createSocket({
      type: family === 6 ? "udp6" : "udp4",
      ipv6Only,
      // Addresses need no lookup.
      lookup: (name, _options, found) => found(null, name, family),
    });
    this.#socket = socket;
    this.#events = events;
    socket.on("error", (error: NodeJS.ErrnoException) => this.#fail(error));
    socket.on("message", (bytes, from) => events.message(bytes, { host: from.address, port: from.port }));
    socket.once("listening", () => {
      const local = socket.address();
      events.opened({ host: local.address, port: local.port });
    });
    socket.once("close", () => events.closed());
    socket.bind({ address: host, port, exclusive: true });
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#events.failed(errnoOfCode(error.code));
  }

  connect({ host, port }: SocketAddress): void {
    try {
      this.#socket.disconnect();
    } catch {
      // It had no peer.
    }
    // Its declaration lacks the error that Node passes too.
    this.#socket.connect(port, host, (error?: NodeJS.ErrnoException | null) => {
      this.#events.connected(error ? errnoOfCode(error.code) : 0);
    });
  }

  send(bytes: Uint8Array, to: SocketAddress | undefined): void {
    // A socket without a peer gets only local errors: network errors of its datagrams are not reported to it.
    const done = (error: NodeJS.ErrnoException | null) => {
      if (error) this.#fail(error);
    };
    if (to === undefined) this.#socket.send(bytes, done);
    else this.#socket.send(bytes, to.port, to.host, done);
  }

  setOptions(changed: number): void {
    this.#socket.setBroadcast((changed & (1 << BROADCAST)) !== 0);
  }

  close(): void {
    this.#socket.close();
  }
}
