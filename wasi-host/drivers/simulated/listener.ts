/** Listening sockets: established connections that wait to be accepted. */
import { Errno } from "../../abi/errno.ts";
import { HUP } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { STREAM_OPTIONS } from "../contract/socket-options.ts";
import {
  BOTH_SIDES,
  DATA_READY,
  ENDED,
  Endpoint,
  READ_SIDE,
  READABLE,
  STATE_CHANGE,
  WRITABLE,
} from "../endpoints/endpoint.ts";
import { Fifo } from "../endpoints/fifo.ts";
import { UnixStream } from "../endpoints/unix-stream.ts";
import { Scheduled } from "./clock.ts";
import { TcpStream } from "./tcp-stream.ts";
import type { Wire } from "./wire.ts";

/** The common part of both kinds: the queue. */
export abstract class Listener extends Endpoint {
  readonly local: SocketAddress;
  protected readonly wire: Wire;
  /** One more connection fits, as in Linux. */
  protected readonly backlog: number;
  protected down = 0;
  readonly #ended: (listener: Listener) => void;
  readonly #waiting = new Fifo<Endpoint>();

  /** `ended`: frees the name. */
  constructor(wire: Wire, local: SocketAddress, backlog: number, ended: (listener: Listener) => void) {
    super();
    this.wire = wire;
    this.local = local;
    this.backlog = Math.max(0, backlog);
    this.#ended = ended;
  }

  override get kept(): number {
    return this.local.port === -1 ? 0 : STREAM_OPTIONS;
  }

  override localAddress(): SocketAddress {
    return this.local;
  }

  get length(): number {
    return this.#waiting.length;
  }

  protected enqueue(stream: Endpoint): void {
    this.#waiting.push(stream);
    this.wake(DATA_READY);
  }

  /** A further listen(2). */
  override listen(): Endpoint {
    return this;
  }

  override connectTo(): number {
    return -Errno.ISCONN;
  }

  override accept(): Endpoint | number {
    return this.#waiting.shift() ?? ((this.down & READ_SIDE) !== 0 ? -Errno.INVAL : -Errno.AGAIN);
  }

  /** Resets the waiting connections of a closed listener. */
  protected refuseAll(): void {
    this.#ended(this);
    for (let stream = this.#waiting.shift(); stream !== undefined; stream = this.#waiting.shift()) stream.reset();
  }

  close(): void {
    this.down = BOTH_SIDES;
    this.refuseAll();
  }

  available(): number {
    return 0;
  }

  override takeError(): number {
    return 0;
  }
}

export class UnixListener extends Listener {
  level(): number {
    let level = this.length > 0 ? READABLE : 0;
    if (this.down === BOTH_SIDES) level |= HUP;
    return (this.down & READ_SIDE) !== 0 ? level | ENDED : level;
  }

  /** The client's end, connected, with its name if it has one; or a negated errno. */
  connect(name?: SocketAddress): UnixStream | number {
    if ((this.down & READ_SIDE) !== 0) return -Errno.CONNREFUSED;
    if (this.length > this.backlog) return -Errno.AGAIN;
    const [client, server] = UnixStream.pair(this.wire.size);
    client.remote = this.local;
    server.local = this.local;
    if (name !== undefined) client.local = server.remote = name;
    this.enqueue(server);
    return client;
  }

  recv(): number {
    return -Errno.INVAL;
  }

  send(): number {
    return -Errno.NOTCONN;
  }

  override shutdown(how: number): number {
    this.down |= how;
    this.wake(STATE_CHANGE);
    return 0;
  }
}

export class TcpListener extends Listener {
  /** The listener has stopped. */
  #closed = false;
  /** Half-open connections. */
  #opening = 0;
  /** Clients without room. Their repeated SYN is accepted when there is room. */
  readonly #outside = new Fifo<TcpStream>();

  level(): number {
    if (this.#closed) return HUP | WRITABLE | ((this.down & READ_SIDE) !== 0 ? ENDED : 0);
    return this.length > 0 ? READABLE : 0;
  }

  /** A client's SYN arrives. */
  knock(client: TcpStream): void {
    if (client.closed) return;
    if (this.length + this.#opening > this.backlog) {
      this.#outside.push(client);
      return;
    }
    this.#opening++;
    const server = new TcpStream(this.wire, client.wanted, client.local);
    server.lastArrival = this.wire.carry(new Handshake(this, client, server, false), 0);
  }

  /** The client has got the answer: it is connected, and sends an ACK. */
  welcome(client: TcpStream, server: TcpStream): void {
    server.establish(client);
    if (client.closed) {
      this.#opening--;
      client.peer = server;
      server.resetArrives();
      return;
    }
    client.establish(server);
    client.lastArrival = this.wire.carry(new Handshake(this, client, server, true), client.lastArrival);
  }

  /** The last step of the handshake. */
  complete(server: TcpStream): void {
    this.#opening--;
    if (this.#closed) server.reset();
    else this.enqueue(server);
  }

  override accept(): Endpoint | number {
    if (this.#closed) return -Errno.INVAL;
    const stream = super.accept();
    if (this.#outside.length > 0 && typeof stream !== "number") this.knock(this.#outside.shift()!);
    return stream;
  }

  recv(): number {
    return (this.down & READ_SIDE) !== 0 ? 0 : -Errno.NOTCONN;
  }

  send(): number {
    return -Errno.PIPE;
  }

  /** The first shutdown of the read side makes it an unconnected socket, with nothing shut down yet. */
  override shutdown(how: number): number {
    const closed = this.#closed;
    if (closed) this.down |= how;
    else if ((how & READ_SIDE) !== 0) {
      this.#closed = true;
      this.refuseAll();
    }
    this.wake(STATE_CHANGE);
    return closed ? -Errno.NOTCONN : 0;
  }

  override close(): void {
    this.#closed = true;
    super.close();
  }

  protected override refuseAll(): void {
    super.refuseAll();
    for (let client = this.#outside.shift(); client !== undefined; client = this.#outside.shift())
      this.wire.carry(new Refusal(client), 0);
  }
}

/** A reset in transit to a client that will not be accepted. */
export class Refusal extends Scheduled {
  readonly #client: TcpStream;

  constructor(client: TcpStream) {
    super();
    this.#client = client;
  }

  happen(): void {
    this.#client.resetArrives();
  }
}

/** SYN and ACK on their way to the client; then its ACK on the way back. */
class Handshake extends Scheduled {
  readonly #listener: TcpListener;
  readonly #client: TcpStream;
  readonly #server: TcpStream;
  readonly #back: boolean;

  constructor(listener: TcpListener, client: TcpStream, server: TcpStream, back: boolean) {
    super();
    this.#listener = listener;
    this.#client = client;
    this.#server = server;
    this.#back = back;
  }

  happen(): void {
    if (this.#back) this.#listener.complete(this.#server);
    else this.#listener.welcome(this.#client, this.#server);
  }
}
