/**
 * One end of a TCP connection: what it sends to the other one, and what arrives.
 *
 *     outbox ┬ on the way ┬─────────▶ peer's inbox
 *            └ waiting    ┘   at most what fits into the inbox, as far as the sender knows, is on the way
 *
 * Bytes stay in the outbox, and count as used, until they have arrived; that is also when they are acknowledged. Which of
 * RFC 9293's states an end is in follows from what is known of the two FINs:
 *
 *                  FIN not sent        sent            acknowledged
 *     not received ESTABLISHED         FIN_WAIT1       FIN_WAIT2
 *     received     CLOSE_WAIT          LAST_ACK        CLOSED
 */
import { Errno } from "../../abi/errno.ts";
import { ERR } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { ByteQueue } from "../endpoints/byte-queue.ts";
import {
  BOTH_SIDES,
  DATA_READY,
  Endpoint,
  READ_SIDE,
  STATE_CHANGE,
  WRITE_SIDE,
  WRITE_SPACE,
} from "../endpoints/endpoint.ts";
import { Scheduled } from "./clock.ts";
import type { Wire } from "./wire.ts";

/** Bits of the state. READ_SIDE and WRITE_SIDE mean that a side is shut down. */
export const CONNECTING = 4;
/** No more bytes follow: the FIN comes after the last one. */
export const FINISHED = 8;
const FIN_SENT = 16;
const FIN_ACKNOWLEDGED = 32;
export const FIN_RECEIVED = 64;
/** No connection any more. */
export const CLOSED = 128;
/** A sender found no space, and waits for a wakeup. */
export const NO_SPACE = 256;
/** A sender will soon ask for room. */
const PROBING = 512;

/** Nanoseconds until a sender asks for the first time: Linux's shortest retransmission timeout. */
const PROBE_INTERVAL = 200_000_000;

const BYTES = 0;
const FIN = 1;
const RESET = 2;

class Segment extends Scheduled {
  readonly #from: TcpConnection;
  readonly #kind: number;
  readonly #length: number;

  constructor(from: TcpConnection, kind: number, length: number) {
    super();
    this.#from = from;
    this.#kind = kind;
    this.#length = length;
  }

  happen(): void {
    const to = this.#from.peer!;
    if (this.#kind === BYTES) to.bytesArrive(this.#from, this.#length);
    else if (this.#kind === FIN) to.finArrives(this.#from);
    else to.resetArrives();
  }
}

class Probe extends Scheduled {
  readonly #sender: TcpConnection;

  constructor(sender: TcpConnection) {
    super();
    this.#sender = sender;
  }

  happen(): void {
    this.#sender.ask();
  }
}

export abstract class TcpConnection extends Endpoint {
  readonly local: SocketAddress;
  /** The peer's address; a client has the requested one. */
  readonly wanted: SocketAddress;
  peer: TcpConnection | null = null;
  /** The arrival of the last sent segment: the next one does not overtake it. */
  lastArrival = 0;
  protected state = CONNECTING;
  protected error = 0;
  protected inbox: ByteQueue | null = null;
  protected outbox: ByteQueue | null = null;
  protected readonly wire: Wire;
  #onTheWay = 0;
  /** Room in the inbox that the peer does not know yet. */
  #unannounced = 0;

  /** Connecting, until `establish` or `resetArrives` is called. */
  constructor(wire: Wire, local: SocketAddress, wanted: SocketAddress) {
    super();
    this.wire = wire;
    this.local = local;
    this.wanted = wanted;
  }

  get closed(): boolean {
    return (this.state & CLOSED) !== 0;
  }

  establish(peer: TcpConnection): void {
    this.peer = peer;
    this.state &= ~CONNECTING;
    this.wake(STATE_CHANGE);
  }

  /** Bytes in the outbox. */
  protected get used(): number {
    return this.outbox === null ? 0 : this.outbox.length;
  }

  /** Enough room for a wakeup. */
  protected get writable(): boolean {
    return this.used * 3 <= this.wire.size * 2;
  }

  /** Sends bytes for which the peer has room, and the FIN after the last byte. */
  protected push(): void {
    if (this.closed) return;
    const waiting = this.used - this.#onTheWay;
    const length = Math.min(waiting, this.peer!.#room - this.#onTheWay);
    if (length > 0) {
      this.#onTheWay += length;
      this.#transmit(BYTES, length);
    }
    if (length === waiting && (this.state & (FINISHED | FIN_SENT)) === FINISHED) {
      this.state |= FIN_SENT;
      this.#transmit(FIN, 0);
    }
  }

  /** The number of bytes that the peer may send. A closed end takes all bytes, to answer with a reset. */
  get #room(): number {
    if (this.closed) return Infinity;
    return this.wire.size - this.#unannounced - (this.inbox === null ? 0 : this.inbox.length);
  }

  #transmit(kind: number, length: number): void {
    this.lastArrival = this.wire.carry(new Segment(this, kind, length), this.lastArrival);
  }

  protected finish(): void {
    if ((this.state & (FINISHED | CLOSED)) !== 0) return;
    this.state |= FINISHED;
    this.push();
  }

  /** Ends the connection at once. Segments on their way arrive before the reset; waiting bytes are lost. */
  protected abort(): void {
    this.state |= CLOSED;
    this.#throwAway(this.#onTheWay);
    this.#transmit(RESET, 0);
  }

  /** The outbox except its first `kept` bytes. */
  #throwAway(kept: number): void {
    if (this.outbox === null) return;
    this.outbox.truncate(kept);
    if (kept > 0) return;
    this.outbox.release();
    this.outbox = null;
    this.#onTheWay = 0;
  }

  /**
   * `count` bytes have left the inbox. A shutdown of the read side is not announced, as in Linux: the sender probes.
   */
  protected makeRoom(count: number): void {
    this.#unannounced += count;
    if ((this.state & READ_SIDE) === 0) this.#announce();
    else this.peer!.#askLater();
  }

  /** Tells the peer how much room there is. Every segment does that too. */
  #announce(): void {
    if (this.#unannounced === 0) return;
    this.#unannounced = 0;
    this.peer!.push();
  }

  #askLater(): void {
    if (this.used === this.#onTheWay || (this.state & PROBING) !== 0) return;
    this.state |= PROBING;
    this.wire.clock.schedule(new Probe(this), this.wire.clock.now + PROBE_INTERVAL);
  }

  ask(): void {
    this.state &= ~PROBING;
    this.peer!.#announce();
  }

  bytesArrive(from: TcpConnection, length: number): void {
    if (from.closed && this.closed) {
      from.#throwAway(0);
      return;
    }
    const outbox = from.outbox!;
    from.#onTheWay -= length;
    // RFC 1122, 4.2.2.13: bytes for a socket that is shut down in both directions are answered with a reset.
    if (this.closed || (this.state & (FINISHED | READ_SIDE)) === (FINISHED | READ_SIDE)) {
      outbox.drop(length);
      this.resetArrives();
      this.#transmit(RESET, 0);
    } else {
      this.inbox ??= ByteQueue.open();
      outbox.moveTo(this.inbox, length);
      this.wake(DATA_READY);
    }
    if (outbox.length === 0 && from.outbox === outbox) {
      outbox.release();
      from.outbox = null;
    }
    if ((from.state & (NO_SPACE | CLOSED)) === NO_SPACE && from.writable) {
      from.state &= ~NO_SPACE;
      from.wake(WRITE_SPACE);
    }
    from.#announce();
  }

  finArrives(from: TcpConnection): void {
    if (this.closed) return;
    this.state |= READ_SIDE | FIN_RECEIVED;
    if ((this.state & FIN_ACKNOWLEDGED) !== 0) this.state |= CLOSED | BOTH_SIDES;
    this.wake(STATE_CHANGE);
    if (from.closed) return;
    from.state |= FIN_ACKNOWLEDGED | WRITE_SIDE;
    if ((from.state & FIN_RECEIVED) !== 0) from.state |= CLOSED | BOTH_SIDES;
    from.wake(STATE_CHANGE);
    from.#announce();
  }

  /** Also for a refused connection. */
  resetArrives(): void {
    if (this.closed) return;
    if ((this.state & CONNECTING) !== 0) this.error = Errno.CONNREFUSED;
    else if ((this.state & (FIN_RECEIVED | FINISHED)) === FIN_RECEIVED) this.error = Errno.PIPE;
    else this.error = Errno.CONNRESET;
    this.state = (this.state & ~CONNECTING) | CLOSED | BOTH_SIDES;
    // An end that answers bytes with a reset has perhaps sent some before, which arrive before the reset.
    const arrive = this.peer !== null && !this.peer.closed;
    this.#throwAway(arrive ? this.#onTheWay : 0);
    this.wake(STATE_CHANGE);
    this.wake(ERR);
  }
}
