/** The back's end of a listener: gives connections that come in a line each, and puts its number into the ring. */
import type { SocketAddress } from "../driver.ts";
import { BackStream } from "./back-stream.ts";
import {
  ARGUMENT,
  ERROR,
  INHERITED,
  LOCAL,
  NOTICE_BYTES,
  NOTICE_STATE,
  REQUEST_CLOSE,
  REQUEST_RESET,
  REQUEST_SHUTDOWN,
  STATE,
  STATE_FAILED,
  STATE_OPEN,
} from "./layout.ts";
import type { Line } from "./line.ts";
import type { Connection, ListenerEvents, Names, StreamEvents } from "./network.ts";
import type { Registry, Server } from "./server.ts";

const number = new Uint32Array(1);
const numberBytes = new Uint8Array(number.buffer);

export class BackListener implements Server, ListenerEvents {
  readonly #back: Registry;
  readonly #line: Line;
  readonly #listener: { close(): void };
  #closing = false;
  #released = false;
  #gone = false;

  constructor(back: Registry, line: Line) {
    this.#back = back;
    this.#line = line;
    const wanted = line.address(LOCAL);
    const address = wanted.port === INHERITED ? Number(wanted.host) : wanted;
    this.#listener = back.network.listen(address, line.word(ARGUMENT), this);
  }

  request(bits: number): void {
    if ((bits & (REQUEST_SHUTDOWN | REQUEST_CLOSE | REQUEST_RESET)) === 0) return;
    if ((bits & (REQUEST_CLOSE | REQUEST_RESET)) !== 0) this.#released = true;
    if (!this.#closing) {
      this.#closing = true;
      this.#refuseAll();
      if (!this.#gone) this.#listener.close();
    }
    if (this.#gone) this.closed();
  }

  /** The front reads the ring no more. Nobody knows of these connections: their lines are ours again at once. */
  #refuseAll(): void {
    const { incoming } = this.#line;
    while (incoming.peek(numberBytes, 0, 4) === 4) {
      incoming.drop(4);
      this.#back.serverOf(number[0])?.request(REQUEST_RESET);
    }
  }

  listening(local: SocketAddress): void {
    this.#line.setAddress(LOCAL, local);
    this.#line.set(STATE, STATE_OPEN);
    this.#back.notify(this.#line, NOTICE_STATE);
  }

  connection(names: Names, connection: Connection): StreamEvents | undefined {
    const line = this.#closing ? undefined : this.#back.take();
    if (line === undefined) return undefined;
    const stream = BackStream.accepted(this.#back, line, names, connection);
    this.#back.serve(line, stream);
    number[0] = line.index;
    this.#line.incoming.push(numberBytes, 0, 4);
    this.#back.notify(this.#line, NOTICE_BYTES);
    return stream;
  }

  /** One that listens goes on, whatever became of a single connection. */
  failed(errno: number): void {
    if (this.#line.word(STATE) !== 0) return;
    this.#line.set(ERROR, errno);
    this.#line.set(STATE, STATE_FAILED);
    this.#back.notify(this.#line, NOTICE_STATE);
  }

  closed(): void {
    this.#gone = true;
    if (this.#released) this.#back.release(this.#line);
  }
}
