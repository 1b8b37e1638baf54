/** The page's side of the lab: a worker that is started when it is needed, and started again when it does not answer. */

import type { Settings } from "../session/session.ts";
import type { CostOptions, Measure } from "./cost.ts";
import type { Verdict } from "./exercises.ts";
import type { Reply, Request, Results, Task } from "./messages.ts";
import type { Run } from "./run.ts";

/** The part of a Worker that is used: Node's threads have it too, with another way to listen. */
export interface LabThread {
  postMessage(request: Request): void;
  terminate(): unknown;
}

interface Pending {
  resolve(result: Results[keyof Results]): void;
  reject(error: Error): void;
  onProgress?(measure: Measure): void;
}

/** Milliseconds without any answer, after which the worker is given up. */
const PATIENCE_MS = 20_000;

export class Lab {
  readonly #module: WebAssembly.Module;
  readonly #start: (onReply: (reply: Reply) => void, onFailure: (error: Error) => void) => LabThread;
  readonly #pending = new Map<number, Pending>();
  #thread: LabThread | undefined;
  #alarm: ReturnType<typeof setTimeout> | undefined;
  #count = 0;

  /**
   * @param module - core.wasm
   * @param start - starts a thread with worker.ts, and passes on what it says
   */
  constructor(
    module: WebAssembly.Module,
    start: (onReply: (reply: Reply) => void, onFailure: (error: Error) => void) => LabThread,
  ) {
    this.#module = module;
    this.#start = start;
  }

  /** Runs a script. */
  run(source: string, settings: Partial<Settings> = {}): Promise<Run> {
    return this.#ask({ task: "run", source, settings }) as Promise<Run>;
  }

  /** Checks a server. `exercise`: its id. */
  check(exercise: string, source: string): Promise<Verdict> {
    return this.#ask({ task: "check", exercise, source }) as Promise<Verdict>;
  }

  /** Measures waits. `onMeasure` gets each measure as soon as it is there. */
  measure(options: CostOptions, onMeasure?: (measure: Measure) => void): Promise<readonly Measure[]> {
    return this.#ask({ task: "measure", options }, onMeasure) as Promise<readonly Measure[]>;
  }

  #ask(task: Task, onProgress?: (measure: Measure) => void): Promise<Results[keyof Results]> {
    return new Promise((resolve, reject) => {
      const id = ++this.#count;
      this.#pending.set(id, { resolve, reject, onProgress });
      this.#thread ??= this.#start(
        (reply) => this.#answer(reply),
        (error) => this.stop(error),
      );
      this.#thread.postMessage({ id, module: this.#module, task });
      this.#watch();
    });
  }

  #watch(): void {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    if (this.#pending.size === 0) return;
    this.#alarm = setTimeout(() => this.stop(new Error("the worker does not answer")), PATIENCE_MS);
  }

  #answer(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if ("progress" in reply) pending.onProgress?.(reply.progress);
    else {
      this.#pending.delete(reply.id);
      if ("failure" in reply) pending.reject(new Error(reply.failure));
      else pending.resolve(reply.result);
    }
    this.#watch();
  }

  /** Ends the thread, and everything that it was asked for. The next task starts a new one. */
  stop(reason = new Error("stopped")): void {
    this.#thread?.terminate();
    this.#thread = undefined;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    this.#watch();
  }
}

/** Starts a browser's worker, for `new Lab`. */
export function browserThread(url: string | URL): ConstructorParameters<typeof Lab>[1] {
  return (onReply, onFailure) => {
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => onReply(data);
    worker.onerror = ({ message }) => onFailure(new Error(message));
    return worker;
  };
}
