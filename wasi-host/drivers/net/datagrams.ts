/** A socket of node:dgram as the back wants it. */
import dgram from "node:dgram";
import { errnoOfCode } from "../../errno.ts";
import type { DatagramEvents, DatagramSocket } from "../buffered/network.ts";
import type { SocketAddress } from "../driver.ts";

export class NetDatagrams implements DatagramSocket {
  readonly #socket: dgram.Socket;
  readonly #events: DatagramEvents;

  constructor({ host, port }: SocketAddress, events: DatagramEvents) {
    const family = host.includes(":") ? 6 : 4;
    const socket = dgram.createSocket({
      type: family === 6 ? "udp6" : "udp4",
      // Addresses are no names: there is nothing to look up.
      lookup: (name, _options, found) => found(null, name, family),
    });
    this.#socket = socket;
    this.#events = events;
    const fail = (error: NodeJS.ErrnoException) => events.failed(errnoOfCode(error.code));
    socket.on("error", fail);
    socket.on("message", (bytes, from) => events.message(bytes, { host: from.address, port: from.port }));
    socket.once("listening", () => {
      const local = socket.address();
      events.opened({ host: local.address, port: local.port });
    });
    socket.once("close", () => events.closed());
    socket.bind({ address: host, port, exclusive: true });
  }

  connect({ host, port }: SocketAddress): void {
    try {
      this.#socket.disconnect();
    } catch {
      // It had no peer.
    }
    this.#socket.connect(port, host, () => this.#events.connected());
  }

  send(bytes: Uint8Array, to: SocketAddress | undefined): void {
    const done = (error: NodeJS.ErrnoException | null) => {
      if (error && to === undefined) this.#events.failed(errnoOfCode(error.code));
    };
    if (to === undefined) this.#socket.send(bytes, done);
    else this.#socket.send(bytes, to.port, to.host, done);
  }

  close(): void {
    this.#socket.close();
  }
}
