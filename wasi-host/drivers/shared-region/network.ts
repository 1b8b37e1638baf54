/** The I/O end's view of its platform: sockets that call back. */
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
   * Writes the bytes, which must not change until it is done: returns true if that is at once, else calls `written`.
   * One write at a time.
   */
  write(bytes: Uint8Array): boolean;
  /** Stops `data` until `resume`. Data that was read already may still arrive. */
  pause(): void;
  resume(): void;
  /** Sets the options without their default value: a bit for each (`socket-options.ts`). */
  setOptions(changed: number): void;
  /** Ends the write side. */
  end(): void;
  /** Whether data was read but not passed to `data`. */
  readonly unread: boolean;
  /** Closes both sides at once; written bytes are still sent. */
  close(): void;
  /** Closes it with a reset. */
  reset(): void;
}

export interface StreamEvents {
  opened(names: Names): void;
  /** The bytes are the caller's again afterwards. */
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
  /** `to`: undefined for the peer. The bytes can be reused after the call. */
  send(bytes: Uint8Array, to: SocketAddress | undefined): void;
  /** Like a connection's. */
  setOptions(changed: number): void;
  close(): void;
}

export interface DatagramEvents {
  opened(local: SocketAddress): void;
  /** `errno`: the reason why it has no peer; 0 if it has one. */
  connected(errno: number): void;
  message(bytes: Uint8Array, from: SocketAddress): void;
  /**
   * The error of a send, or of a missing peer: the socket can still be used. Before `opened`: the socket cannot be
   * used.
   */
  failed(errno: number): void;
  closed(): void;
}
