/**
 * The back's end of a stream. Bytes that come in go to the ring while there is room; when there is none, the socket is not
 * read until half of the ring is free. Bytes that go out are written from where they lie in the ring.
 */
import { Errno } from "../../errno.ts";
import {
  CRAMPED,
  ERROR,
  LOCAL,
  NOTICE_BYTES,
  NOTICE_ROOM,
  NOTICE_STATE,
  REMOTE,
  REQUEST_CLOSE,
  REQUEST_DEAF,
  REQUEST_RESET,
  REQUEST_RESUME,
  REQUEST_SEND,
  REQUEST_SHUTDOWN,
  STARVED,
  STATE,
  STATE_ENDED,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";
import type { Line } from "./line.ts";
import type { Connection, Names, StreamEvents } from "./network.ts";
import type { Registry, Server } from "./server.ts";

export class BackStream implements Server, StreamEvents {
  readonly #back: Registry;
  readonly #line: Line;
  readonly #connection: Connection;
  /** What came when there was no room. */
  #waiting: Uint8Array[] = [];
  #state = 0;
  /** How many of the outgoing bytes are being written. */
  #writing = 0;
  /** The peer has ended, and something waits before that. */
  #endWaits = false;
  #shutDown = false;
  #deaf = false;
  #closing = false;
  #gone = false;

  static connect(back: Registry, line: Line): BackStream {
    return new BackStream(back, line, (events) => back.network.connect(line.address(REMOTE), events));
  }

  static standardInput(back: Registry, line: Line): BackStream {
    return new BackStream(back, line, (events) => back.network.standardInput(events));
  }

  static accepted(back: Registry, line: Line, names: Names, connection: Connection): BackStream {
    line.setAddress(LOCAL, names.local);
    line.setAddress(REMOTE, names.remote);
    const stream = new BackStream(back, line, () => connection);
    stream.#state = STATE_OPEN;
    line.set(STATE, STATE_OPEN);
    return stream;
  }

  private constructor(back: Registry, line: Line, open: (events: StreamEvents) => Connection) {
    this.#back = back;
    this.#line = line;
    this.#connection = open(this);
  }

  request(bits: number): void {
    if ((bits & REQUEST_SHUTDOWN) !== 0) this.#shutDown = true;
    if ((bits & REQUEST_DEAF) !== 0) this.#deaf = true;
    if ((bits & REQUEST_CLOSE) !== 0) this.#closing = true;
    if (this.#gone) {
      if ((bits & (REQUEST_CLOSE | REQUEST_RESET)) !== 0) this.#back.release(this.#line);
      else if ((bits & REQUEST_RESUME) !== 0) this.#refill();
    } else if ((bits & REQUEST_RESET) !== 0) this.#abandon(true);
    else if ((bits & REQUEST_CLOSE) !== 0) this.#abandon(this.#unread);
    else {
      if ((bits & (REQUEST_SEND | REQUEST_SHUTDOWN)) !== 0) this.#flush();
      if ((bits & REQUEST_RESUME) !== 0) this.#refill();
    }
  }

  /** Would its owner have had something to read? */
  get #unread(): boolean {
    return this.#line.incoming.length > 0 || this.#waiting.length > 0 || this.#connection.unread;
  }

  #abandon(abruptly: boolean): void {
    this.#closing = true;
    this.#waiting = [];
    if (abruptly || (this.#state & STATE_OPEN) === 0) this.#connection.reset();
    else {
      this.#connection.pause();
      this.#flush();
    }
  }

  opened({ local, remote }: Names): void {
    if (this.#gone) return;
    this.#line.setAddress(LOCAL, local);
    this.#line.setAddress(REMOTE, remote);
    this.#tell(STATE_OPEN);
    if (this.#shutDown) this.#flush();
  }

  #tell(state: number): void {
    this.#state |= state;
    this.#line.set(STATE, this.#state);
    this.#back.notify(this.#line, NOTICE_STATE);
  }

  data(bytes: Uint8Array): void {
    if (this.#closing || this.#gone) return;
    if (this.#shutDown && this.#deaf) {
      // RFC 1122, 4.2.2.13: bytes for somebody who neither reads nor writes any more are answered with a reset.
      this.failed(Errno.CONNRESET);
      this.#connection.reset();
      return;
    }
    if (this.#waiting.length === 0) {
      const count = this.#line.incoming.push(bytes, 0, bytes.length);
      if (count > 0) this.#back.notify(this.#line, NOTICE_BYTES);
      if (count === bytes.length) return;
      bytes = bytes.subarray(count);
    }
    this.#waiting.push(bytes);
    this.#connection.pause();
    this.#line.set(STARVED, 1);
    // The front may have made room before it could see that.
    this.#refill();
  }

  #refill(): void {
    const { incoming } = this.#line;
    if (this.#waiting.length === 0 || incoming.length * 2 > incoming.size) return;
    let moved = 0;
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      const count = incoming.push(first, 0, first.length);
      moved += count;
      if (count < first.length) {
        this.#waiting[0] = first.subarray(count);
        break;
      }
      this.#waiting.shift();
    }
    if (moved > 0) this.#back.notify(this.#line, NOTICE_BYTES);
    if (this.#waiting.length > 0) {
      this.#refill();
      return;
    }
    this.#line.set(STARVED, 0);
    if (this.#endWaits) this.#tell(STATE_ENDED);
    else if (!this.#gone) this.#connection.resume();
  }

  end(): void {
    if (this.#closing || this.#gone) return;
    if (this.#waiting.length > 0) this.#endWaits = true;
    else this.#tell(STATE_ENDED);
  }

  #flush(): void {
    const { outgoing } = this.#line;
    while (this.#writing === 0 && outgoing.length > 0) {
      const bytes = outgoing.oldest();
      this.#writing = bytes.length;
      if (!this.#connection.write(bytes)) return;
      this.#dropWritten();
    }
    if (this.#writing > 0 || (this.#state & STATE_OPEN) === 0) return;
    if (this.#closing) this.#connection.close();
    else if (this.#shutDown) this.#connection.end();
  }

  written(): void {
    if (this.#gone) return;
    this.#dropWritten();
    this.#flush();
  }

  #dropWritten(): void {
    const { outgoing } = this.#line;
    outgoing.drop(this.#writing);
    this.#writing = 0;
    if (this.#line.word(CRAMPED) === 0 || outgoing.length * 3 > outgoing.size * 2) return;
    this.#line.set(CRAMPED, 0);
    this.#back.notify(this.#line, NOTICE_ROOM);
  }

  failed(errno: number): void {
    if (this.#closing || this.#gone) return;
    this.#line.set(ERROR, errno);
    this.#tell(STATE_FAILED);
  }

  closed(): void {
    this.#gone = true;
    if (this.#closing) this.#back.release(this.#line);
  }
}
