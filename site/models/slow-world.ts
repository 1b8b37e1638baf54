/** A slow sender and a program, in the virtual time of a session. */
import type { Action, Outcome } from "../session/actions.ts";
import { Session } from "../session/session.ts";

/** The pace of the senders. */
export interface Pace {
  /** Messages of each sender. */
  readonly messages: number;
  /** Milliseconds between two of them. */
  readonly interval: number;
}

export const MESSAGE = 24;
/** Milliseconds of one piece of the program's own work, and of a copy as it is drawn: a real one takes microseconds. */
export const TICK = 5;

const LISTENER = 3;

/** A session whose clients send by a time-table while time passes. */
export class SlowWorld {
  readonly session: Session;
  /** The server's descriptors, one for each sender. */
  readonly fds: readonly number[];
  /** When the messages are sent, in milliseconds since the start. */
  readonly sent: readonly number[];
  readonly end: number;
  /** The sender of each message. */
  readonly #clients: readonly number[];
  #next = 0;
  #time = 0;
  /** Whether a sleeper has woken since `woken` was last read. */
  #woken = false;

  static async open(module: WebAssembly.Module, senders: number, pace: Pace): Promise<SlowWorld> {
    const session = await Session.open(module);
    session.act({ call: "listen" });
    const fds = Array.from({ length: senders }, () => {
      session.act({ call: "connect", fd: LISTENER });
      return session.act({ call: "accept", fd: LISTENER }).value;
    });
    return new SlowWorld(session, fds, pace);
  }

  private constructor(session: Session, fds: readonly number[], { messages, interval }: Pace) {
    this.session = session;
    this.fds = fds;
    // Several senders send in turn.
    const all = Array.from({ length: messages * fds.length }, (_, index) => ({
      at: TICK * Math.round((interval * (1 + index / fds.length)) / TICK),
      client: 1 + (index % fds.length),
    }));
    this.sent = all.map(({ at }) => at);
    this.#clients = all.map(({ client }) => client);
    this.end = interval * (messages + 1);
  }

  get time(): number {
    return this.#time;
  }

  get over(): boolean {
    return this.#time >= this.end;
  }

  /** A call of the program. */
  act(action: Action): Outcome {
    return this.session.act(action);
  }

  /** Time passes, and messages that are due arrive. */
  pass(ms: number): void {
    this.session.act({ call: "advance", ms });
    this.#time += ms;
    while (this.#next < this.sent.length && this.sent[this.#next] <= this.#time) {
      const before = this.session.log.length;
      this.session.act({ call: "client_send", client: this.#clients[this.#next++], length: MESSAGE });
      this.#woken ||= this.session.log.slice(before).some(({ action }) => action.call === "wake");
    }
  }

  /** Whether a sleeper has woken since the last look. */
  woken(): boolean {
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }
}
