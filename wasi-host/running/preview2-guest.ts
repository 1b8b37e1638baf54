/** WASI 0.2 with the grants of one guest. Its close closes everything that the guest left open. */
import { Preview2 } from "../bindings/preview2/index.ts";
import type { Observers } from "../bindings/preview2/observed.ts";
import type { ComponentHost } from "../components/host.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import { ArgumentError, DisposedError } from "../errors/argument-error.ts";
import type { Base } from "../files/contract/base.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { checkLimits } from "../kernel/limits.ts";
import { checkHostOptions } from "../options/option-values.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { openBase, processStdios, resolver } from "../platform/index.ts";
import { openStdios, type Stdios } from "../stdio/stdios.ts";
import { Blocking } from "../waiting/blocking.ts";
import { Suspending } from "../waiting/suspending.ts";
import { checkSleep, driverOf, grantsOf } from "./opening.ts";

export class Preview2Guest {
  /** The guest's imports. */
  readonly host: ComponentHost;
  /** Undefined if the thread sleeps. */
  readonly suspending: Suspending | undefined;
  readonly signal: AbortSignal;
  readonly #preview2: Preview2;
  readonly #driver: Driver;
  readonly #ownsDriver: boolean;
  readonly #base: Base | undefined;
  readonly #stdios: Stdios;
  /** Ends all waits that do not block the thread. */
  readonly #end = new AbortController();

  /**
   * Opens the driver and everything granted.
   *
   * @throws ArgumentError for an option that a component cannot have, such as a listener: it opens its own listeners.
   *   Nothing stays open then.
   */
  static async open(options: WasiHostOptions): Promise<Preview2Guest> {
    checkHostOptions("run", options);
    checkComponentOptions(options);
    checkSleep(options);
    checkLimits(options.limits);
    const grants = grantsOf(options, true);
    const observe = await observerOf(options);
    const driver = await driverOf(options, true);
    let base: Base | undefined;
    try {
      base = await openBase(options.dirs ?? {}, options.base);
      return new Preview2Guest(options, driver, grants, base, observe);
    } catch (error) {
      base?.dispose();
      if (driver !== options.driver) driver.dispose();
      throw error;
    }
  }

  private constructor(
    options: WasiHostOptions,
    driver: Driver,
    grants: Kernel["grants"],
    base: Base | undefined,
    observe: Observe,
  ) {
    const { args = [], env = {}, limits = {}, signal, sleep } = options;
    this.#driver = driver;
    this.#ownsDriver = driver !== options.driver;
    this.#base = base;
    this.signal = signal === undefined ? this.#end.signal : AbortSignal.any([this.#end.signal, signal]);
    const suspends = sleep === "suspending";
    this.suspending = suspends ? new Suspending(driver, this.signal) : undefined;
    this.#stdios = openStdios(driver, options, processStdios, suspends, (error) => this.#end.abort(error));
    this.#preview2 = new Preview2({
      driver,
      way: this.suspending ?? new Blocking(driver),
      args,
      env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      stdios: this.#stdios.descriptors,
      grants,
      resolver: resolver(suspends),
      base,
      descriptors: limits.descriptors,
      bufferedBytes: limits.bufferedBytes,
    });
    this.host = observe(this.#preview2);
  }

  /** Starts the streams of its stdio, once. */
  begin(): void {
    if (this.suspending !== undefined) this.#stdios.open(this.signal);
  }

  /** Resolves to the exit status when the guest's output has been taken. */
  async ended(status: number): Promise<number> {
    await this.#preview2.end();
    return await this.#stdios.ended(status);
  }

  /** Ends a suspending program, and closes everything that it left open. */
  dispose(): void {
    this.#end.abort(new DisposedError("component"));
    this.#preview2.dispose();
    this.#base?.dispose();
    this.#stdios.dispose();
    if (this.#ownsDriver) this.#driver.dispose();
  }

  /** As `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Wraps the calls for traces, stories and statistics. */
type Observe = (host: ComponentHost) => ComponentHost;

/** What wraps the calls is loaded only for that. */
async function observerOf({ trace, statistics, story }: WasiHostOptions): Promise<Observe> {
  if (trace === undefined && statistics === undefined && story === undefined) return (host) => host;
  const { ObservedHost } = await import("../bindings/preview2/observed.ts");
  const observers = await observersOf({ trace, statistics, story });
  return (host) => new ObservedHost(host, observers);
}

async function observersOf({ trace, statistics, story }: WasiHostOptions): Promise<Observers> {
  if (story !== undefined) return { story: story.component(), statistics };
  if (trace === undefined) return { statistics };
  const { Tracer } = await import("../trace/tracer.ts");
  return { tracer: new Tracer(trace), statistics };
}

function checkComponentOptions({ listen = [], listenFds = [], sleep }: WasiHostOptions): void {
  if (listen.length > 0 || listenFds.length > 0) {
    throw new ArgumentError(
      `${listen.length > 0 ? "listen" : "listenFds"} is for modules: a component opens its own listeners; bind grants it the addresses`,
    );
  }
  if (sleep === "stepping") throw new ArgumentError("sleep: 'stepping' is for modules: use 'suspending' or 'worker'");
}
