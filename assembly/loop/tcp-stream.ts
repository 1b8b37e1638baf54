/** TCP connections on a loop: handlers get arriving bytes, and sent bytes are queued up to a mark. */
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../abi/events";
import { EAGAIN } from "../abi/errno";
import { peerAddress } from "../net/connection";
import { recv, send, setKeepAlive, setNoDelay, shutdown } from "../net/stream";
import { INPUT_SIZE, input } from "./input";
import { Loop } from "./loop";
import { SendQueue } from "./send-queue";
import { Callback } from "./timers";
import { Watched } from "./watched";

const WRITE_SIDE: u32 = 2;
/** Reads of one stream before it is the others' turn. */
const MOST_READS: i32 = 16;
const HIGH_WATER_MARK: i32 = 65_536;
/** What may follow the data: a hangup, or urgent data, at which a receive stops. */
const FOLLOWERS: u32 = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;

/** What a stream calls. A subclass overrides what it needs, and keeps its state in its fields. */
export class StreamHandler {
  /** The connection of `connectTcp` is established. */
  onConnect(_stream: TcpStream): void {}

  /** Bytes have arrived. The array is reused after the call: copy the bytes that you keep. */
  onData(_stream: TcpStream, _bytes: Uint8Array): void {}

  /** The peer has ended its side. By default, closes the stream when everything is sent. */
  onEnd(stream: TcpStream): void {
    stream.close();
  }

  /** Fewer bytes than the mark are queued again, after `tryWrite` has returned false. */
  onDrain(_stream: TcpStream): void {}

  /** The connection has failed: ECONNREFUSED, ECONNRESET, ETIMEDOUT... `errorCode` has the name. `onClose` follows. */
  onError(_stream: TcpStream, _errno: i32): void {}

  /** The stream is closed. Called once, as the last event. */
  onClose(_stream: TcpStream): void {}
}

/** A connection under way. A program that never connects does not contain its code. */
export abstract class Connector {
  /**
   * @returns 0 when the connection is established, or a negated errno
   */
  abstract outcome(): i32;
}

/** A TCP connection: from a listener, or from `connectTcp`. */
export class TcpStream extends Watched {
  handler: StreamHandler;
  /** At so many queued bytes `tryWrite` refuses more. */
  highWaterMark: i32 = HIGH_WATER_MARK;
  private loop: Loop;
  private queue: SendQueue = new SendQueue();
  /** Makes the connection; null when it is established, and for an accepted one. */
  private connector: Connector | null = null;
  private isClosed: bool = false;
  /** Whether a read may find something. If not, wait for the next edge. */
  private isReadable: bool = false;
  private isWritable: bool = false;
  private isPaused: bool = false;
  private hasEnded: bool = false;
  /** Something may follow the data: a short count does not mean that all was read. */
  private hasFollower: bool = false;
  private isCutOff: bool = false;
  private needsDrain: bool = false;
  private endsWrite: bool = false;
  private endsAll: bool = false;
  /** Also gets its events: the source of a pipe, which waits for room. */
  private source: TcpStream | null = null;

  constructor(loop: Loop, fd: i32, handler: StreamHandler) {
    super();
    this.loop = loop;
    this.fd = fd;
    this.handler = handler;
  }

  /** Number of queued bytes: at most the mark and one `tryWrite`. */
  get bufferedAmount(): i32 {
    return this.queue.length;
  }

  /** False after the stream is closed. True while it still sends after `close`. */
  get isOpen(): bool {
    return !this.isClosed;
  }

  /** `127.0.0.1:40000`; empty before the connection is established. */
  get peerAddress(): string {
    return peerAddress(this.fd);
  }

  /** TCP_NODELAY. @returns 0 or a negated errno, as `setNoDelay(fd)` */
  setNoDelay(on: bool = true): i32 {
    return setNoDelay(this.fd, on);
  }

  /** SO_KEEPALIVE. @returns 0 or a negated errno, as `setKeepAlive(fd)` */
  setKeepAlive(on: bool = true): i32 {
    return setKeepAlive(this.fd, on);
  }

  /**
   * Sends or queues all of the bytes.
   *
   * @returns false, without taking any byte, while `highWaterMark` bytes or more are queued, and after `close` or
   *   `closeWrite`
   */
  tryWrite(bytes: Uint8Array): bool {
    return this.tryWriteBytes(bytes.dataStart, bytes.length);
  }

  /** Writes text in UTF-8. */
  tryWriteText(text: string): bool {
    const bytes = String.UTF8.encode(text);
    return this.tryWriteBytes(changetype<usize>(bytes), bytes.byteLength);
  }

  /** Writes bytes at an address. */
  tryWriteBytes(bytes: usize, length: i32): bool {
    if (this.isClosed || this.endsWrite) return false;
    if (this.queue.length >= this.highWaterMark) {
      this.needsDrain = true;
      return false;
    }
    let sent = 0;
    if (this.isWritable && this.queue.length == 0) {
      sent = send(this.fd, bytes, length);
      if (sent < length) this.isWritable = false;
      if (sent < 0 && sent != -EAGAIN) this.loop.callSoon(new Failure(this, -sent));
      sent = max(sent, 0);
    }
    if (sent < length) this.queue.push(bytes + sent, length - sent);
    if (this.queue.length >= this.highWaterMark) this.needsDrain = true;
    return true;
  }

  /** Stops calling `onData`. The peer stops when the system's buffers are full. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.proceedLater();
  }

  /**
   * Sends everything to `target`, then half-closes it. Reads no faster than `target` takes. Ends when either stream is
   * closed.
   */
  pipe(target: TcpStream): void {
    this.handler = new Pipe(target);
    target.source = this;
  }

  /** Half-close: the peer reads the end after all written bytes. */
  closeWrite(): void {
    if (this.isClosed || this.endsWrite) return;
    this.endsWrite = true;
    if (this.queue.length == 0 && this.connector == null) this.finish();
  }

  /** Closes when all written bytes are sent. `onData` is not called again. */
  close(): void {
    if (this.isClosed) return;
    this.isPaused = this.endsAll = true;
    this.closeWrite();
    if (this.queue.length == 0) this.abort();
  }

  /** Closes at once. */
  abort(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.queue.free();
    if (this.fd >= 0) this.loop.close(this);
    const source = this.source;
    if (source != null) source.close();
    this.handler.onClose(this);
  }

  /** Ends the stream with an error. */
  fail(errno: i32): void {
    if (this.isClosed) return;
    this.handler.onError(this, errno);
    this.abort();
  }

  onEvents(events: u32): void {
    const connector = this.connector;
    if (connector != null && !this.connected(connector.outcome())) return;
    if ((events & FOLLOWERS) != 0) this.hasFollower = true;
    if ((events & (EPOLLIN | FOLLOWERS)) != 0) this.isReadable = true;
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
      this.isWritable = true;
      this.flush();
    }
    if (!this.isClosed) this.read();
  }

  proceed(): void {
    this.isCutOff = false;
    this.read();
  }

  /** Registers the stream with its loop. @returns 0 or a negated errno @internal */
  watch(connector: Connector | null): i32 {
    this.connector = connector;
    return this.loop.watch(this, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI);
  }

  private proceedLater(): void {
    if (this.isCutOff || this.isClosed || !this.isReadable) return;
    this.isCutOff = true;
    this.loop.proceedLater(this);
  }

  private connected(outcome: i32): bool {
    this.connector = null;
    if (outcome < 0) {
      this.fail(-outcome);
      return false;
    }
    this.isWritable = true;
    this.handler.onConnect(this);
    return !this.isClosed;
  }

  private read(): void {
    for (let count = 0; !this.isPaused && this.isReadable && !this.hasEnded && !this.isClosed; count++) {
      if (count == MOST_READS) {
        this.proceedLater();
        return;
      }
      const bytes = input();
      const received = recv(this.fd, changetype<usize>(bytes), INPUT_SIZE);
      if (received < INPUT_SIZE && (received <= 0 || !this.hasFollower)) this.isReadable = false;
      if (received > 0) this.handler.onData(this, Uint8Array.wrap(bytes, 0, received));
      else if (received == 0) {
        this.hasEnded = true;
        this.handler.onEnd(this);
        if (this.endsWrite && this.queue.length == 0) this.abort();
      } else if (received != -EAGAIN) this.fail(-received);
    }
  }

  /** Sends queued bytes, then runs the work that waited for this. */
  private flush(): void {
    if (this.queue.length > 0 && this.isWritable) {
      const sent = send(this.fd, this.queue.start, this.queue.length);
      if (sent < 0 && sent != -EAGAIN) {
        this.fail(-sent);
        return;
      }
      if (sent < this.queue.length) this.isWritable = false;
      if (sent > 0) this.queue.shift(sent);
    }
    if (this.queue.length == 0 && this.endsWrite) this.finish();
    if (this.isClosed || !this.needsDrain || this.queue.length >= this.highWaterMark) return;
    this.needsDrain = false;
    const source = this.source;
    if (source != null) source.resume();
    this.handler.onDrain(this);
  }

  /** Everything before the end is sent. Closes a stream whose both sides have ended. */
  private finish(): void {
    if (this.endsAll || this.hasEnded) this.abort();
    else shutdown(this.fd, WRITE_SIDE);
  }
}

/** Sends arriving bytes to another stream. */
class Pipe extends StreamHandler {
  private target: TcpStream;

  constructor(target: TcpStream) {
    super();
    this.target = target;
  }

  onData(stream: TcpStream, bytes: Uint8Array): void {
    this.target.tryWrite(bytes);
    if (this.target.bufferedAmount >= this.target.highWaterMark) stream.pause();
  }

  onEnd(_stream: TcpStream): void {
    this.target.closeWrite();
  }

  onClose(_stream: TcpStream): void {
    this.target.close();
  }
}

/** Reports an error in a turn of the loop. */
export class Failure extends Callback {
  private stream: TcpStream;
  private errno: i32;

  constructor(stream: TcpStream, errno: i32) {
    super();
    this.stream = stream;
    this.errno = errno;
  }

  call(): void {
    this.stream.fail(this.errno);
  }
}
