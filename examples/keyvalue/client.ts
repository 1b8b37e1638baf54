/** A client's connection: runs its requests in their order, and sends the replies of all that came together in one call. */
import { Callback, defaultLoop, StreamHandler, TcpStream, Timer } from "pollux/assembly";
import { Buffer } from "./buffer";
import { unsubscribeAll } from "./channels";
import { run } from "./command-table";
import { clients } from "./memory";
import * as reply from "./reply";
import { INCOMPLETE, INVALID, RequestParser } from "./request";
import { Session } from "./session";
import { CLIENT_QUERY_BUFFER_LIMIT, SCARCE } from "./settings";
import * as statistics from "./statistics";
import * as words from "./words";

/** Bytes of replies that are sent before the next request runs. */
const MOST_REPLIES: i32 = 65_536;
/** Milliseconds in which a client that we have ended may read its last reply and close. */
const LINGER: f64 = 5000;

export class Client extends StreamHandler {
  private session: Session;
  private parser: RequestParser = new RequestParser();
  /** A request that is not complete; and requests that wait, while the client does not read. */
  private pending: Buffer = new Buffer();
  private isHeld: bool = false;
  private linger: Timer | null = null;

  constructor(stream: TcpStream) {
    super();
    this.session = new Session(stream);
    statistics.onAccept();
  }

  onData(stream: TcpStream, bytes: Uint8Array): void {
    if (this.session.isEnding) return;
    if (this.pending.length > 0) {
      this.pending.push(bytes.dataStart, bytes.length);
      this.proceed(stream);
      return;
    }
    const done = this.execute(stream, bytes.dataStart, bytes.length);
    if (done < bytes.length) this.pending.push(bytes.dataStart + done, bytes.length - done);
  }

  onEnd(stream: TcpStream): void {
    this.session.isEnding = true;
    this.finish(stream);
  }

  onDrain(stream: TcpStream): void {
    this.session.output.proceed();
    if (this.session.isEnding) this.finish(stream);
    if (!this.isHeld || this.session.output.isFull) return;
    this.isHeld = false;
    stream.resume();
    this.proceed(stream);
  }

  onClose(_stream: TcpStream): void {
    const linger = this.linger;
    if (linger != null) linger.cancel();
    unsubscribeAll(this.session);
    this.session.output.free();
    this.pending.free();
    statistics.onClose();
  }

  /** Runs the requests that are complete. */
  private proceed(stream: TcpStream): void {
    this.pending.shift(this.execute(stream, this.pending.start, this.pending.length));
    const limit = clients.isFull ? SCARCE : CLIENT_QUERY_BUFFER_LIMIT;
    if (this.pending.length <= limit || this.isHeld) return;
    reply.begin();
    reply.error("ERR request exceeds client-query-buffer-limit");
    this.session.isEnding = true;
    this.finish(stream);
    this.pending.free();
  }

  /** @returns how many of the bytes are not needed any more */
  private execute(stream: TcpStream, start: usize, length: i32): i32 {
    const session = this.session;
    let at = 0;
    while (at < length && !session.isEnding) {
      const size = this.parser.parse(start + at, length - at);
      if (size == INCOMPLETE) break;
      if (size == INVALID) {
        reply.begin();
        reply.error(this.parser.error);
        session.isEnding = true;
        break;
      }
      at += size;
      if (words.count == 0) continue;
      run(session);
      if (reply.length() < MOST_REPLIES) continue;
      session.flush();
      if (session.output.isFull) {
        this.isHeld = true;
        stream.pause();
        break;
      }
    }
    session.flush();
    if (!session.isEnding) return at;
    this.finish(stream);
    return length;
  }

  /**
   * Sends the last reply, and the end behind it. What still comes is read until the client ends too: the kernel would answer it with a
   * reset, which can overtake the reply.
   */
  private finish(stream: TcpStream): void {
    this.session.flush();
    if (!this.session.output.isEmpty) return;
    stream.closeWrite();
    if (stream.isOpen && this.linger == null) this.linger = defaultLoop().callLater(LINGER, new Linger(stream));
  }
}

class Linger extends Callback {
  private stream: TcpStream;

  constructor(stream: TcpStream) {
    super();
    this.stream = stream;
  }

  call(): void {
    this.stream.abort();
  }
}
