/** A stream of Node, for the I/O end. */
import type net from "node:net";
import { errnoOfCode } from "../../abi/errno.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { KEEP_ALIVE, NO_DELAY } from "../contract/socket-options.ts";
import type { Connection, Names, StreamEvents } from "../shared-region/network.ts";

const NOTHING = new Uint8Array(0);
/** The number of probes after a write, one in each turn of the loop: enough for answers from the same machine. */
const PROBING_TURNS = 4;
/** Increasing delays in milliseconds after these. */
const FIRST_PROBE = 5;
const LAST_PROBE = 10_000;

export class NetConnection implements Connection {
  readonly #socket: net.Socket;
  #events: StreamEvents | undefined;
  /** The numbers of started and finished writes, and of the awaited one. */
  #begun = 0;
  #done = 0;
  #awaited = 0;
  /** Whether the peer has ended its write side. */
  #ended = false;
  /** The number of turns in which the peer is still probed. */
  #turns = 0;
  #probe: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  /** Reports to `events` from now on. */
  report(events: StreamEvents): void {
    const socket = this.#socket;
    this.#events = events;
    socket.on("data", (bytes: Uint8Array) => events.data(bytes));
    socket.on("end", () => {
      this.#ended = true;
      events.end();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => events.failed(errnoOfCode(error.code)));
    socket.on("close", () => {
      clearTimeout(this.#probe);
      events.closed();
    });
  }

  /** `path`: of the Unix socket, and the side that has that name. */
  names(path: string | undefined, side: "local" | "remote"): Names {
    const { localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 } = this.#socket;
    if (path === undefined) {
      return { local: { host: localAddress, port: localPort }, remote: { host: remoteAddress, port: remotePort } };
    }
    return { local: UNNAMED, remote: UNNAMED, [side]: { host: path, port: -1 } };
  }

  write(bytes: Uint8Array): boolean {
    this.#begun++;
    if (this.#ended) this.#probeSoon();
    this.#socket.write(bytes, this.#written);
    if (this.#socket.writableLength === 0) return true;
    this.#awaited = this.#begun;
    return false;
  }

  readonly #written = (error?: Error | null) => {
    this.#done++;
    if (error || this.#awaited !== this.#done) return;
    this.#awaited = 0;
    this.#events?.written();
  };

  /**
   * Node does not read a socket after its end, so it would not notice a reset that answers a write. A write of no bytes
   * reports it: tcp_sendmsg checks for an error before it looks for bytes.
   */
  #probeSoon(): void {
    const begins = this.#turns === 0;
    this.#turns = PROBING_TURNS;
    if (begins) setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    if (!this.#ask()) this.#turns = 0;
    else if (--this.#turns > 0) setImmediate(this.#turn);
    else this.#askLater(FIRST_PROBE);
  };

  #askLater(milliseconds: number): void {
    clearTimeout(this.#probe);
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
    if (this.#awaited !== 0) return true;
    this.#begun++;
    this.#socket.write(NOTHING, this.#written);
    return true;
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

const UNNAMED: SocketAddress = { host: "", port: -1 };
