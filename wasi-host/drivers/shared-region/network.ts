/** What an I/O end asks of the place where it runs: sockets that call when something has happened to them. */
import type { SocketAddress } from "../../addresses/socket-address.ts";

export interface Network {
  /** Whether its sockets support options. */
  readonly keepsOptions: boolean;
  /** `events` are called after the call returns, as for all calls here. `from`: the local address. */
  connect(address: SocketAddress, events: StreamEvents, from?: SocketAddress): Connection;
  /** `address`: or an inherited listener, by the system's descriptor. */
  listen(address: SocketAddress | number, backlog: number, events: ListenerEvents): { close(): void };
  /** Undefined if there are no datagrams here. */
  datagrams?(address: SocketAddress, events: DatagramEvents): DatagramSocket;
  /** The process's standard input; undefined if it cannot be waited for. */
  standardInput?(events: StreamEvents): Connection;
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
  /** Stops `data` until `resume`. Data that was read already may still arrive. */
  pause(): void;
  resume(): void;
  /** Sets the options that are not as they are by default: a bit for each (`socket-options.ts`). */
  setOptions(changed: number): void;
  /** Ends the write side. */
  end(): void;
  /** Whether data was read that `data` has not delivered. */
  readonly unread: boolean;
  /** Closes it, both sides at once; what was written goes out still. */
  close(): void;
  /** Closes it by a reset. */
  reset(): void;
}

export interface StreamEvents {
  opened(names: Names): void;
  /** The caller must not change the bytes afterwards. */
  data(bytes: Uint8Array): void;
  /** The peer has ended its write side. */
  end(): void;
  written(): void;
  /** `errno`: WASI's. `closed` follows. */
  failed(errno: number): void;
  /** The last event. */
  closed(): void;
}

export interface ListenerEvents {
  listening(local: SocketAddress): void;
  /** Takes the connection and returns its events; undefined if no channel is free, which resets it. */
  connection(names: Names, connection: Connection): StreamEvents | undefined;
  failed(errno: number): void;
  closed(): void;
}

export interface DatagramSocket {
  /** Makes `to` the only peer. `connected` is called. */
  connect(to: SocketAddress): void;
  /** `to`: undefined for the peer. The bytes are free again after the call. */
  send(bytes: Uint8Array, to: SocketAddress | undefined): void;
  /** As a connection's. */
  setOptions(changed: number): void;
  close(): void;
}

export interface DatagramEvents {
  opened(local: SocketAddress): void;
  /** `errno`: why it has no peer; 0 where it has. */
  connected(errno: number): void;
  message(bytes: Uint8Array, from: SocketAddress): void;
  /** Of a send, or of a peer that is not there: it can be used further. Before `opened`: it cannot. */
  failed(errno: number): void;
  closed(): void;
}
