/** A stream of Node, for the I/O end. */
import net from "node:net";
import { errnoOfCode } from "../../abi/errno.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { KEEP_ALIVE, NO_DELAY } from "../contract/socket-options.ts";
import type { Connection, Names, StreamEvents } from "../shared-region/network.ts";

const NOTHING = new Uint8Array(0);
/**
 * Where all sockets read to: each takes its bytes at once. Otherwise Node allocates 64 KiB for each read. Deno and Bun do not have
 * this option.
 */
const received =
  process.versions.deno === undefined && process.versions.bun === undefined ? Buffer.alloc(65_536) : undefined;
/** The number of probes after a write, one in each turn of the loop: enough for answers from the same machine. */
const PROBING_TURNS = 4;
/** Increasing delays in milliseconds after these. */
const FIRST_PROBE = 5;
const LAST_PROBE = 10_000;

/** The connection of a socket: its listeners are functions for all sockets, because an idle one must be small. */
const OWNER = Symbol("connection");

interface OwnedSocket extends net.Socket {
  [OWNER]: NetConnection;
}

function onData(this: OwnedSocket, bytes: Uint8Array): void {
  this[OWNER].events!.data(bytes);
}

/** Node calls it as the socket's method. */
function onRead(this: unknown, count: number, buffer: Uint8Array): boolean {
  (this as OwnedSocket)[OWNER].events!.data(buffer.subarray(0, count));
  return true;
}

/** The option of each socket that this thread makes. */
export const ON_READ: net.OnReadOpts | undefined = received && { buffer: received, callback: onRead };

function onEnd(this: OwnedSocket): void {
  this[OWNER].events!.end();
}

function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[OWNER].events!.failed(errnoOfCode(error.code));
}

function onClose(this: OwnedSocket): void {
  this[OWNER].closed();
}

/** The writes of a connection: an idle one has none. */
class Writes {
  readonly #connection: NetConnection;
  readonly #socket: net.Socket;
  /** The numbers of started and finished writes, and of the awaited one. */
  #begun = 0;
  #done = 0;
  #awaited = 0;
  /** The number of turns in which the peer is still probed. */
  #turns = 0;
  #probe: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: NetConnection, socket: net.Socket) {
    this.#connection = connection;
    this.#socket = socket;
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    // The peer has ended its write side.
    if (socket.readableEnded) this.#probeSoon();
    this.#write(bytes);
    if (socket.writableLength === 0) return true;
    this.#awaited = this.#begun;
    return false;
  }

  #write(bytes: Uint8Array): void {
    this.#begun++;
    this.#socket.write(bytes, this.#written);
  }

  readonly #written = (error?: Error | null): void => {
    this.#done++;
    if (error || this.#awaited !== this.#done) return;
    this.#awaited = 0;
    this.#connection.events?.written();
  };

  /**
   * Node does not read a socket after its end, so it would not notice a reset that answers a write. A write of no bytes
   * reports it: tcp_sendmsg checks for an error before it looks for bytes.
   */
  #probeSoon(): void {
    const begins = this.#turns === 0;
    this.#turns = PROBING_TURNS;
    if (begins) setImmediate(() => this.#turn());
  }

  #turn(): void {
    if (!this.#ask()) this.#turns = 0;
    else if (--this.#turns > 0) setImmediate(() => this.#turn());
    else this.#askLater(FIRST_PROBE);
  }

  #askLater(milliseconds: number): void {
    this.stop();
    if (milliseconds > LAST_PROBE) return;
    this.#probe = setTimeout(() => {
      if (this.#ask()) this.#askLater(milliseconds * 4);
    }, milliseconds);
    this.#probe.unref();
  }

  /** Returns false if the peer is gone. */
  #ask(): boolean {
    if (!this.#socket.writable) return false;
    // A write under way finds out by itself.
    if (this.#awaited === 0) this.#write(NOTHING);
    return true;
  }

  /** Asks no more. */
  stop(): void {
    clearTimeout(this.#probe);
  }
}

/**
 * A server has no option for where its sockets read to. So its sockets do not read, and another one takes their handle, as node:cluster
 * does.
 */
export const SERVER_OPTIONS: net.ServerOpts = {
  allowHalfOpen: true,
  ...(received === undefined ? { noDelay: true } : { pauseOnConnect: true }),
};

interface Accepted extends net.Socket {
  readonly _handle: unknown;
}

/** The names of a TCP socket, which keeps what it is asked for. `local`: if it is known. */
export function namesOfSocket(socket: net.Socket, local?: SocketAddress): Names {
  const { remoteAddress = "", remotePort = 0 } = socket;
  return { local: local ?? localName(socket), remote: { host: remoteAddress, port: remotePort } };
}

function localName({ localAddress = "", localPort = 0 }: net.Socket): SocketAddress {
  return { host: localAddress, port: localPort };
}

export class NetConnection implements Connection {
  readonly #socket: net.Socket;
  /** Undefined until `report`. */
  events: StreamEvents | undefined;
  #writes: Writes | undefined;

  /** `socket`: with `ON_READ`. */
  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  /** A connection of a server with `SERVER_OPTIONS`. */
  static accepted(socket: net.Socket): NetConnection {
    if (ON_READ === undefined) return new NetConnection(socket);
    const handle = (socket as Accepted)._handle;
    const options = { handle, onread: ON_READ, allowHalfOpen: true, readable: true, writable: true };
    return new NetConnection(new net.Socket(options).setNoDelay(true));
  }

  /** Reports to `events` from now on. */
  report(events: StreamEvents): void {
    const socket = this.#socket as OwnedSocket;
    this.events = events;
    socket[OWNER] = this;
    if (received === undefined) socket.on("data", onData);
    // Node's own listener is for sockets that cannot be half-open. Two listeners take an array.
    else socket.removeAllListeners("end");
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  /** Resets a connection that nobody takes. */
  refuse(): void {
    this.#socket.on("error", () => {});
    this.reset();
  }

  /** The socket has reported its last event. */
  closed(): void {
    this.#writes?.stop();
    this.events!.closed();
  }

  write(bytes: Uint8Array): boolean {
    this.#writes ??= new Writes(this, this.#socket);
    return this.#writes.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  setOptions(changed: number): void {
    this.#socket.setNoDelay((changed & (1 << NO_DELAY)) === 0);
    this.#socket.setKeepAlive((changed & (1 << KEEP_ALIVE)) !== 0, KEEP_ALIVE_MS);
  }

  end(): void {
    this.#socket.end();
  }

  get unread(): boolean {
    return this.#socket.readableLength > 0;
  }

  close(): void {
    this.#socket.destroySoon();
  }

  reset(): void {
    // A Unix socket has none, and a connecting socket would wait for it.
    if (this.#socket.connecting || this.#socket.remoteAddress === undefined) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }
}

/** Idle time before the first keep-alive probe: Linux's default (net.ipv4.tcp_keepalive_time). */
const KEEP_ALIVE_MS = 7_200_000;
