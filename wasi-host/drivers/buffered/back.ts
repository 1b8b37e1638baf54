/** The back's half of the block: takes requests, and tells what has become of the sockets. */
import { errnoOfCode } from "../../errno.ts";
import { BackDatagrams } from "./back-datagrams.ts";
import { BackListener } from "./back-listener.ts";
import { BackStream } from "./back-stream.ts";
import type { Block } from "./block.ts";
import {
  ACCEPTED,
  ERROR,
  KIND,
  KIND_DATAGRAMS,
  KIND_LISTENER,
  KIND_STDIN,
  KIND_STREAM,
  NOTICE_FREE,
  NOTICE_STATE,
  REQUEST_CLOSE,
  REQUEST_OPEN,
  REQUEST_RECYCLE,
  STATE,
  STATE_FAILED,
} from "./layout.ts";
import type { Line } from "./line.ts";
import type { Network } from "./network.ts";
import type { Registry, Server } from "./server.ts";
import { Signals } from "./signals.ts";

export class Back implements Registry {
  readonly network: Network;
  readonly #block: Block;
  readonly #notices: Signals;
  readonly #requests: Signals;
  readonly #rouse: () => void;
  readonly #servers: (Server | undefined)[] = [];
  /** Lines for connections that come in. */
  readonly #free: Line[] = [];
  #running = false;

  /** `rouse`: there are notices for the front. */
  constructor(block: Block, network: Network, rouse: () => void) {
    this.#block = block;
    this.network = network;
    this.#rouse = rouse;
    this.#notices = Signals.notices(block);
    this.#requests = Signals.requests(block);
  }

  get pending(): boolean {
    return this.#requests.pending;
  }

  /** Does what was asked for. */
  run(): void {
    // On the front's own thread what is done here may ask for more: the loop below finds it.
    if (this.#running) return;
    this.#running = true;
    for (let line = this.#requests.next(); line !== undefined; line = this.#requests.next()) {
      this.#serve(line, this.#requests.take(line));
    }
    this.#running = false;
  }

  #serve(line: Line, bits: number): void {
    if ((bits & REQUEST_OPEN) !== 0) this.#open(line);
    if ((bits & REQUEST_RECYCLE) !== 0) this.#free.push(line);
    else if (this.#servers[line.index] !== undefined) this.#servers[line.index]!.request(bits);
    else if ((bits & REQUEST_CLOSE) !== 0) this.release(line); // never opened
  }

  /** What the network throws at once is a refusal as any other. */
  #open(line: Line): void {
    try {
      this.#servers[line.index] = this.#serverFor(line);
    } catch (error) {
      line.set(ERROR, errnoOfCode((error as { code?: string }).code));
      line.set(STATE, STATE_FAILED);
      this.notify(line, NOTICE_STATE);
    }
  }

  #serverFor(line: Line): Server {
    switch (line.word(KIND)) {
      case KIND_LISTENER:
        return new BackListener(this, line);
      case KIND_DATAGRAMS:
        return new BackDatagrams(this, line);
      case KIND_STDIN:
        return BackStream.standardInput(this, line);
      default:
        return BackStream.connect(this, line);
    }
  }

  take(): Line | undefined {
    const line = this.#free.pop() ?? this.#block.fresh();
    if (line === undefined) return undefined;
    line.clear();
    line.set(KIND, KIND_STREAM);
    line.set(ACCEPTED, 1);
    return line;
  }

  serve(line: Line, server: Server): void {
    this.#servers[line.index] = server;
  }

  serverOf(index: number): Server | undefined {
    return this.#servers[index];
  }

  notify(line: Line, bits: number): void {
    if (this.#notices.raise(line, bits)) this.#rouse();
  }

  release(line: Line): void {
    this.#servers[line.index] = undefined;
    this.notify(line, NOTICE_FREE);
  }
}
