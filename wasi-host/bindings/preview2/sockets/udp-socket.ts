/**
 * wasi:sockets/udp's resources: a socket, and the two latest streams of `stream`.
 *
 * Methods return OK or an ErrorCode. The driver opens the socket at its bind, as in preview1.
 */
import { Errno } from "../../../abi/errno.ts";
import { ERR, HUP, IN, OUT } from "../../../abi/readiness.ts";
import type { MutableAddress, SocketAddress } from "../../../addresses/socket-address.ts";
import type { Driver } from "../../../drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../../drivers/contract/pollfd.ts";
import { attempt } from "../../../errors/system-error.ts";
import { WantedOptions } from "../../../kernel/wanted-options.ts";
import { Watched } from "../polling/poller.ts";
import { READABLE, SETTLED, WRITABLE } from "../polling/readiness.ts";
import { ofOneFamily } from "./address.ts";
import { ErrorCode, OK, outcomeOf } from "./error-code.ts";
import type { SocketParts } from "./tcp-socket.ts";

const UNBOUND = 0;
const BINDING = 1;
const BOUND = 2;

const one = pollfds(1);

export class UdpSocket extends Watched {
  /** ip-address-family. */
  readonly family: number;
  /** The number of streams. */
  streams = 0;
  /** The only peer for sending and receiving; undefined: every peer. */
  remote: SocketAddress | undefined;
  readonly options = new WantedOptions();
  readonly #parts: SocketParts;
  #state = UNBOUND;
  /** The driver's socket is connected to `remote`, or was to another peer. */
  #connected = false;

  /** The caller has counted it. */
  constructor(parts: SocketParts, family: number) {
    super(SETTLED);
    this.#parts = parts;
    this.family = family;
    this.readiness.settles = OUT;
    parts.open.keep(this);
  }

  get driver(): Driver {
    return this.#parts.driver;
  }

  get isBound(): boolean {
    return this.#state === BOUND;
  }

  get isBinding(): boolean {
    return this.#state === BINDING;
  }

  woken(ready: number): void {
    const { poller } = this.#parts;
    if ((ready & (IN | ERR | HUP)) !== 0) poller.raise(this.readiness, READABLE);
    if ((ready & (OUT | ERR | HUP)) !== 0) poller.raise(this.readiness, WRITABLE);
  }

  startBind(address: SocketAddress): number {
    const error = this.#open(address);
    if (error < 0) return outcomeOf(error);
    this.#state = BINDING;
    // In no queue yet: ask the driver.
    this.readiness.level = true;
    this.readiness.clear(SETTLED);
    return OK;
  }

  /** 0, or a negated errno. */
  #open(address: SocketAddress): number {
    const { driver } = this.#parts;
    const handle = attempt(() => driver.datagrams?.open(ofOneFamily(address)) ?? -Errno.NOTSUP);
    if (handle < 0) return handle;
    const error = this.options.apply(driver, handle);
    if (error < 0) {
      driver.close(handle);
      return error;
    }
    this.handle = this.readiness.handle = handle;
    return 0;
  }

  finishBind(): number {
    const { driver, poller } = this.#parts;
    if (this.#state !== BINDING) return ErrorCode["not-in-progress"];
    setPollfd(one, 0, this.handle, OUT);
    driver.poll(one, 1, 0);
    if (revents(one, 0) === 0) return ErrorCode["would-block"];
    const error = driver.takeError(this.handle);
    this.readiness.level = false;
    poller.raise(this.readiness, SETTLED);
    this.#state = BOUND;
    if (error === 0) {
      this.#watch();
      return OK;
    }
    this.#state = UNBOUND;
    driver.close(this.handle);
    this.handle = -1;
    return outcomeOf(-error);
  }

  #watch(): void {
    const { poller } = this.#parts;
    poller.watch(this);
    poller.raise(this.readiness, WRITABLE);
    this.readiness.doubt(READABLE);
  }

  /** Sets the peer of the new streams; undefined: any peer. The earlier streams are already dropped. */
  associate(remote: SocketAddress | undefined): number {
    const { driver, poller } = this.#parts;
    if (remote === undefined && this.#connected) {
      // No driver can disconnect a datagram socket: another socket takes over its name.
      const name = driver.localAddress(this.handle)!;
      poller.forget(this);
      driver.close(this.handle);
      const error = this.#open(name);
      if (error < 0) {
        this.handle = -1;
        this.#state = UNBOUND;
        return outcomeOf(error);
      }
      this.#connected = false;
      this.#watch();
    }
    if (remote !== undefined) {
      const error = driver.datagrams!.connect(this.handle, remote);
      if (error < 0) return outcomeOf(error);
      this.#connected = true;
    }
    this.remote = remote;
    return OK;
  }

  option(option: number): number {
    return this.options.get(this.#parts.driver, this.handle, option);
  }

  setOption(option: number, value: number): number {
    return this.options.set(this.#parts.driver, this.handle, option, value);
  }

  /** The length of the next datagram, or a negated errno: -EAGAIN for none. */
  receive(bytes: Uint8Array, from: MutableAddress): number {
    const { driver } = this.#parts;
    for (;;) {
      const count = driver.datagrams!.recvFrom(this.handle, bytes, 0, bytes.length, 0, from);
      if (count === -Errno.AGAIN) this.readiness.clear(READABLE);
      else this.readiness.doubt(READABLE);
      // Datagrams from before the peer was set are discarded.
      if (count < 0 || this.remote === undefined || isSame(this.remote, from)) return count;
    }
  }

  /** `to`: undefined for the connected peer. A count, or a negated errno. */
  send(bytes: Uint8Array, offset: number, length: number, to: SocketAddress | undefined): number {
    const { driver } = this.#parts;
    const count =
      to === undefined
        ? driver.send(this.handle, bytes, offset, length)
        : driver.datagrams!.sendTo(this.handle, bytes, offset, length, to);
    if (count === -Errno.AGAIN) this.readiness.clear(WRITABLE);
    return count;
  }

  drop(): void {
    this.close();
  }

  close(): void {
    const { driver, poller, open } = this.#parts;
    open.forget(this);
    poller.forget(this);
    if (this.handle >= 0) driver.close(this.handle);
    this.handle = -1;
    open.remove();
  }
}

export function isSame(one: SocketAddress, other: SocketAddress): boolean {
  return one.port === other.port && one.host === other.host;
}

abstract class DatagramStream {
  readonly socket: UdpSocket;

  constructor(socket: UdpSocket) {
    this.socket = socket;
    socket.streams++;
  }

  drop(): void {
    this.socket.streams--;
  }
}

export class IncomingDatagramStream extends DatagramStream {}

export class OutgoingDatagramStream extends DatagramStream {
  /** The most datagrams of one `send`. */
  permit = 0;
}
