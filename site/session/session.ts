/**
 * A session: a seed, actions, and the step that is shown. It goes back by doing everything again in a new world, which gives the same.
 */
import type { Action, Event, Outcome } from "./actions.ts";
import { decode, encode, type SessionData, type Step } from "./address.ts";
import { MAX_STEPS } from "./limits.ts";
import { type Moment, momentOf, NOTHING, pictureOf } from "./picture.ts";
import { letOthersRun, Slices } from "./slices.ts";
import { type LogEntry, MAX_LOG, type Snapshot } from "./snapshot.ts";
import { type Settings, World } from "./world.ts";

export { type SessionData, SessionError, type Step } from "./address.ts";
export type { Settings } from "./world.ts";

const DEFAULTS: Settings = { seed: 1, bufferSize: 64, latencyMs: 0 };

export class Session implements Disposable {
  readonly settings: Settings;
  /** The script that has made the steps. Acting by hand after it keeps it. */
  script: string | undefined;
  readonly #module: WebAssembly.Module;
  readonly #steps: Step[];
  readonly #log: LogEntry[] = [];
  #world: World;
  /** The world before its last action. */
  #before: Moment = NOTHING;
  #snapshot: Snapshot | undefined;
  /** Where `goTo` is going, and its promise while it is on its way. */
  #target = 0;
  #travel: Promise<void> | undefined;

  /**
   * Opens a session, and shows its step.
   *
   * @param module - core.wasm
   * @param data - what `decode` returns, or settings alone
   */
  static async open(module: WebAssembly.Module, data: Partial<SessionData> = {}): Promise<Session> {
    const { steps = [], step = steps.length, script, ...settings } = data;
    const complete = { ...DEFAULTS, ...settings };
    const session = new Session(module, complete, await World.open(module, complete), steps.map(withoutSign), script);
    await letOthersRun();
    // Everything once, so that the whole log is known.
    await session.goTo(steps.length);
    await session.goTo(step);
    return session;
  }

  /** @throws SessionError; `address.ts` has its codes */
  static decode(fragment: string): SessionData {
    return decode(fragment);
  }

  private constructor(
    module: WebAssembly.Module,
    settings: Settings,
    world: World,
    steps: Step[],
    script: string | undefined,
  ) {
    this.#module = module;
    this.settings = settings;
    this.#world = world;
    this.#steps = steps;
    this.script = script;
  }

  get step(): number {
    return this.#world.step;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** What each step has given, from the first to the last, also after going back. */
  get log(): readonly LogEntry[] {
    return this.#log;
  }

  /** Virtual milliseconds since the start. */
  get time(): number {
    return this.#world.time;
  }

  /** Milliseconds until something happens by itself: a segment arrives, or a wait's time is up. Infinity if nothing will. */
  get untilNext(): number {
    return this.#world.untilNext;
  }

  /**
   * Does something at the step that is shown. Later steps are cut off. Sleepers that have something to report wake in steps of their own.
   *
   * @returns what the action gave; the errno EOVERFLOW if the session has as many steps as it can have
   * @throws Error while `goTo` is on its way
   */
  act(action: Action, origin: Omit<Step, "action"> = {}): Outcome {
    if (this.#travel !== undefined) throw new Error("the session is on its way to another step");
    if (this.step >= MAX_STEPS) return { value: -1, errno: "EOVERFLOW" };
    if (this.step < this.#steps.length) {
      this.#steps.length = this.#log.length = this.step;
      this.script = undefined;
    }
    const outcome = this.#do(withoutSign({ action, ...origin }));
    this.#wakeSleepers();
    return outcome;
  }

  /** Each sleeper looks once. One that returns may leave nothing for the next. */
  #wakeSleepers(): void {
    const tried = new Set<number>();
    while (this.step < MAX_STEPS) {
      const sleeper = this.#world.awake().find((number) => !tried.has(number));
      if (sleeper === undefined) return;
      tried.add(sleeper);
      this.#do({ action: { call: "wake", sleeper }, ...this.#originOf(sleeper) });
    }
  }

  /** A sleeper's line is that of its call. */
  #originOf(sleeper: number): Omit<Step, "action"> {
    const began = this.#world.sleepers.get(sleeper)!.step;
    const { action: _, ...origin } = this.#steps[began - 1];
    return origin;
  }

  /** A new step. */
  #do(step: Step): Outcome {
    this.#steps.push(step);
    return this.#run(step);
  }

  #run(step: Step, noted = true): Outcome {
    if (noted) this.#before = momentOf(this.#world);
    const outcome = this.#world.act(step.action);
    this.#snapshot = undefined;
    this.#log[this.step - 1] = { ...step, step: this.step, time: this.#world.time, outcome };
    return outcome;
  }

  /** The step that is shown. The same object until something changes. */
  snapshot(): Snapshot {
    this.#snapshot ??= this.#picture();
    return this.#snapshot;
  }

  #picture(): Snapshot {
    const last = this.#log[this.step - 1];
    const delivered: readonly Event[] = last?.outcome.events ?? [];
    return {
      ...pictureOf(this.#world, this.#before, delivered, last?.action),
      steps: this.#steps.length,
      log: this.#log.slice(Math.max(0, this.step - MAX_LOG), this.step),
      delivered,
    };
  }

  /**
   * Shows another step: 0 is the start. A call while another one is on its way sends that one to the new step.
   *
   * @returns its snapshot
   * @throws RangeError for a step that the session does not have
   */
  async goTo(step: number): Promise<Snapshot> {
    if (!Number.isInteger(step) || step < 0 || step > this.#steps.length) {
      throw new RangeError(`step ${step}: the session has ${this.#steps.length}`);
    }
    this.#target = step;
    this.#travel ??= this.#go().finally(() => {
      this.#travel = undefined;
    });
    await this.#travel;
    return this.snapshot();
  }

  async #go(): Promise<void> {
    const slices = new Slices();
    while (this.step !== this.#target) {
      if (this.step > this.#target) await this.#restart();
      else this.#run(this.#steps[this.step], this.step === this.#target - 1);
      if (slices.over) await slices.next();
    }
  }

  async #restart(): Promise<void> {
    // The old world is let go of as it is: closing 60,000 sockets one by one would freeze the page.
    this.#world = await World.open(this.#module, this.settings);
    this.#before = NOTHING;
    this.#snapshot = undefined;
  }

  /**
   * The nearest step before (-1) or after (1) the one that is shown whose entry matches.
   *
   * @returns the step, for `goTo`; -1 if there is none
   */
  find(direction: 1 | -1, matches: (entry: LogEntry) => boolean): number {
    for (let at = this.step + direction; at >= 1 && at <= this.#log.length; at += direction) {
      if (matches(this.#log[at - 1])) return at;
    }
    return -1;
  }

  /** The address of this session at this step, without "#". */
  encode(): string {
    const { script } = this;
    return encode({
      ...this.settings,
      steps: this.#steps,
      step: this.step,
      ...(script === undefined ? {} : { script }),
    });
  }

  dispose(): void {
    this.#world.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** In JavaScript, `EPOLLIN | EPOLLET` is negative. */
function withoutSign(step: Step): Step {
  const { action } = step;
  if (action.call !== "epoll_ctl" || action.events === undefined || action.events >= 0) return step;
  return { ...step, action: { ...action, events: action.events >>> 0 } };
}
