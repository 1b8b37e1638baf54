/**
 * A connection on a loop.
 *
 *       connecting ── ready for output, no error ──▶ open ── close ──▶ closing ── everything is sent ──▶ closed
 *            │                                         │                                                    ▲
 *            └──── error, deadline, signal, abort ─────┴───── error, abort; both directions have ended ─────┘
 *
 * What can be read stays in the system until someone asks for it: `read`, `readInto`, a handler or a pipe. What the system does not
 * take is queued up to the mark.
 */

import { ArgumentError, DisposedError, type SocketAddress } from "../../wasi-host/index.ts";
import { Errno, SystemError, shown } from "../../wasi-host/internal.ts";
import { checkBytes } from "../arguments.ts";
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../constants.ts";
import { AGAIN, Socket } from "../socket.ts";
import type { Destination } from "./destinations.ts";
import { StateError } from "./errors.ts";
import type { Loop } from "./loop.ts";
import { SendQueue } from "./send-queue.ts";
import { checkTimed, type TimedOptions, Wait } from "./wait.ts";
import { Watched } from "./watched.ts";
import { readableOf, writableOf } from "./web-streams.ts";

/** Options of a stream. */
export interface StreamOptions {
  /** At so many queued bytes `tryWrite` refuses more. Default: 65,536. */
  readonly highWaterMark?: number;
  /** TCP_NODELAY. Default: true. */
  readonly noDelay?: boolean;
  /** SO_KEEPALIVE. Default: false. */
  readonly keepAlive?: boolean;
}

/** What a stream calls instead of `read`. All methods are optional. */
export interface StreamHandler {
  /** Bytes came. They are valid until the call returns. */
  data?(stream: TcpStream, chunk: Uint8Array): void;
  /** The peer has sent its last byte. Without this method the stream half-closes too. */
  end?(stream: TcpStream): void;
  /** Fewer bytes than the mark are queued, after a refused `tryWrite`. */
  drain?(stream: TcpStream): void;
  /** The connection has failed; `close` follows. */
  error?(stream: TcpStream, error: Error): void;
  /** The stream is closed. */
  close?(stream: TcpStream): void;
}

const DEFAULT_MARK = 65_536;
/** A stream that goes out of scope waits so many milliseconds for a slow peer. */
const LINGER = 10_000;
/** Receives of one stream in a turn, so that the others get their share. */
const MAX_RECEIVES = 8;
const NO_OPTIONS: TimedOptions = {};
const encoder = new TextEncoder();
const HANGUPS = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/** The result of a read: bytes or undefined; of a read into a buffer: their number. */
type Received = Uint8Array | undefined | number;

/** A waiting read. Without its own buffer it gets a new array. */
interface Reader {
  readonly buffer: Uint8Array | undefined;
  readonly wait: Wait<Received>;
}

/** A promise that waits until fewer bytes than the mark are queued. */
interface Drainer {
  resolve(value: undefined): void;
  reject(error: unknown): void;
}

/**
 * A connection: TCP, or a Unix socket.
 *
 * @example
 * await using stream = await connect("127.0.0.1:8080", { timeout: 1000 });
 * await stream.write("hello\n");
 * for await (const chunk of stream) console.log(chunk.length);
 */
export class TcpStream extends Watched implements AsyncDisposable {
  readonly loop: Loop;
  readonly #socket: Socket;
  readonly #mark: number;
  readonly #queue = new SendQueue();
  #connecting: Wait<void> | undefined;
  #reader: Reader | undefined;
  #handler: StreamHandler | undefined;
  #paused = false;
  /** Whether a receive may find something: true until one finds nothing. */
  #readable = true;
  #writable = true;
  /** An end, an error or urgent data may follow the data: a short count does not mean that everything was read. */
  #hasFollower = false;
  #readEnded = false;
  /** `closeWrite` was called; and the end was sent. */
  #writeEnded: Promise<void> | undefined;
  #shutDown = false;
  /** A `tryWrite` was refused, and `drain` has not been called yet. */
  #refused = false;
  #drainers: Drainer[] = [];
  #closing: Promise<void> | undefined;
  /** Called when all queued bytes are sent. */
  #flushed: (() => void)[] = [];
  /** Called when the stream is closed. */
  #ended: ((error: Error) => void)[] = [];
  #error: Error | undefined;
  /** The reason of rejected promises after the end of the stream. */
  #cause: Error | undefined;
  #closed = false;
  #readableStream: ReadableStream<Uint8Array> | undefined;
  #writableStream: WritableStream<Uint8Array> | undefined;

  /** @internal */
  constructor(loop: Loop, socket: Socket, { highWaterMark = DEFAULT_MARK, noDelay, keepAlive }: StreamOptions) {
    super();
    this.loop = loop;
    this.#socket = socket;
    this.#mark = highWaterMark;
    if (noDelay !== undefined) socket.setNoDelay(noDelay);
    if (keepAlive !== undefined) socket.setKeepAlive(keepAlive);
    loop.watch(socket.fd, this);
  }

  /** Connects to one address. @internal */
  static async open(
    loop: Loop,
    { address, text }: Destination,
    options: StreamOptions,
    limits: TimedOptions,
  ): Promise<TcpStream> {
    const socket = Socket.connect(loop.core, address);
    try {
      const stream = new TcpStream(loop, socket, options);
      const connected = new Wait<void>(loop, limits, "connect", () => stream.abort());
      stream.#connecting = connected;
      await connected.promise;
      return stream;
    } catch (error) {
      socket.close();
      if (!(error instanceof SystemError) || error.syscall !== "connect") throw error;
      throw new SystemError(-error.errno, "connect", text);
    }
  }

  /** @internal */
  override ready(events: number): void {
    if (this.#connecting !== undefined) {
      this.#connected(this.#connecting, events);
      return;
    }
    if ((events & (HANGUPS | EPOLLPRI)) !== 0) this.#hasFollower = true;
    if ((events & (EPOLLIN | HANGUPS | EPOLLPRI)) !== 0) this.#readable = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) !== 0) {
      this.#writable = true;
      this.#flush();
    }
    this.#receive();
  }

  /** @internal */
  override proceed(): void {
    this.#receive();
  }

  /** @internal */
  override fail(error: Error): void {
    this.#end(error);
  }

  #connected(wait: Wait<void>, events: number): void {
    const error = this.#socket.takeError();
    if (error !== undefined) this.#end(error);
    else if ((events & (EPOLLOUT | HANGUPS)) !== 0) {
      this.#connecting = undefined;
      wait.resolve(undefined);
    }
  }

  // Reading

  /**
   * Reads received bytes.
   *
   * @returns a promise of bytes, at least one; of undefined at the end of the stream
   * @throws SystemError ECONNRESET...; ETIMEDOUT; DisposedError after `close`; StateError while another read is pending
   */
  read(options: TimedOptions = NO_OPTIONS): Promise<Uint8Array | undefined> {
    return this.#read("read", undefined, options) as Promise<Uint8Array | undefined>;
  }

  /**
   * Reads into a buffer, which must not be used until the promise is settled.
   *
   * @param buffer - not empty
   * @returns a promise of the number of bytes; 0 at the end of the stream
   * @throws as `read`
   */
  readInto(buffer: Uint8Array, options: TimedOptions = NO_OPTIONS): Promise<number> {
    return this.#read("readInto", buffer, options) as Promise<number>;
  }

  #read(call: string, buffer: Uint8Array | undefined, options: TimedOptions): Promise<Received> {
    try {
      if (buffer !== undefined) checkBuffer(buffer);
      this.#checkReader(call);
      if (options !== NO_OPTIONS) checkTimed(options, call);
      if (this.#readEnded) return Promise.resolve(buffer === undefined ? undefined : 0);
      this.#checkOpen();
      if (this.#readable && this.loop.takeBudget()) {
        const into = buffer ?? this.loop.readBuffer;
        const count = this.#recv(into);
        this.#endIfDone();
        if (count !== AGAIN) return Promise.resolve(buffer === undefined ? chunkOf(into, count) : count);
      }
    } catch (error) {
      return Promise.reject(error);
    }
    const wait = new Wait<Received>(this.loop, options, call, () => {
      this.#reader = undefined;
    });
    this.#reader = { buffer, wait };
    if (this.#readable) this.loop.postpone(this);
    return wait.promise;
  }

  /** Receives without waiting. Throws the connection's error, which ends the stream. */
  #recv(buffer: Uint8Array): number {
    let count: number;
    try {
      count = this.#socket.recv(buffer);
    } catch (error) {
      this.#end(error as Error);
      throw error;
    }
    if (count === 0) {
      this.#readable = false;
      this.#readEnded = true;
    } else if (count === AGAIN || (count < buffer.length && !this.#hasFollower)) this.#readable = false;
    return count;
  }

  /** Passes received bytes to the reader or the handler. */
  #receive(): void {
    for (let left = MAX_RECEIVES; this.#readable && this.#wantsData; left--) {
      if (left === 0 || !this.loop.takeBudget()) {
        this.loop.postpone(this);
        return;
      }
      const reader = this.#reader;
      const into = reader?.buffer ?? this.loop.buffer;
      try {
        const count = this.#recv(into);
        if (count === AGAIN) return;
        if (reader !== undefined) this.#deliver(reader, into, count);
        else if (count > 0) this.#emit("data", into.subarray(0, count));
        else this.#peerEnded();
        this.#endIfDone();
      } catch {
        return; // the stream has ended with the error
      }
    }
  }

  get #wantsData(): boolean {
    return !this.#closed && (this.#reader !== undefined || (this.#handler !== undefined && !this.#paused));
  }

  #deliver({ buffer, wait }: Reader, bytes: Uint8Array, count: number): void {
    this.#reader = undefined;
    wait.resolve(buffer === undefined ? chunkOf(bytes, count) : count);
  }

  #peerEnded(): void {
    if (this.#handler?.end !== undefined) this.#emit("end");
    else void this.closeWrite();
  }

  /** The chunks up to the end of the stream. Leaving the loop early leaves the stream open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) yield chunk;
  }

  /**
   * Calls a handler from now on, instead of `read`.
   *
   * @param handler - its methods are called with the stream as the first argument
   * @throws StateError if the stream has a handler or a pipe, or a read is pending
   */
  handle(handler: StreamHandler): void {
    this.#checkReader("handle");
    this.#checkOpen();
    this.#handler = handler;
    if (this.#readable) this.loop.postpone(this);
  }

  /** Stops calling the handler's `data` and `end`. The peer slows down when the system's buffers are full. */
  pause(): void {
    this.#paused = true;
  }

  /** Ends `pause`. */
  resume(): void {
    this.#paused = false;
    if (this.#readable && this.#wantsData) this.loop.postpone(this);
  }

  // Writing

  /**
   * Writes all bytes. Do not change them until the promise is settled.
   *
   * @param data - bytes, or text, which is sent as UTF-8
   * @returns a promise that resolves when the system has taken all of them. If it rejects because of a signal or a timeout,
   *   all bytes are sent or none
   * @throws SystemError EPIPE, ECONNRESET...; ETIMEDOUT; StateError after `closeWrite`; DisposedError after `close`
   */
  write(data: Uint8Array | string, options: TimedOptions = NO_OPTIONS): Promise<void> {
    try {
      const bytes = bytesOf(data, "write");
      this.#checkWritable("write");
      if (options !== NO_OPTIONS) checkTimed(options, "write");
      const sent = this.#queue.length === 0 ? this.#send(bytes, 0, bytes.length) : 0;
      if (sent === bytes.length) return Promise.resolve();
      const wait = new Wait<void>(this.loop, options, "write", (given) => this.#queue.cancel(given));
      this.#queue.pushFor(wait, bytes);
      if (sent > 0) this.#queue.shift(sent);
      return wait.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends or queues all bytes, without waiting.
   *
   * @param data - bytes, copied if they are queued, or text, sent as UTF-8
   * @returns false, without taking any byte, while `highWaterMark` bytes or more are queued: wait for `drain`. Also
   *   false if the stream is closed, or closes because the connection has failed
   * @throws ArgumentError; StateError after `closeWrite`
   */
  tryWrite(data: Uint8Array | string): boolean {
    const bytes = bytesOf(data, "tryWrite");
    if (this.#closed || this.#closing !== undefined) return false;
    this.#checkWritable("tryWrite");
    if (this.#queue.length >= this.#mark) {
      this.#refused = true;
      return false;
    }
    try {
      this.#take(bytes);
    } catch {
      return false; // the stream has ended with the error
    }
    return true;
  }

  /** Sends or queues, whatever the mark. */
  #take(bytes: Uint8Array): void {
    const sent = this.#queue.length === 0 ? this.#send(bytes, 0, bytes.length) : 0;
    if (sent < bytes.length) this.#queue.push(bytes.subarray(sent));
  }

  /** Number of queued bytes. */
  get bufferedAmount(): number {
    return this.#queue.length;
  }

  /** Resolves when fewer bytes than `highWaterMark` are queued. */
  drain(options: TimedOptions = NO_OPTIONS): Promise<void> {
    try {
      this.#checkOpen();
      checkTimed(options, "drain");
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#queue.length < this.#mark) return Promise.resolve();
    const wait = new Wait<void>(this.loop, options, "drain", (given) => {
      this.#drainers = this.#drainers.filter((drainer) => drainer !== given);
    });
    this.#drainers.push(wait);
    return wait.promise;
  }

  /** Sends until the system takes no more. Returns how many bytes; throws the error with which the stream ends. */
  #send(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (this.#writable && at < end) {
      let count: number;
      try {
        count = this.#socket.send(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
      } catch (error) {
        this.#end(error as Error);
        throw error;
      }
      if (count === AGAIN) this.#writable = false;
      else at += count;
    }
    return at - start;
  }

  #flush(): void {
    const queue = this.#queue;
    try {
      for (let head = queue.head; head !== undefined && this.#writable; head = queue.head) {
        const sent = this.#send(head.bytes, head.start, head.end);
        if (sent > 0) queue.shift(sent)?.resolve(undefined);
      }
    } catch {
      return; // the stream has ended with the error
    }
    if (queue.length < this.#mark) this.#drained();
    if (queue.length === 0) for (const call of this.#flushed.splice(0)) call();
  }

  #drained(): void {
    if (this.#drainers.length > 0) for (const drainer of this.#drainers.splice(0)) drainer.resolve(undefined);
    if (!this.#refused) return;
    this.#refused = false;
    this.#emit("drain");
  }

  /**
   * Half-closes: the peer reads the end of the stream after all written bytes. Reading goes on. Can be repeated.
   *
   * @returns a promise that resolves when the end is sent
   */
  closeWrite(): Promise<void> {
    if (this.#writeEnded !== undefined) return this.#writeEnded;
    if (this.#closed || this.#closing !== undefined) return Promise.reject(this.#cause);
    const wait = new Wait<void>(this.loop, NO_OPTIONS, "closeWrite", () => {});
    this.#writeEnded = wait.promise;
    ignoreIfNobodyWaits(wait.promise);
    const fail = (error: Error) => wait.reject(error);
    this.#ended.push(fail);
    const shutDown = () => {
      try {
        this.#socket.shutdown("write");
      } catch (error) {
        this.#end(error as Error);
        return;
      }
      this.#shutDown = true;
      this.#ended = this.#ended.filter((call) => call !== fail);
      wait.resolve(undefined);
      this.#endIfDone();
    };
    if (this.#queue.length === 0) shutDown();
    else this.#flushed.push(shutDown);
    return wait.promise;
  }

  // Both directions

  /**
   * Sends all received bytes to another stream, then half-closes it. Neither stream is closed.
   *
   * @param target - while it takes no more, this stream is not read
   * @param options - a signal; the promise rejects with its reason
   * @returns a promise that resolves at the end of this stream; it rejects with the error of either
   */
  pipe(target: TcpStream, { signal }: Pick<TimedOptions, "signal"> = {}): Promise<void> {
    try {
      checkTimed({ signal }, "pipe");
      checkTarget(target);
      target.#checkWritable("pipe");
      if (this.#readEnded) return target.closeWrite();
      const done = new Wait<void>(this.loop, { signal }, "pipe", () => stop());
      const stop = () => {
        if (this.#handler === handler) this.#handler = undefined;
        target.#ended = target.#ended.filter((call) => call !== fail);
        this.#ended = this.#ended.filter((call) => call !== fail);
      };
      const fail = (error: unknown) => {
        stop();
        done.reject(error);
      };
      const drainer: Drainer = { resolve: () => this.resume(), reject: () => {} };
      const handler: StreamHandler = {
        data: (_stream, chunk) => {
          try {
            target.#checkWritable("pipe");
            target.#take(chunk);
          } catch (error) {
            return fail(error);
          }
          if (target.#queue.length < target.#mark) return;
          this.pause();
          target.#drainers.push(drainer);
        },
        end: () => {
          stop();
          target.closeWrite().then(() => done.resolve(undefined), fail);
        },
      };
      this.handle(handler);
      target.#ended.push(fail);
      this.#ended.push(fail);
      return done.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The received chunks, as a Web stream. */
  get readable(): ReadableStream<Uint8Array> {
    this.#readableStream ??= readableOf(this);
    return this.#readableStream;
  }

  /** A Web stream that writes. Closing it half-closes this stream; aborting it aborts this stream. */
  get writable(): WritableStream<Uint8Array> {
    this.#writableStream ??= writableOf(this);
    return this.#writableStream;
  }

  /** Sets TCP_NODELAY, as `Socket`'s. */
  setNoDelay(on = true): this {
    this.#socket.setNoDelay(on);
    return this;
  }

  /** Sets SO_KEEPALIVE, as `Socket`'s. */
  setKeepAlive(on = true): this {
    this.#socket.setKeepAlive(on);
    return this;
  }

  /** The local address; undefined if there is none, or the stream is closed. */
  get localAddress(): SocketAddress | undefined {
    return this.#closed ? undefined : this.#socket.localAddress;
  }

  /** The peer's address; undefined if there is none, or the stream is closed. */
  get peerAddress(): SocketAddress | undefined {
    return this.#closed ? undefined : this.#socket.peerAddress;
  }

  /** Whether the stream is open. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** The connection's error; undefined if it has not failed. */
  get error(): Error | undefined {
    return this.#error;
  }

  /**
   * Closes the stream when all written bytes are sent. A pending read rejects with a DisposedError. Can be repeated.
   *
   * @param options - a signal or a timeout: closes the stream at once, and rejects the promise
   * @returns a promise that resolves when the stream is closed, also by an error of the connection
   */
  close(options: TimedOptions = NO_OPTIONS): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#closing !== undefined) return this.#closing;
    try {
      checkTimed(options, "close");
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#queue.length === 0 || this.#connecting !== undefined) {
      this.abort();
      return Promise.resolve();
    }
    this.#cause = new DisposedError("stream");
    this.#reader?.wait.reject(this.#cause);
    this.#reader = undefined;
    this.#paused = true;
    const done = () => closed.resolve(undefined);
    const closed = new Wait<void>(this.loop, options, "close", () => {
      this.#ended = this.#ended.filter((call) => call !== done);
      this.abort();
    });
    this.#flushed.push(() => this.abort());
    this.#ended.push(done);
    this.#closing = closed.promise;
    ignoreIfNobodyWaits(closed.promise);
    return this.#closing;
  }

  /** Same as `close`, for at most ten seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ timeout: LINGER }).catch(() => {});
  }

  /** Closes the stream at once. Queued bytes are lost, and pending promises reject with a DisposedError. */
  abort(): void {
    this.#end(new DisposedError("stream"));
  }

  /** Closes the stream when both directions have ended. */
  #endIfDone(): void {
    if (this.#readEnded && this.#shutDown && this.#queue.length === 0) this.#end(undefined);
  }

  /** Closes the descriptor, and settles all promises. */
  #end(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    if (error instanceof SystemError) this.#error = error;
    this.loop.unwatch(this.#socket.fd);
    if (!this.loop.core.disposed) this.#socket.close();
    this.#cause = this.#error ?? this.#cause ?? error ?? new DisposedError("stream");
    const reason = this.#cause;
    this.#connecting?.reject(reason);
    this.#reader?.wait.reject(reason);
    this.#reader = undefined;
    for (const wait of this.#queue.clear()) wait.reject(reason);
    for (const drainer of this.#drainers.splice(0)) drainer.reject(reason);
    for (const call of this.#ended.splice(0)) call(reason);
    if (this.#error !== undefined) this.#emit("error", this.#error);
    this.#emit("close");
  }

  #emit(name: keyof StreamHandler, given?: unknown): void {
    const handler = this.#handler as Record<string, ((stream: this, given: unknown) => void) | undefined> | undefined;
    if (handler?.[name] === undefined) return;
    try {
      handler[name](this, given);
    } catch (error) {
      this.loop.onError(error);
    }
  }

  #checkReader(call: string): void {
    if (this.#handler !== undefined) throw new StateError(`${call}: the stream's handler or pipe reads it`);
    if (this.#reader !== undefined) throw new StateError(`${call}: another read is pending`);
  }

  #checkOpen(): void {
    if (this.#closed || this.#closing !== undefined) throw this.#cause;
  }

  #checkWritable(call: string): void {
    this.#checkOpen();
    if (this.#writeEnded !== undefined) throw new StateError(`${call} after closeWrite`);
  }

  /** The reason for rejected calls because the stream ends or has ended; undefined before. @internal */
  get cause(): Error | undefined {
    return this.#cause;
  }
}

/** The end of a stream may be awaited or not: its error must not be an unhandled rejection. */
function ignoreIfNobodyWaits(promise: Promise<void>): void {
  promise.catch(() => {});
}

/** The received bytes, in a new array; undefined at the end of the stream. */
function chunkOf(bytes: Uint8Array, count: number): Uint8Array | undefined {
  return count === 0 ? undefined : bytes.slice(0, count);
}

function bytesOf(data: Uint8Array | string, call: string): Uint8Array {
  if (typeof data === "string") return encoder.encode(data);
  checkBytes(data, call);
  return data;
}

function checkBuffer(buffer: Uint8Array): void {
  checkBytes(buffer, "readInto");
  if (buffer.length === 0) throw new SystemError(Errno.INVAL, "readInto", "an empty buffer");
}

function checkTarget(target: unknown): void {
  if (target instanceof TcpStream) return;
  throw new ArgumentError(`pipe(${shown(target)}): expected a TcpStream`, "ERR_INVALID_ARG_TYPE");
}
