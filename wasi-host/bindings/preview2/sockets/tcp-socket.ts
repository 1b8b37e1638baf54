/**
 * wasi:sockets/tcp's resource (wasi-sockets, TcpSocketOperationalSemantics.md):
 *
 *      unbound ── start-bind ──▶ binding ── finish-bind ──▶ bound ── start-listen ──▶ starting ── finish-listen ──▶ listening
 *         │                         │ failed: unbound         │
 *         └────────────────── start-connect ──────────────────┴─▶ connecting ── finish-connect ──▶ connected
 *                                                                    │ failed
 *                                                                    ▼
 *                                                                  closed
 *
 * Methods return OK or an ErrorCode. The driver's handle is there from start-bind or start-connect on; it is in the queue of
 * wakeups once it listens or connects, because a handle that is bound becomes something else under the same number.
 */
import { Errno } from "../../../abi/errno.ts";
import { ERR, HUP, IN, OUT, PRI, RDHUP } from "../../../abi/readiness.ts";
import type { SocketAddress } from "../../../addresses/socket-address.ts";
import type { Driver } from "../../../drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../../drivers/contract/pollfd.ts";
import { RESET_ON_CLOSE } from "../../../drivers/contract/socket-options.ts";
import { attempt } from "../../../errors/system-error.ts";
import { WantedOptions } from "../../../kernel/wanted-options.ts";
import type { Bytes } from "../bytes.ts";
import type { OpenCount } from "../open-count.ts";
import { type Deferred, type Poller, Watched } from "../polling/poller.ts";
import { NO_SLOT, SLOT_SIZE } from "../polling/read-ahead.ts";
import { BEHIND, READABLE, type Readiness, SETTLED, WRITABLE } from "../polling/readiness.ts";
import type { HeldBytes } from "../streams/held-bytes.ts";
import { InputStream } from "../streams/input-stream.ts";
import { IoError } from "../streams/io-error.ts";
import { OutputStream } from "../streams/output-stream.ts";
import { ofOneFamily } from "./address.ts";
import { ErrorCode, OK, outcomeOf, outcomeOfConnect } from "./error-code.ts";

export const UNBOUND = 0;
export const BINDING = 1;
export const BOUND = 2;
export const STARTING = 3;
export const LISTENING = 4;
export const CONNECTING = 5;
export const CONNECTED = 6;
export const CLOSED = 7;

/** shutdown-type; the third is both. */
const RECEIVE = 0;
const SEND = 1;

/** shutdown(2)'s `how`, as drivers have it. */
const READ_SIDE = 1;
const WRITE_SIDE = 2;

/** Linux's somaxconn. */
const MAX_BACKLOG = 4096;
const DEFAULT_BACKLOG = 128;

/**
 * Bits that can follow a short count when all data has been read: an end, an error; and urgent data, at which a read
 * stops.
 */
const NO_DATA = RDHUP | ERR | HUP | PRI;

/** A large read of a driver that answers questions without a system call. */
const BULK = 4096;

const one = pollfds(1);

/** What sockets share with their guest. */
export interface SocketParts {
  readonly driver: Driver;
  readonly poller: Poller;
  readonly held: HeldBytes;
  readonly open: OpenCount;
}

export class TcpSocket extends Watched {
  /** ip-address-family. */
  readonly family: number;
  state = UNBOUND;
  backlog = DEFAULT_BACKLOG;
  /** The options until there is a handle. */
  readonly options = new WantedOptions();
  input: SocketInput | undefined;
  output: SocketOutput | undefined;
  readonly #parts: SocketParts;
  #dropped = false;
  /** It is bound to an open listener, which keeps its backlog. */
  #listens = false;
  /** The outcome of a receive ahead, and how many of its bytes the guest has. */
  #slot = NO_SLOT;
  #outcome = 0;
  #start = 0;
  /** A wakeup came after it. */
  #more = false;
  /** The driver's last number of bytes, until the next receive: further ones come with a wakeup. */
  #available = 0;
  /** Bytes were received that the guest did not ask for. */
  #unread = false;

  /** The caller has counted it. */
  constructor(parts: SocketParts, family: number) {
    super(SETTLED);
    this.#parts = parts;
    this.family = family;
    this.readiness.settles = OUT;
    parts.open.keep(this);
  }

  get poller(): Poller {
    return this.#parts.poller;
  }

  get driver(): Driver {
    return this.#parts.driver;
  }

  woken(ready: number): void {
    const { poller } = this.#parts;
    if (this.state === LISTENING) {
      poller.raise(this.readiness, SETTLED);
      return;
    }
    if ((ready & NO_DATA) !== 0) this.readiness.bits |= BEHIND;
    if (this.state === CONNECTING) {
      if ((ready & (OUT | ERR | HUP)) !== 0) poller.raise(this.readiness, SETTLED);
      return;
    }
    if ((ready & (IN | NO_DATA)) !== 0) this.#readable(ready);
    if ((ready & (OUT | ERR | HUP)) === 0) return;
    if (this.output?.holds === true) this.output.flush();
    else poller.raise(this.readiness, WRITABLE);
  }

  /** The socket is readable: receives data now. Whatever follows a slot's bytes waits for the guest. */
  #readable(ready: number): void {
    const { poller } = this.#parts;
    if (this.#slot !== NO_SLOT) this.#more = true;
    else if ((ready & (ERR | HUP | PRI)) !== 0 || !this.input!.readsAhead || !poller.readAhead.add(this))
      poller.raise(this.readiness, READABLE);
  }

  received(slot: number, outcome: number): void {
    const { poller } = this.#parts;
    if (outcome === -Errno.AGAIN) {
      poller.readAhead.giveBack(slot);
      this.readiness.clear(READABLE);
      return;
    }
    this.#slot = slot;
    this.#start = 0;
    this.#outcome = outcome;
    this.#more = false;
    poller.raise(this.readiness, READABLE);
  }

  left(): void {
    this.#parts.poller.raise(this.readiness, READABLE);
  }

  /** The number of bytes in the slot. */
  get ahead(): number {
    return this.#slot === NO_SLOT ? 0 : Math.max(this.#outcome - this.#start, 0);
  }

  /** Handles the outcome of a receive ahead. */
  #receiveAhead(memory: Bytes, offset: number, length: number): number {
    const outcome = this.#outcome;
    if (outcome <= 0) {
      this.#giveBack();
      return outcome;
    }
    const { readAhead } = this.#parts.poller;
    const count = Math.min(length, outcome - this.#start);
    readAhead.copy(this.#slot, this.#start, count, memory, offset);
    this.#start += count;
    if (this.#start < outcome) return count;
    this.#giveBack();
    if (outcome === SLOT_SIZE) this.readiness.doubt(READABLE);
    else if (!this.#more) this.readiness.short(READABLE);
    return count;
  }

  #giveBack(): void {
    this.#parts.poller.readAhead.giveBack(this.#slot);
    this.#slot = NO_SLOT;
  }

  /** The guest stops reading. */
  discard(): void {
    if (this.#slot === NO_SLOT) return;
    if (this.ahead > 0) this.#unread = true;
    this.#giveBack();
  }

  startBind(address: SocketAddress): number {
    const { driver } = this.#parts;
    const handle = attempt(() => driver.bound?.open(ofOneFamily(address)) ?? -Errno.NOTSUP);
    if (handle < 0) return outcomeOf(handle);
    const code = this.#binding(handle);
    if (code !== OK) return code;
    // In no queue yet: ask the driver.
    this.readiness.level = true;
    this.readiness.clear(SETTLED);
    return OK;
  }

  /** Binds to an open listener, whose handle it takes over. */
  startBindTo(listener: number): number {
    const code = this.#binding(listener);
    this.#listens = code === OK;
    return code;
  }

  #binding(handle: number): number {
    const { driver } = this.#parts;
    const error = this.options.apply(driver, handle);
    if (error < 0) {
      driver.close(handle);
      return outcomeOf(error);
    }
    this.handle = this.readiness.handle = handle;
    this.state = BINDING;
    return OK;
  }

  finishBind(): number {
    if (this.state !== BINDING) return ErrorCode["not-in-progress"];
    if (!this.#listens && this.#writability() === 0) return ErrorCode["would-block"];
    const { driver } = this.#parts;
    const error = this.#listens ? 0 : driver.takeError(this.handle);
    this.#settle();
    this.state = BOUND;
    if (error === 0) return OK;
    this.state = UNBOUND;
    driver.close(this.handle);
    this.handle = -1;
    return outcomeOf(-error);
  }

  startConnect(address: SocketAddress): number {
    const { driver, poller } = this.#parts;
    if (this.#listens) return ErrorCode["invalid-state"];
    const bound = this.state === BOUND;
    let error = bound ? driver.bound!.connect(this.handle, address) : attempt(() => driver.connect(address));
    if (!bound && error >= 0) {
      this.handle = error;
      error = this.options.apply(driver, this.handle);
    }
    if (error < 0) {
      this.#abandon();
      return outcomeOfConnect(error);
    }
    this.state = CONNECTING;
    this.readiness.doubt(SETTLED);
    poller.watch(this);
    return OK;
  }

  finishConnect(): number {
    if (this.state !== CONNECTING) return ErrorCode["not-in-progress"];
    if (this.#writability() === 0) return ErrorCode["would-block"];
    const error = this.#parts.driver.takeError(this.handle);
    if (error !== 0) {
      this.#abandon();
      return outcomeOfConnect(-error);
    }
    this.connected();
    return OK;
  }

  /** The socket is connected: makes its streams, and takes earlier data. */
  connected(): void {
    const { poller, held } = this.#parts;
    this.state = CONNECTED;
    this.input = new SocketInput(this);
    this.output = new SocketOutput(this, held);
    poller.raise(this.readiness, SETTLED | WRITABLE);
    this.readiness.doubt(READABLE);
    this.readiness.bits |= BEHIND;
  }

  startListen(): number {
    if (this.state !== BOUND) return ErrorCode["invalid-state"];
    const error = this.#listens ? 0 : this.#parts.driver.bound!.listen(this.handle, this.backlog);
    if (error < 0) {
      this.#abandon();
      return outcomeOf(error);
    }
    this.state = STARTING;
    return OK;
  }

  finishListen(): number {
    if (this.state !== STARTING) return ErrorCode["not-in-progress"];
    this.state = LISTENING;
    this.readiness.settles = IN;
    this.#parts.poller.watch(this);
    this.readiness.doubt(SETTLED);
    return OK;
  }

  /** The next connection, or an ErrorCode. Without room the connection stays in the backlog. */
  accept(): TcpSocket | number {
    const { driver, poller, open } = this.#parts;
    if (this.state !== LISTENING) return ErrorCode["invalid-state"];
    if (!open.add()) return ErrorCode["new-socket-limit"];
    const handle = driver.accept(this.handle);
    if (handle < 0) {
      open.remove();
      if (handle === -Errno.AGAIN) this.readiness.clear(SETTLED);
      return outcomeOf(handle);
    }
    this.readiness.doubt(SETTLED);
    const socket = new TcpSocket(this.#parts, this.family);
    socket.handle = handle;
    socket.state = CONNECTED;
    poller.watch(socket);
    socket.connected();
    return socket;
  }

  setBacklog(size: number): number {
    if (this.state >= CONNECTING) return ErrorCode["invalid-state"];
    this.backlog = Math.min(size, MAX_BACKLOG);
    if (this.state !== LISTENING && this.state !== STARTING) return OK;
    return this.#parts.driver.bound!.listen(this.handle, this.backlog) < 0 ? ErrorCode["not-supported"] : OK;
  }

  /** `type`: shutdown-type. Written bytes are sent before the end. */
  shutdown(type: number): number {
    if (this.state !== CONNECTED) return ErrorCode["invalid-state"];
    if (type !== SEND) this.input!.shutdown();
    if (type !== RECEIVE) this.output!.shutdown();
    return OK;
  }

  /** An option of the driver, or a negated errno. */
  option(option: number): number {
    return this.options.get(this.#parts.driver, this.handle, option);
  }

  /** 0, or a negated errno. */
  setOption(option: number, value: number): number {
    return this.options.set(this.#parts.driver, this.handle, option, value);
  }

  receive(memory: Bytes, offset: number, length: number): number {
    this.output!.run();
    if (this.#slot !== NO_SLOT) return this.#receiveAhead(memory, offset, length);
    this.poller.writeBehind.send();
    const count = this.#parts.driver.recv(this.handle, memory.bytes, offset, length, 0);
    const { readiness } = this;
    if (count === -Errno.AGAIN) readiness.clear(READABLE);
    else if (count < length || count === this.#available) readiness.short(READABLE);
    else readiness.doubt(READABLE);
    this.#available = 0;
    return count;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    if (this.#slot !== NO_SLOT && this.#outcome < 0) {
      // The first call on a failed connection reports the reason; afterwards a read finds only the end.
      const error = this.#outcome;
      this.#outcome = 0;
      return error;
    }
    return this.#parts.driver.send(this.handle, bytes, offset, length);
  }

  available(): number {
    this.#available = this.#parts.driver.available(this.handle);
    return this.#available;
  }

  ready(bits: number): void {
    this.#parts.poller.raise(this.readiness, bits);
  }

  shut(how: number): void {
    this.#parts.driver.shutdown(this.handle, how);
  }

  /** Drops the resource, whose streams are already dropped. Sends written bytes, then closes. */
  drop(): void {
    this.output?.settle();
    this.#dropped = true;
    this.drained();
  }

  /** Perhaps no bytes are held any more. */
  drained(): void {
    if (this.#dropped && this.output?.holds !== true) this.close();
  }

  /** Closes at once, with any held bytes. */
  close(): void {
    const { driver, poller, open } = this.#parts;
    this.output?.settle();
    this.output?.forget();
    open.forget(this);
    poller.forget(this);
    this.discard();
    // As the kernel does with unread bytes: the peer learns that they are lost.
    if (this.#unread) driver.options?.set(this.handle, RESET_ON_CLOSE, 1);
    if (this.handle >= 0) driver.close(this.handle);
    this.handle = this.readiness.handle = -1;
    this.state = CLOSED;
    open.remove();
  }

  /** A failed attempt to listen or to connect: the socket can only be dropped. */
  #abandon(): void {
    const { driver, poller } = this.#parts;
    poller.forget(this);
    if (this.handle >= 0) driver.close(this.handle);
    this.handle = -1;
    this.state = CLOSED;
    this.#settle();
  }

  /** Nothing is in progress. */
  #settle(): void {
    this.readiness.level = false;
    this.#parts.poller.raise(this.readiness, SETTLED);
  }

  /** The ready bits of OUT, ERR and HUP. */
  #writability(): number {
    setPollfd(one, 0, this.handle, OUT);
    this.#parts.driver.poll(one, 1, 0);
    return revents(one, 0);
  }
}

class SocketInput extends InputStream {
  readonly readiness: Readiness;
  override readonly bulkSize: number;
  readonly #socket: TcpSocket;
  #dropped = false;

  constructor(socket: TcpSocket) {
    super();
    this.#socket = socket;
    // A system call for the number of bytes costs more than the copy of a slot's bytes.
    this.bulkSize = socket.driver.batches === undefined ? BULK : SLOT_SIZE;
    this.readiness = socket.readiness;
  }

  receive(memory: Bytes, offset: number, length: number): number {
    return this.#socket.receive(memory, offset, length);
  }

  /** Not for large reads: these go directly into the guest's memory. */
  get readsAhead(): boolean {
    return !this.ended && !this.bulk && !this.#dropped;
  }

  override available(): number {
    const { ahead } = this.#socket;
    return ahead === 0 && this.bulk ? this.#socket.available() : ahead;
  }

  error(errno: number): IoError {
    return new IoError(errno, "network");
  }

  shutdown(): void {
    if (!this.ended) this.#socket.shut(READ_SIDE);
    this.ended = true;
    this.#socket.discard();
    this.#socket.ready(READABLE);
  }

  override drop(): void {
    this.#dropped = true;
    this.#socket.discard();
  }
}

class SocketOutput extends OutputStream implements Deferred {
  readonly readiness: Readiness;
  readonly #socket: TcpSocket;
  /** The end follows the held bytes. */
  #ends = false;
  /** It must follow before the guest sleeps. */
  #later = false;

  constructor(socket: TcpSocket, held: HeldBytes) {
    super(held);
    this.#socket = socket;
    this.readiness = socket.readiness;
  }

  protected send(bytes: Uint8Array, offset: number, length: number): number {
    return this.#socket.send(bytes, offset, length);
  }

  get handle(): number {
    return this.#socket.handle;
  }

  protected override postpone(memory: Bytes, offset: number, length: number): boolean {
    const { poller } = this.#socket;
    return poller.answered > 1 && poller.writeBehind.add(this, memory, offset, length);
  }

  error(errno: number): IoError {
    return new IoError(errno, "network");
  }

  shutdown(): void {
    this.settle();
    this.#later = false;
    if (this.#ends) return;
    this.#ends = true;
    this.closed = true;
    this.#socket.ready(WRITABLE);
    if (!this.holds) this.#socket.shut(WRITE_SIDE);
  }

  protected override drained(): void {
    if (this.#ends) this.#socket.shut(WRITE_SIDE);
    this.#socket.drained();
  }

  /**
   * The peer reads the held bytes, and then the end. Not at once: if the socket is dropped next, its close tells the
   * peer about unread bytes (RFC 1122, 4.2.2.13: a reset).
   */
  override drop(): void {
    this.settle();
    this.#later = !this.#ends;
    if (this.#later) this.#socket.poller.later(this);
  }

  run(): void {
    if (this.#later) this.shutdown();
  }

  /** The socket is closed. */
  forget(): void {
    this.#later = false;
  }
}
