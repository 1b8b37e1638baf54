/**
 * What a client has not read. The stream holds up to its mark; the rest waits here, where it is counted, and is limited.
 */
import { TcpStream } from "pollux/assembly";
import { Buffer } from "./buffer";
import { clients } from "./memory";
import { CLIENT_OUTPUT_BUFFER_LIMIT } from "./settings";

/** Bytes for one call of the host. */
const PIECE: i32 = 65_536;

export class Output {
  private queue: Buffer = new Buffer();
  private stream: TcpStream;

  constructor(stream: TcpStream) {
    this.stream = stream;
  }

  /** Should nothing more be written for this client, until it reads? */
  get isFull(): bool {
    return this.queue.length > (clients.isFull ? 0 : CLIENT_OUTPUT_BUFFER_LIMIT);
  }

  /** Has the stream taken everything? It may still hold a part of it. */
  get isEmpty(): bool {
    return this.queue.length == 0;
  }

  send(start: usize, length: i32): void {
    const sent = this.queue.length == 0 ? this.sendNow(start, length) : 0;
    if (sent < length) this.queue.push(start + sent, length - sent);
  }

  /** The stream has room again. */
  proceed(): void {
    this.queue.shift(this.sendNow(this.queue.start, this.queue.length));
  }

  free(): void {
    this.queue.free();
  }

  /** @returns how many of the bytes the stream has taken */
  private sendNow(start: usize, length: i32): i32 {
    let sent = 0;
    while (sent < length) {
      const piece = min(length - sent, PIECE);
      if (!this.stream.tryWriteBytes(start + sent, piece)) break;
      sent += piece;
    }
    return sent;
  }
}
