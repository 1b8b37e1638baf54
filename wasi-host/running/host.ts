/** A host turns options into imports. It implements sockets, polling and stdio; a base implements files. */
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import { Errno } from "../abi/errno.ts";
import type { Imports } from "../abi/imports.ts";
import type { SocketAddress } from "../addresses/socket-address.ts";
import { WAITS as PREVIEW1_WAITS, preview1 } from "../bindings/preview1/index.ts";
import { Io } from "../bindings/preview1/io.ts";
import { ReadyFile } from "../bindings/ready-file/ready-file.ts";
import { WAITS as WASMEDGE_WAITS, wasmedge } from "../bindings/wasmedge/index.ts";
import { secondNames, withSecondNames } from "../bindings/wasmedge/second-names.ts";
import { ArgumentError, DisposedError } from "../errors/argument-error.ts";
import { SystemError } from "../errors/system-error.ts";
import type { Base } from "../files/contract/base.ts";
import { DescriptorTable } from "../kernel/descriptors.ts";
import { BaseFile, callsOf } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { checkLimits } from "../kernel/limits.ts";
import { MissingListener } from "../kernel/missing-listener.ts";
import { ProcessExit } from "../kernel/process-exit.ts";
import { type SignalGrant, Signals } from "../kernel/signals.ts";
import { Listener } from "../kernel/sockets.ts";
import { GuestMemory } from "../memory/guest-memory.ts";
import { checkHostOptions } from "../options/option-values.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { openBase, processStdios, resolver } from "../platform/index.ts";
import { openStdios, type Stdios } from "../stdio/stdios.ts";
import { Blocking, type Noted } from "../waiting/blocking.ts";
import { promise, Suspending, suspendingImports } from "../waiting/suspending.ts";
import { Network } from "./network.ts";
import { checkSleep, grantsOf } from "./opening.ts";
import { Stepping } from "./stepping.ts";

/** Names of the calls that can wait. */
const WAITS = secondNames([...PREVIEW1_WAITS, ...WASMEDGE_WAITS]);

/** Wrappers of the guest's calls, for traces and statistics. */
type Observe = (imports: Imports, memory: GuestMemory) => Imports;

/** A host for one guest: its imports, and ways to start it. */
export class WasiHost {
  /** The import object of the guest. */
  readonly imports: { readonly wasi_snapshot_preview1: Imports };
  /** @internal */
  readonly descriptors: DescriptorTable;
  /** Actual addresses of the guest's listeners, in the order of the option. */
  readonly listening: readonly SocketAddress[];
  readonly #state: Kernel;
  /** Undefined until the guest opens it. */
  #readyFile: ReadyFile | undefined;
  #onWakeupsTaken: (() => void) | undefined;
  readonly #network: Network;
  /** Blocks the thread, unless the guest is suspended. */
  readonly #blocking: Blocking;
  readonly #stdios: Stdios;
  readonly #signal: AbortSignal;
  /** Ends all sleeps that do not block the thread. */
  readonly #end = new AbortController();

  /**
   * Opens the driver and everything that the guest inherits. If it fails, nothing stays open.
   *
   * @throws SystemError for a refused listen; Error that names an invalid address, driver, directory or way to sleep
   */
  static open(options?: WasiHostOptions): Promise<WasiHost>;
  /** @internal */
  static open(options: WasiHostOptions | undefined, signals: SignalGrant | undefined): Promise<WasiHost>;
  static async open(options: WasiHostOptions = {}, signals?: SignalGrant): Promise<WasiHost> {
    checkHostOptions("WasiHost.open", options);
    checkSleep(options);
    checkLimits(options.limits);
    const grants = grantsOf(options, resolver(false) !== undefined);
    const observe = await observerOf(options);
    const network = await Network.open(options);
    let base: Base | undefined;
    try {
      const { unixPaths } = network.driver;
      if (unixPaths !== undefined) for (const grant of Object.values(grants)) grant.locate(unixPaths.resolve);
      base = await openBase(options.dirs ?? {}, options.base);
      return new WasiHost(options, network, grants, base, observe, signals);
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
    signals: SignalGrant | undefined,
  ) {
    const env = Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`);
    const args = options.args ?? [];
    const descriptors = new DescriptorTable(options.limits?.descriptors);
    const memory = new GuestMemory();
    const { driver, listeners } = network;
    const end = this.#end.signal;
    const signal = options.signal === undefined ? end : AbortSignal.any([end, options.signal]);
    const suspends = options.sleep === "suspending";
    this.#blocking = new Blocking(driver);
    const missingListener = new MissingListener(descriptors, listeners.length, options.onMissingListener);
    const suspending = suspends ? new Suspending(driver, signal) : undefined;
    const way = suspending ?? this.#blocking;
    const state: Kernel = {
      ...{ memory, descriptors, driver, way, suspends, grants, missingListener, base, args, env },
      resolver: resolver(suspends),
      signals: signals === undefined ? undefined : new Signals(signals, driver, descriptors),
    };
    this.#signal = signal;
    this.#stdios = openStdios(driver, options, processStdios, suspends, (error) => this.#end.abort(error));
    for (const descriptor of this.#stdios.descriptors) descriptors.insert(descriptor);
    for (const { handle } of listeners) descriptors.insert(new Listener(driver, handle, options.nonblockingListeners));
    for (const number of base?.preopens ?? []) descriptors.insert(new BaseFile(callsOf(base), number));
    if (options.edgeSource ?? true) descriptors.reserve(READY_FILE, () => this.#openReadyFile());
    this.#state = state;
    this.#network = network;
    this.descriptors = descriptors;
    this.listening = network.addresses;
    const io = new Io(state);
    const calls = preview1(state, io);
    const all = withSecondNames({ ...calls, ...wasmedge(state, io, calls.sock_accept) });
    // A call of a suspended guest may return a promise, which only the engine sees.
    const seen = observe((suspending?.takingTurns(all, WAITS) ?? all) as Imports, memory);
    this.imports = { wasi_snapshot_preview1: suspends ? (suspendingImports(seen, WAITS) as Imports) : seen };
  }

  /** Passes the guest's memory to the host. `start` and `initialize` do this. */
  attach(memory: WebAssembly.Memory): void {
    this.#state.memory.attach(memory);
    this.#state.base?.attach(memory);
  }

  /**
   * Runs a program to its end and blocks the thread: a command's `_start`, or a stepped program's `pollux_step`.
   *
   * @returns the exit status, 0 to 2^32 - 1
   * @throws the program's trap
   */
  start(instance: WebAssembly.Instance): number {
    const { _start } = instance.exports;
    if (this.#end.signal.aborted) throw new DisposedError("host");
    if (this.#state.suspends)
      throw new ArgumentError("start blocks the thread: use startAsync with sleep: 'suspending'");
    if (typeof _start !== "function" && Stepping.drives(instance.exports)) {
      return exitStatus(() => this.#stepping(instance).run(this.#blocking));
    }
    this.attach(memoryOf(instance));
    if (typeof _start === "function") return exitStatus(_start as () => void);
    throw new ArgumentError("the module exports neither _start nor pollux_step: it is a library, not a program");
  }

  /**
   * Runs a program with the event loop free: steps a program with `pollux_step`, or suspends a command (needs the
   * option `sleep: "suspending"`).
   *
   * @returns the exit status, when all output is written
   * @throws the program's trap; the error of a stdio stream; the reason of `signal`; DisposedError
   */
  async startAsync(instance: WebAssembly.Instance): Promise<number> {
    const { _start } = instance.exports;
    this.#signal.throwIfAborted();
    this.#stdios.open(this.#signal);
    try {
      if (typeof _start !== "function")
        await this.#stepping(instance).run(new Suspending(this.#state.driver, this.#signal));
      else {
        if (!this.#state.suspends) throw new ArgumentError(WOULD_BLOCK);
        this.attach(memoryOf(instance));
        await promise(_start as () => void);
      }
      return await this.#stdios.ended(0);
    } catch (error) {
      if (error instanceof ProcessExit) return await this.#stdios.ended(error.code);
      throw error;
    }
  }

  /** The ready file that the guest has opened. */
  #openReadyFile(): ReadyFile {
    const file = new ReadyFile(this.#state);
    this.descriptors.beforeClose.push((closing, descriptor) => file.forget(closing, descriptor));
    file.onTaken = () => this.#onWakeupsTaken?.();
    this.#readyFile = file;
    return file;
  }

  #stepping(instance: WebAssembly.Instance): Stepping {
    this.initialize(instance);
    if (Stepping.drives(instance.exports)) return new Stepping(this.#state, () => this.#readyFile, instance.exports);
    throw new ArgumentError("the module exports neither _start nor pollux_step: it is a library, not a program");
  }

  /** Runs a reactor's `_initialize` if it has one. Its other exports can be called afterwards. */
  initialize(instance: WebAssembly.Instance): void {
    this.attach(memoryOf(instance));
    const { _initialize } = instance.exports;
    if (typeof _initialize === "function") _initialize();
  }

  /**
   * For embedders that sleep outside the guest: resolves when the ready file has wakeups, after `timeout` nanoseconds,
   * or when `cancel` is aborted.
   *
   * @throws SystemError ENOTSUP if the guest has no ready file
   */
  async wakeup(timeout: number, cancel: AbortSignal): Promise<void> {
    const file = this.#readyFile;
    if (file === undefined) throw new SystemError(Errno.NOTSUP, "wakeup", "without a ready file");
    await file.wakeup(timeout, cancel);
  }

  /**
   * For embedders that sleep outside of a guest without a ready file: makes its poll_oneoff fail with NOTED instead of
   * sleeping (`waiting/blocking.ts`). Returns the noted sleep, for the driver's `pollAsync`; undefined if there was
   * none.
   * @internal
   */
  noting(calls: () => void): Noted | undefined {
    if (this.#state.suspends) throw new Error("the calls of a suspended guest sleep by themselves");
    return this.#blocking.noting(calls);
  }

  /** Calls `taken` whenever the guest has read wakeups, after which a pending `wakeup` may sleep on. */
  onWakeupsTaken(taken: () => void): void {
    this.#onWakeupsTaken = taken;
  }

  /** Ends a program that `startAsync` runs, and closes everything that is open. */
  dispose(): void {
    this.#end.abort(new DisposedError("host"));
    this.#readyFile = undefined;
    this.descriptors.clear();
    this.#state.base?.dispose();
    this.#stdios.dispose();
    this.#network.dispose();
  }

  /** Same as `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

const WOULD_BLOCK =
  "the program's calls block the thread: open the host with sleep: 'suspending', or call start (in a worker, to keep the event loop free)";

async function observerOf({ trace, statistics, story }: WasiHostOptions): Promise<Observe> {
  const count = (imports: Imports) => statistics?.counted(imports) ?? imports;
  // Outermost: a program's reports to its story are no calls of its own.
  if (story !== undefined) return (imports, memory) => story.told(count(imports), memory);
  if (trace === undefined) return count;
  const { Tracer } = await import("../trace/tracer.ts");
  const tracer = new Tracer(trace);
  return (imports, memory) => tracer.traced(count(imports), memory);
}

function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory {
  const { memory } = instance.exports;
  if (memory instanceof WebAssembly.Memory) return memory;
  throw new ArgumentError("the module does not export 'memory', which WASI requires");
}

function exitStatus(run: () => void): number {
  try {
    run();
    return 0;
  } catch (error) {
    if (error instanceof ProcessExit) return error.code;
    throw error;
  }
}
