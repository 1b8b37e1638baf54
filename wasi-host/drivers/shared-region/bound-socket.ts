/**
 * A bound stream socket. The I/O end cannot bind without listening, so it holds the port with a server whose clients wait. listen
 * keeps that server, and accepts them; connect and close reset them.
 */
import { Errno } from "../../abi/errno.ts";
import { ERR } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { SystemError } from "../../errors/system-error.ts";
import { boundLevel } from "../endpoints/bound-socket.ts";
import type { Endpoint } from "../endpoints/endpoint.ts";
import type { Channel } from "./channel.ts";
import { ChannelSocket } from "./channel-socket.ts";
import type { ClientEnd } from "./client-end.ts";
import {
  ARGUMENT,
  FROM_LOCAL,
  HELD,
  KIND_LISTENER,
  KIND_STREAM,
  LOCAL,
  NOTICE_STATE,
  REMOTE,
  REQUEST_CLOSE,
  REQUEST_LISTEN,
  REQUEST_OPEN,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";
import { BufferedListener } from "./listener.ts";
import { BufferedStream } from "./stream.ts";

export class BufferedBoundSocket extends ChannelSocket {
  readonly #isUnix: boolean;

  constructor(client: ClientEnd, channel: Channel) {
    super(client, channel);
    this.#isUnix = channel.isPath(LOCAL);
  }

  /** The caller opens the channel. */
  static create(client: ClientEnd, address: SocketAddress): BufferedBoundSocket {
    const channel = client.take(KIND_LISTENER);
    channel.setAddress(LOCAL, address);
    channel.set(ARGUMENT, HELD);
    return new BufferedBoundSocket(client, channel);
  }

  override get kept(): number {
    return this.#isUnix ? 0 : super.kept;
  }

  notice(bits: number): void {
    if ((bits & NOTICE_STATE) !== 0) this.noticeState();
  }

  level(): number {
    if (!this.settled) return 0;
    return boundLevel(this.#isUnix) | (this.error === 0 ? 0 : ERR);
  }

  /** The requested state if the I/O end has not answered. */
  get #name(): SocketAddress {
    return this.channel.address(LOCAL);
  }

  override listen(backlog: number): Endpoint | number {
    if ((this.state & STATE_FAILED) !== 0) return -Errno.INVAL;
    this.channel.set(ARGUMENT, Math.max(0, backlog));
    const listener = new BufferedListener(this.client, this.channel);
    this.client.request(this.channel, REQUEST_LISTEN);
    return listener;
  }

  override connectTo(address: SocketAddress): Endpoint | number {
    if ((this.state & STATE_FAILED) !== 0) return -Errno.INVAL;
    return connectFrom(this.client, this, this.#name, address);
  }

  recv(): number {
    return this.#isUnix ? -Errno.INVAL : -Errno.NOTCONN;
  }

  send(): number {
    return this.#isUnix ? -Errno.NOTCONN : -Errno.PIPE;
  }

  available(): number {
    return 0;
  }

  override accept(): number {
    return -Errno.INVAL;
  }

  override localAddress(): SocketAddress | undefined {
    return this.settled ? super.localAddress() : this.#name;
  }

  override shutdown(): number {
    return this.#isUnix ? 0 : -Errno.NOTCONN;
  }

  close(): void {
    this.client.detach(this);
    this.client.request(this.channel, REQUEST_CLOSE);
  }
}

/** A connection from a name that its owner has chosen. */
class BoundStream extends BufferedStream {
  readonly #bound: SocketAddress;

  constructor(client: ClientEnd, channel: Channel, bound: SocketAddress) {
    super(client, channel, false);
    this.#bound = bound;
  }

  override localAddress(): SocketAddress | undefined {
    return (this.state & STATE_OPEN) === 0 ? this.#bound : super.localAddress();
  }

  override connectTo(address: SocketAddress): Endpoint | number {
    if (!this.settled) return -Errno.ALREADY;
    if ((this.state & STATE_OPEN) !== 0) return -Errno.ISCONN;
    return connectFrom(this.client, this, this.#bound, address);
  }
}

/** `holder` gives up its name for the connection, or keeps it if that cannot begin. */
function connectFrom(
  client: ClientEnd,
  holder: ChannelSocket,
  bound: SocketAddress,
  address: SocketAddress,
): Endpoint | number {
  if (bound.port === -1 || address.port === -1) return -Errno.NOTSUP;
  if (bound.host.includes(":") !== address.host.includes(":")) return -Errno.AFNOSUPPORT;
  try {
    const channel = client.take(KIND_STREAM);
    channel.setAddress(LOCAL, bound);
    channel.setAddress(REMOTE, address);
    channel.set(ARGUMENT, FROM_LOCAL);
    // The order matters: the port must be free when the connection asks for it.
    holder.close();
    const stream = new BoundStream(client, channel, bound);
    client.request(channel, REQUEST_OPEN);
    return stream;
  } catch (error) {
    if (error instanceof SystemError) return error.errno;
    throw error;
  }
}
