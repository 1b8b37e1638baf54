/**
 * A stream at the I/O end. Incoming bytes go to the ring while it has room. When it is full, the socket is paused until
 * half of the ring is free. Outgoing bytes are written directly from the ring.
 */
import { Errno } from "../../abi/errno.ts";
import type { Channel } from "./channel.ts";
import {
  ARGUMENT,
  ERROR,
  FROM_LOCAL,
  INCOMING_BLOCKED,
  LOCAL,
  NOTICE_BYTES,
  NOTICE_ROOM,
  NOTICE_STATE,
  OPTIONS,
  REMOTE,
  REQUEST_CLOSE,
  REQUEST_OPTIONS,
  REQUEST_RESET,
  REQUEST_RESUME,
  REQUEST_SEND,
  REQUEST_SHUTDOWN,
  REQUEST_SHUTDOWN_READ,
  ROOM_WANTED,
  STATE,
  STATE_ENDED,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";
import type { Connection, Names, StreamEvents } from "./network.ts";
import type { Registry, Server } from "./server.ts";

const NONE: Uint8Array[] = [];

export class IoStream implements Server, StreamEvents {
  readonly #io: Registry;
  readonly #channel: Channel;
  readonly #connection: Connection;
  /** Bytes received without room for them. */
  #waiting = NONE;
  #state = 0;
  /** The number of outgoing bytes in the current write. */
  #writing = 0;
  /** The peer has ended, and bytes wait before the end. */
  #endWaits = false;
  #shutDown = false;
  #deaf = false;
  #closing = false;
  #gone = false;

  static connect(io: Registry, channel: Channel): IoStream {
    const from = channel.word(ARGUMENT) === FROM_LOCAL ? channel.address(LOCAL) : undefined;
    return new IoStream(io, channel, (events) => io.network.connect(channel.address(REMOTE), events, from));
  }

  static standardInput(io: Registry, channel: Channel): IoStream {
    return new IoStream(io, channel, (events) => io.network.standardInput!(events));
  }

  static accepted(io: Registry, channel: Channel, names: Names, connection: Connection): IoStream {
    channel.setAddress(LOCAL, names.local);
    channel.setAddress(REMOTE, names.remote);
    const stream = new IoStream(io, channel, () => connection);
    stream.#state = STATE_OPEN;
    channel.set(STATE, STATE_OPEN);
    return stream;
  }

  private constructor(io: Registry, channel: Channel, open: (events: StreamEvents) => Connection) {
    this.#io = io;
    this.#channel = channel;
    this.#connection = open(this);
  }

  request(bits: number): void {
    if ((bits & REQUEST_OPTIONS) !== 0 && !this.#gone) this.#connection.setOptions(this.#channel.word(OPTIONS));
    if ((bits & REQUEST_SHUTDOWN) !== 0) this.#shutDown = true;
    if ((bits & REQUEST_SHUTDOWN_READ) !== 0) this.#deaf = true;
    if ((bits & REQUEST_CLOSE) !== 0) this.#closing = true;
    if (this.#gone) {
      if ((bits & (REQUEST_CLOSE | REQUEST_RESET)) !== 0) this.#io.release(this.#channel);
      else if ((bits & REQUEST_RESUME) !== 0) this.#refill();
    } else if ((bits & REQUEST_RESET) !== 0) this.#abandon(true);
    else if ((bits & REQUEST_CLOSE) !== 0) this.#abandon(this.#unread);
    else {
      if ((bits & (REQUEST_SEND | REQUEST_SHUTDOWN)) !== 0) this.#flush();
      if ((bits & REQUEST_RESUME) !== 0) this.#refill();
    }
  }

  /** Whether its owner would have had something to read. */
  get #unread(): boolean {
    return this.#channel.incoming.used > 0 || this.#waiting.length > 0 || this.#connection.unread;
  }

  #abandon(abruptly: boolean): void {
    this.#closing = true;
    this.#waiting = NONE;
    if (abruptly || (this.#state & STATE_OPEN) === 0) this.#connection.reset();
    else {
      this.#connection.pause();
      this.#flush();
    }
  }

  opened({ local, remote }: Names): void {
    if (this.#gone) return;
    this.#channel.setAddress(LOCAL, local);
    this.#channel.setAddress(REMOTE, remote);
    this.#tell(STATE_OPEN);
    if (this.#shutDown) this.#flush();
  }

  #tell(state: number): void {
    this.#state |= state;
    this.#channel.set(STATE, this.#state);
    this.#io.notify(this.#channel, NOTICE_STATE);
  }

  data(bytes: Uint8Array): void {
    if (this.#closing || this.#gone) return;
    if (this.#shutDown && this.#deaf) {
      // RFC 1122, 4.2.2.13: bytes for a socket that is shut down in both directions are answered with a reset.
      this.failed(Errno.CONNRESET);
      this.#connection.reset();
      return;
    }
    if (this.#waiting.length === 0) {
      const count = this.#channel.incoming.push(bytes, 0, bytes.length);
      if (count > 0) this.#io.notify(this.#channel, NOTICE_BYTES);
      if (count === bytes.length) return;
      bytes = bytes.subarray(count);
    }
    if (this.#waiting === NONE) this.#waiting = [];
    this.#waiting.push(new Uint8Array(bytes));
    this.#connection.pause();
    this.#channel.set(INCOMING_BLOCKED, 1);
    // The client end may have made room earlier, without seeing that.
    this.#refill();
  }

  #refill(): void {
    const { incoming } = this.#channel;
    if (this.#waiting.length === 0 || incoming.used * 2 > incoming.size) return;
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
    if (moved > 0) this.#io.notify(this.#channel, NOTICE_BYTES);
    if (this.#waiting.length > 0) {
      this.#refill();
      return;
    }
    this.#waiting = NONE;
    this.#channel.set(INCOMING_BLOCKED, 0);
    if (this.#endWaits) this.#tell(STATE_ENDED);
    else if (!this.#gone) this.#connection.resume();
  }

  end(): void {
    if (this.#closing || this.#gone) return;
    if (this.#waiting.length > 0) this.#endWaits = true;
    else this.#tell(STATE_ENDED);
  }

  #flush(): void {
    const { outgoing } = this.#channel;
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
    const { outgoing } = this.#channel;
    outgoing.drop(this.#writing);
    this.#writing = 0;
    if (this.#channel.word(ROOM_WANTED) === 0 || outgoing.length * 3 > outgoing.size * 2) return;
    this.#channel.set(ROOM_WANTED, 0);
    this.#io.notify(this.#channel, NOTICE_ROOM);
  }

  failed(errno: number): void {
    if (this.#closing || this.#gone) return;
    this.#channel.set(ERROR, errno);
    this.#tell(STATE_FAILED);
  }

  closed(): void {
    this.#gone = true;
    if (this.#closing) this.#io.release(this.#channel);
  }
}
