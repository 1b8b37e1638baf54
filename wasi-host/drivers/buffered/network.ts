/** What a back asks of the place where it runs: sockets that call when something has happened to them. */
import type { SocketAddress } from "../driver.ts";

export interface Network {
  /** `events` is called later, never within the call; so it is with all of these. */
  connect(address: SocketAddress, events: StreamEvents): Connection;
  /** `address`: or an inherited listener, by the system's descriptor. */
  listen(address: SocketAddress | number, backlog: number, events: ListenerEvents): { close(): void };
  datagrams(address: SocketAddress, events: DatagramEvents): DatagramSocket;
  /** The process's standard input, if it can be waited for. */
  standardInput(events: StreamEvents): Connection;
}

export interface Names {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

export interface Connection {
  /**
   * Writes the bytes, which stay where they are until it is done: true where that is at once, else `written` is called. One
   * write at a time.
   */
  write(bytes: Uint8Array): boolean;
  /** No more `data` until `resume`; what had been read already may come all the same. */
  pause(): void;
  resume(): void;
  /** Ends the write side. */
  end(): void;
  /** Is there something that was read, and not given by `data`? */
  readonly unread: boolean;
  /** Closes it, both sides at once; what was written goes out still. */
  close(): void;
  /** Closes it by a reset. */
  reset(): void;
}

export interface StreamEvents {
  opened(names: Names): void;
  /** The bytes are the caller's no more. */
  data(bytes: Uint8Array): void;
  /** The peer sends no more. */
  end(): void;
  written(): void;
  /** `errno`: WASI's. `closed` follows. */
  failed(errno: number): void;
  /** The last event. */
  closed(): void;
}

export interface ListenerEvents {
  listening(local: SocketAddress): void;
  /** Takes the connection by giving what shall be told of it; undefined: nobody can, and it is reset. */
  connection(names: Names, connection: Connection): StreamEvents | undefined;
  failed(errno: number): void;
  closed(): void;
}

export interface DatagramSocket {
  /** Makes `to` the only peer. `connected` is called. */
  connect(to: SocketAddress): void;
  /** `to`: undefined for the peer. The bytes are free again after the call. */
  send(bytes: Uint8Array, to: SocketAddress | undefined): void;
  close(): void;
}

export interface DatagramEvents {
  opened(local: SocketAddress): void;
  connected(): void;
  message(bytes: Uint8Array, from: SocketAddress): void;
  /** Of a send, or of a peer that is not there: it can be used further. Before `opened`: it cannot. */
  failed(errno: number): void;
  closed(): void;
}
