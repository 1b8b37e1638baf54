/**
 * Runs a script as the steps of a session. A script may have several workers: one runs until it sleeps, then the next. When all sleep,
 * the clients act; when they have nothing to do either, time passes until something happens. If nothing ever will, the script hangs,
 * and that is the end that the page explains.
 */
import type { Action, Outcome } from "../session/actions.ts";
import { MAX_SCRIPT } from "../session/limits.ts";
import { Session, type SessionData, type Settings } from "../session/session.ts";
import type { LogEntry, Snapshot } from "../session/snapshot.ts";
import { Budget } from "./budget.ts";
import { globalsOf } from "./calls.ts";
import { type Course, Interpreter, parsed } from "./interpreter.ts";
import { type EndKind, ScriptError, type Suspension, type Value } from "./values.ts";

/** How a run has ended. */
export interface End {
  /** "asleep": every worker sleeps, and nothing will wake them. */
  readonly kind: EndKind;
  /** The line that it has stopped in; of the first sleeper. */
  readonly line?: number;
  readonly message: string;
}

export interface Output {
  readonly step: number;
  readonly line: number;
  readonly text: string;
}

export interface Run {
  /** A session that replays the run. */
  readonly data: SessionData;
  readonly log: readonly LogEntry[];
  /** The world at the end. */
  readonly last: Snapshot;
  readonly end: End;
  readonly output: readonly Output[];
}

/** The clients of a run, beside the script. */
export interface Clients {
  /** What they do. They act when all workers sleep, and yield to let time pass: milliseconds. */
  play?(act: (action: Action) => Outcome): Generator<number, void>;
  /** What they do at once after a call of the server. */
  react?(entry: LogEntry, act: (action: Action) => Outcome): void;
}

/** Of a millisecond: times are whole nanoseconds. */
const NANOSECONDS = 1_000_000;
const MAX_WORKERS = 16;
const MAX_PRINTS = 500;
/** Milliseconds after which others may run. */
const SLICE_MS = 8;

interface Worker {
  readonly number: number;
  readonly course: Course<unknown>;
  /** What it sleeps in; undefined while it can run. */
  suspension: Suspension | undefined;
  /** What it is resumed with. */
  value: Value;
  /** When `sleep` ends: nanoseconds. */
  until: number;
}

/**
 * Runs a script to its end.
 *
 * @param clients - what the other side does; without them the script does it itself
 */
export async function runScript(
  module: WebAssembly.Module,
  source: string,
  settings: Partial<Settings> = {},
  clients: Clients = {},
): Promise<Run> {
  using session = await Session.open(module, settings);
  const run = new Scheduler(session, clients);
  const end = await run.end(source);
  session.script = source;
  const { seed, bufferSize, latencyMs } = session.settings;
  const steps = [...session.steps];
  return {
    data: { seed, bufferSize, latencyMs, steps, step: steps.length, script: source },
    log: [...session.log],
    last: session.snapshot(),
    end,
    output: run.output,
  };
}

class Scheduler {
  readonly output: Output[] = [];
  readonly #session: Session;
  readonly #clients: Clients;
  readonly #budget = new Budget();
  readonly #interpreter: Interpreter;
  readonly #workers: Worker[] = [];
  #current: Worker | undefined;
  /** Of the server's last call. */
  #line = 1;
  /** Entries of the session's log that have been looked at. */
  #seen = 0;

  constructor(session: Session, clients: Clients) {
    this.#session = session;
    this.#clients = clients;
    const host = {
      act: (action: Action, line: number) => this.#act(action, line),
      spawn: (callee: Value, values: readonly Value[], line: number) =>
        this.#start(this.#interpreter.call(callee, values, line), line),
      print: (text: string, line: number) => {
        if (this.output.length < MAX_PRINTS) this.output.push({ step: session.step, line, text });
      },
    };
    this.#interpreter = new Interpreter(this.#budget, globalsOf(host, this.#budget));
  }

  /** Whole nanoseconds. */
  get #time(): number {
    return Math.round(this.#session.time * NANOSECONDS);
  }

  /** Runs everything. */
  async end(source: string): Promise<End> {
    try {
      if (source.length > MAX_SCRIPT) {
        throw new ScriptError("syntax", `the script has more than ${MAX_SCRIPT} characters`, 1);
      }
      this.#start(this.#interpreter.program(parsed(source)), 1);
      return await this.#schedule();
    } catch (error) {
      if (error instanceof ScriptError) return { kind: error.kind, line: error.line, message: error.message };
      // Expressions that are nested too deeply for the interpreter's own stack.
      if (error instanceof RangeError) return { kind: "limit", line: 1, message: "the script is nested too deeply" };
      throw error;
    }
  }

  #start(course: Course<unknown>, line: number): number {
    if (this.#workers.length === MAX_WORKERS) {
      throw new ScriptError("limit", `a script has at most ${MAX_WORKERS} workers`, line);
    }
    const number = this.#workers.length + 1;
    this.#workers.push({ number, course, suspension: undefined, value: undefined, until: 0 });
    return number;
  }

  async #schedule(): Promise<End> {
    const scene = this.#clients.play?.((action) => this.#clientActs(action));
    /** When the clients act again; Infinity when they have ended. */
    let next = scene === undefined ? Infinity : 0;
    const over = new Set<Worker>();
    let began = performance.now();
    while (true) {
      if (performance.now() - began > SLICE_MS) {
        await new Promise((resume) => setTimeout(resume));
        began = performance.now();
      }
      const ready = this.#workers.filter((worker) => worker.suspension === undefined && !over.has(worker));
      for (const worker of ready) if (this.#resume(worker)) over.add(worker);
      if (ready.length > 0) continue;
      if (this.#time >= next) {
        const { done, value } = scene!.next();
        next = done === true ? Infinity : this.#time + Math.round(value * NANOSECONDS);
        continue;
      }
      const sleeping = this.#workers.filter((worker) => !over.has(worker));
      if (sleeping.length === 0 && next === Infinity) return { kind: "done", message: "" };
      if (!this.#passTime(next, sleeping)) {
        return { kind: "asleep", line: sleeping[0].suspension!.line, message: "nothing will wake it" };
      }
    }
  }

  /** Runs a worker until it sleeps. Returns true at its end. */
  #resume(worker: Worker): boolean {
    this.#current = worker;
    const { done, value } = worker.course.next(worker.value);
    this.#current = undefined;
    if (done !== true) {
      worker.suspension = value;
      worker.until = this.#time + Math.round(value.ms * NANOSECONDS);
      if (value.outcome !== undefined) this.#finish(worker, value.outcome);
    }
    this.#wake();
    return done === true;
  }

  /** Time passes until the next thing happens. False if nothing ever will. */
  #passTime(next: number, sleeping: readonly Worker[]): boolean {
    const naps = sleeping.filter(({ suspension }) => suspension!.sleeper === undefined);
    const until = Math.min(
      next,
      this.#time + Math.round(this.#session.untilNext * NANOSECONDS),
      ...naps.map((worker) => worker.until),
    );
    if (until === Infinity) return false;
    if (until > this.#time) {
      this.#checked(this.#session.act({ call: "advance", ms: (until - this.#time) / NANOSECONDS }));
    }
    this.#wake();
    for (const worker of naps) if (worker.until <= this.#time) this.#finish(worker, undefined);
    return true;
  }

  #finish(worker: Worker, result: Outcome | undefined): void {
    worker.value = worker.suspension!.finish(result);
    worker.suspension = undefined;
  }

  /** Finds the sleepers that have returned since it was called last. */
  #wake(): void {
    const { log } = this.#session;
    for (; this.#seen < log.length; this.#seen++) {
      const { action, outcome } = log[this.#seen];
      if (action.call !== "wake" || outcome.asleep !== undefined) continue;
      const worker = this.#workers.find(({ suspension }) => suspension?.sleeper === action.sleeper);
      if (worker !== undefined) this.#finish(worker, outcome);
    }
  }

  #act(action: Action, line: number): Outcome {
    const { step } = this.#session;
    const origin = this.#workers.length > 1 ? { line, worker: this.#current!.number } : { line };
    this.#line = line;
    const outcome = this.#checked(this.#session.act(action, origin));
    this.#clients.react?.(this.#session.log[step], (reaction) => this.#clientActs(reaction));
    return outcome;
  }

  #clientActs(action: Action): Outcome {
    const outcome = this.#checked(this.#session.act(action));
    // A worker that runs may be about to sleep in the call that has just woken.
    if (this.#current === undefined) this.#wake();
    return outcome;
  }

  #checked(outcome: Outcome): Outcome {
    if (outcome.errno === "EOVERFLOW") throw new ScriptError("limit", "the script does not end", this.#line);
    return outcome;
  }
}
