/**
 * A Worker's environment: sockets like workerd's, over streams in memory, connected to every listener of the guest. A
 * connection without a listener is refused.
 */

import { Errno } from "../../wasi-host/abi/errno.ts";
import { formatAddress } from "../../wasi-host/addresses/address.ts";
import type { SocketAddress } from "../../wasi-host/addresses/socket-address.ts";
import type { ListenerEvents } from "../../wasi-host/drivers/shared-region/network.ts";
import { WebNetwork } from "../../wasi-host/drivers/web/network.ts";
import type { WorkersConnect, WorkersSocket } from "../../wasi-host/drivers/web/workers-socket.ts";

/** Waiting bytes between the ends, in each direction. */
const ROOM = 65_536;

/** Bytes on their way from one end to the other. */
class Direction {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  #source!: ReadableStreamDefaultController<Uint8Array>;
  #ended = false;
  /** The reader has closed: further writes get a reset, as from the system. */
  #abandoned = false;
  #room = () => {};

  constructor() {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (source) => void (this.#source = source),
        pull: () => this.#room(),
        cancel: () => this.abandon(),
      },
      { highWaterMark: ROOM, size: (bytes) => bytes!.length },
    );
    this.writable = new WritableStream({
      write: (bytes) => this.#write(bytes),
      close: () => this.end(),
      abort: () => this.end(),
    });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#abandoned || this.#ended) throw new Error("the connection was reset");
    this.#source.enqueue(bytes);
    while ((this.#source.desiredSize ?? 1) <= 0 && !this.#abandoned) {
      await new Promise<void>((resolve) => (this.#room = resolve));
    }
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#abandoned) this.#source.close();
  }

  abandon(): void {
    this.#abandoned = true;
    this.#room();
  }
}

function socketOf(
  incoming: Direction,
  outgoing: Direction,
  localAddress: string,
  remoteAddress: string,
): WorkersSocket {
  let close = () => {};
  const closed = new Promise<void>((resolve) => (close = resolve));
  return {
    readable: incoming.readable,
    writable: outgoing.writable,
    opened: Promise.resolve({ localAddress, remoteAddress }),
    closed,
    close: () => {
      outgoing.end();
      incoming.abandon();
      close();
      return closed;
    },
  };
}

function refusedSocket(): WorkersSocket {
  const { readable, writable } = new Direction();
  const refused = Promise.reject(new Error("proxy request failed, cannot connect to the specified address"));
  refused.catch(() => {});
  return { readable, writable, opened: refused, closed: refused, close: () => Promise.resolve() };
}

export class StandInNetwork extends WebNetwork {
  static #lastPort = 40_000;
  /** The hosts of listeners, by port. */
  readonly #listening = new Map<number, string>();

  constructor() {
    super((address, options) => this.#dial(address, options));
  }

  /** Port 0 is any free port. */
  override listen(address: SocketAddress, backlog: number, events: ListenerEvents): { close(): void } {
    if (this.#listening.has(address.port)) {
      queueMicrotask(() => events.failed(Errno.ADDRINUSE));
      return { close: () => queueMicrotask(() => events.closed()) };
    }
    const port = address.port === 0 ? ++StandInNetwork.#lastPort : address.port;
    this.#listening.set(port, address.host);
    const listener = super.listen({ ...address, port }, backlog, events);
    return {
      close: () => {
        this.#listening.delete(port);
        listener.close();
      },
    };
  }

  #dial: WorkersConnect = ({ hostname, port }) => {
    if (!this.#listening.has(port)) return refusedSocket();
    const [outgoing, incoming] = [new Direction(), new Direction()];
    const server = formatAddress({ host: hostname, port });
    const client = formatAddress({ host: hostname, port: ++StandInNetwork.#lastPort });
    void this.accept(socketOf(outgoing, incoming, server, client));
    return socketOf(incoming, outgoing, client, server);
  };
}
