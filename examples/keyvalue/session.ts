/** A client, as commands see it. */
import { TcpStream } from "pollux/assembly";
import { Output } from "./output";
import * as reply from "./reply";

let lastId: i64 = 0;

export class Session {
  readonly id: i64 = ++lastId;
  readonly output: Output;
  /** Given by CLIENT SETNAME. */
  name: string = "";
  /** What it has subscribed to. */
  channels: Set<string> = new Set();
  patterns: Set<string> = new Set();
  /** No more of its requests run: the connection ends behind the replies that are written. */
  isEnding: bool = false;
  private stream: TcpStream;

  constructor(stream: TcpStream) {
    this.stream = stream;
    this.output = new Output(stream);
  }

  get isSubscriber(): bool {
    return this.channels.size + this.patterns.size > 0;
  }

  /** Sends the replies that are written. */
  flush(): void {
    if (reply.length() > 0) this.output.send(reply.start(), reply.length());
    reply.clear();
  }

  /** Sends a message of a channel. A subscriber that does not read is closed. */
  push(start: usize, length: i32): void {
    if (!this.stream.isOpen) return;
    if (this.output.isFull) this.stream.abort();
    else this.output.send(start, length);
  }

  /** Ends the client at once. */
  abort(): void {
    this.isEnding = true;
    this.stream.abort();
  }
}
