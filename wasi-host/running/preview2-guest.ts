/** WASI 0.2 with the grants of one guest. Its close closes everything that the guest left open. */

import type { SocketAddress } from "../addresses/socket-address.ts";
import { Preview2 } from "../bindings/preview2/index.ts";
import type { Observers } from "../bindings/preview2/observed.ts";
import type { ComponentHost } from "../components/host.ts";
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
import { openComponentNetwork } from "./component-network.ts";
import type { Network } from "./network.ts";
import { checkSleep, grantsOf } from "./opening.ts";

export class Preview2Guest {
  /** The guest's imports. */
  readonly host: ComponentHost;
  /** Undefined if the thread sleeps. */
  readonly suspending: Suspending | undefined;
  readonly signal: AbortSignal;
  readonly #preview2: Preview2;
  /** Actual addresses of the listeners that were opened for the guest. */
  readonly listening: readonly SocketAddress[];
  readonly #network: Network;
  readonly #base: Base | undefined;
  readonly #stdios: Stdios;
  /** Ends all waits that do not block the thread. */
  readonly #end = new AbortController();

  /**
   * Opens the driver and everything granted.
   *
   * @param opened - the driver and the listeners, if they are open already. The caller abandons it in the end
   * @throws ArgumentError for an option that a component cannot have. Nothing else stays open then.
   */
  static async open(options: WasiHostOptions, opened?: Promise<Network>): Promise<Preview2Guest> {
    checkHostOptions("run", options);
    checkComponentOptions(options);
    checkSleep(options);
    checkLimits(options.limits);
    const grants = grantsOf(options, true);
    const observe = await observerOf(options);
    const network = await (opened ?? openComponentNetwork(options));
    let base: Base | undefined;
    try {
      base = await openBase(options.dirs ?? {}, options.base);
      return new Preview2Guest(options, network, grants, base, observe);
    } catch (error) {
      base?.dispose();
      network.abandon();
      throw error;
    }
  }

  private constructor(
    options: WasiHostOptions,
    network: Network,
    grants: Kernel["grants"],
    base: Base | undefined,
    observe: Observe,
  ) {
    const { args = [], env = {}, limits = {}, signal, sleep } = options;
    const { driver, listeners } = network;
    this.#network = network;
    this.listening = network.addresses;
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
      listeners,
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
    this.#network.dispose();
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

function checkComponentOptions({ sleep }: WasiHostOptions): void {
  if (sleep === "stepping") throw new ArgumentError("sleep: 'stepping' is for modules: use 'suspending' or 'worker'");
}
