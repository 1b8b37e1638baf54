/** The front's half of the block: lines are taken and given back, requests go out, notices come in. */
import { Errno } from "../../errno.ts";
import { SystemError } from "../../system-error.ts";
import { Endpoint } from "../endpoints/endpoint.ts";
import type { Block } from "./block.ts";
import { ACCEPTED, KIND, NOTICE_FREE, REQUEST_RECYCLE } from "./layout.ts";
import type { Line } from "./line.ts";
import type { Link } from "./link.ts";
import { Signals } from "./signals.ts";

/** What stands behind a handle whose socket is the back's. */
export abstract class LineEndpoint extends Endpoint {
  readonly line: Line;
  protected readonly front: Front;

  constructor(front: Front, line: Line) {
    super();
    this.front = front;
    this.line = line;
    front.attach(this);
  }

  /** The back has news of the line (`NOTICE_` bits). */
  abstract notice(bits: number): void;
  /** Has the back answered whether it could be opened? */
  abstract readonly settled: boolean;
}

export class Front {
  readonly #block: Block;
  readonly #link: Link;
  readonly #notices: Signals;
  readonly #requests: Signals;
  readonly #endpoints: (LineEndpoint | undefined)[] = [];
  readonly #free: Line[] = [];
  /** Lines that we have had to do with, and that the back still does something with. */
  readonly #busy = new Set<Line>();

  constructor(block: Block, link: Link) {
    this.#block = block;
    this.#link = link;
    this.#notices = Signals.notices(block);
    this.#requests = Signals.requests(block);
  }

  /** A line of its own for a new socket. Throws EMFILE. */
  take(kind: number): Line {
    const line = this.#free.pop() ?? this.#block.fresh();
    if (line === undefined) throw new SystemError(Errno.MFILE, "socket");
    line.clear();
    line.set(KIND, kind);
    return line;
  }

  /** One that the back has opened. */
  line(index: number): Line {
    return this.#block.line(index);
  }

  attach(endpoint: LineEndpoint): void {
    this.#endpoints[endpoint.line.index] = endpoint;
    this.#busy.add(endpoint.line);
  }

  /** The handle is gone: what the back says from now on is nobody's business. */
  detach(endpoint: LineEndpoint): void {
    this.#endpoints[endpoint.line.index] = undefined;
  }

  /** Is the back done with everything? */
  get idle(): boolean {
    return this.#busy.size === 0;
  }

  request(line: Line, bits: number): void {
    if (this.#requests.raise(line, bits)) this.#link.rouse();
  }

  get taken(): number {
    return this.#notices.taken;
  }

  get pending(): boolean {
    return this.#notices.pending;
  }

  /** Takes note of what the back has told. */
  listen(): void {
    for (let line = this.#notices.next(); line !== undefined; line = this.#notices.next()) {
      const bits = this.#notices.take(line);
      if ((bits & NOTICE_FREE) !== 0) this.#freed(line);
      else this.#endpoints[line.index]?.notice(bits);
    }
  }

  #freed(line: Line): void {
    this.#busy.delete(line);
    if (line.word(ACCEPTED) === 0) this.#free.push(line);
    else this.request(line, REQUEST_RECYCLE);
  }
}
