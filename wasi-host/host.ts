/** A host: options in, imports out. Sockets, polling and stdio are its own; files are a base's. */
import { parseAddress } from "./address.ts";
import type { Base } from "./bases/base.ts";
import { DescriptorTable } from "./descriptors.ts";
import type { Driver, SocketAddress } from "./drivers/driver.ts";
import { Errno } from "./errno.ts";
import { BaseFile, callsOf } from "./file.ts";
import { Grants } from "./grants.ts";
import type { Imports } from "./imports.ts";
import { checkLimits } from "./limits.ts";
import { GuestMemory } from "./memory.ts";
import type { WasiHostOptions } from "./options.ts";
import { adoptListener, cannotSuspend, openBase, openDriver } from "./platform/index.ts";
import { preview1 } from "./preview1/index.ts";
import { ProcessExit } from "./preview1/process.ts";
import { ReadyFile } from "./ready-file.ts";
import { Blocking } from "./sleep/blocking.ts";
import { Stepping } from "./sleep/stepping.ts";
import { canSuspend, promise, Suspending, suspendingImports } from "./sleep/suspending.ts";
import { Listener } from "./sockets.ts";
import type { HostState } from "./state.ts";
import { openStdios, type Stdios } from "./stdio/stdios.ts";
import { isStream } from "./stdio/streams.ts";
import { SystemError } from "./system-error.ts";
import { wasmedge } from "./wasmedge/index.ts";
import { withSecondNames } from "./wasmedge/second-names.ts";

/** What stands between the guest and its calls, and looks on. */
type Observe = (imports: Imports, memory: GuestMemory) => Imports;

export class WasiHost {
  /** The import object of the guest. */
  readonly imports: { readonly wasi_snapshot_preview1: Imports };
  /** @internal */
  readonly descriptors: DescriptorTable;
  /** Where the guest's listeners really listen, in the order of the option. */
  readonly listening: readonly SocketAddress[];
  readonly #state: HostState;
  readonly #readyFile: ReadyFile | undefined;
  readonly #ownsDriver: boolean;
  readonly #stdios: Stdios;
  readonly #signal: AbortSignal;
  /** Ends everything that sleeps without the thread. */
  readonly #end = new AbortController();

  /**
   * Opens the driver and everything that the guest inherits. Rejects with a `SystemError` for a refused listen, and an
   * `Error` that names the value for a bad address, driver, directory or way to sleep; nothing stays open then.
   */
  static async open(options: WasiHostOptions = {}): Promise<WasiHost> {
    checkSleep(options);
    checkLimits(options.limits);
    const addresses = (options.listen ?? []).map((address) =>
      typeof address === "string" ? parseAddress(address) : address,
    );
    const { onRefused } = options;
    const grants = {
      connect: new Grants("connect", options.connect, onRefused),
      bind: new Grants("bind", options.bind, onRefused),
    };
    const observe = await observerOf(options);
    const driver =
      typeof options.driver === "object"
        ? options.driver
        : await openDriver(options.driver, blocks(options), options.limits?.bufferedBytes);
    let base: Base | undefined;
    const handles: number[] = [];
    try {
      base = await openBase(options.dirs ?? {}, options.base);
      for (const address of addresses) {
        const handle = driver.listen(address);
        handles.push(handle);
        await driver.opened?.(handle, address);
      }
      for (const descriptor of options.listenFds ?? []) handles.push(await adoptListener(driver, descriptor));
      return new WasiHost(options, driver, grants, base, handles, observe);
    } catch (error) {
      base?.dispose();
      for (const handle of handles) driver.close(handle);
      if (driver !== options.driver) driver.dispose();
      throw error;
    }
  }

  private constructor(
    options: WasiHostOptions,
    driver: Driver,
    grants: HostState["grants"],
    base: Base | undefined,
    listeners: readonly number[],
    observe: Observe,
  ) {
    const env = Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`);
    const args = options.args ?? [];
    const descriptors = new DescriptorTable(options.limits?.descriptors);
    const memory = new GuestMemory();
    const signal = AbortSignal.any([this.#end.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    const suspending = options.sleep === "suspending" ? new Suspending(driver, memory, signal) : undefined;
    const sleep = suspending ?? new Blocking(driver);
    const state = { memory, descriptors, driver, sleep, grants, base, args, env };
    this.#signal = signal;
    this.#stdios = openStdios(driver, options, suspending !== undefined, (error) => this.#end.abort(error));
    for (const descriptor of this.#stdios.descriptors) descriptors.insert(descriptor);
    for (const handle of listeners) descriptors.insert(new Listener(driver, handle, options.nonblockingListeners));
    for (const number of base?.preopens ?? []) descriptors.insert(new BaseFile(callsOf(base), number));
    this.#readyFile = (options.edgeSource ?? true) ? grantReadyFile(state) : undefined;
    this.#state = state;
    this.#ownsDriver = driver !== options.driver;
    this.descriptors = descriptors;
    this.listening = listeners.map((handle) => driver.localAddress(handle) ?? { host: "", port: 0 });
    const calls = preview1(state);
    const all = withSecondNames({ ...calls, ...wasmedge(state, calls.sock_accept) });
    const seen = observe(suspending?.resuming(all) ?? all, memory);
    this.imports = { wasi_snapshot_preview1: suspending === undefined ? seen : suspendingImports(seen) };
  }

  /** Gives the host the guest's memory. `start` and `initialize` do it; for whoever calls neither. */
  attach(memory: WebAssembly.Memory): void {
    this.#state.memory.attach(memory);
    this.#state.base?.attach(memory);
  }

  /**
   * Runs a program to its end while the thread sleeps where the program does: a command's `_start`, or a stepped program's
   * `pollux_step` (`sleep/stepping.ts`). Returns its exit status (0 to 2^32 - 1). A trap is thrown on.
   */
  start(instance: WebAssembly.Instance): number {
    const { _start } = instance.exports;
    if (this.#state.sleep.suspends)
      throw new Error("start puts the thread to sleep: use startAsync with sleep: 'suspending'");
    if (typeof _start !== "function" && Stepping.drives(instance.exports)) {
      return exitStatus(() => this.#stepping(instance).run());
    }
    this.attach(memoryOf(instance));
    if (typeof _start === "function") return exitStatus(_start as () => void);
    throw new Error("the module exports no _start and no pollux_step: it is a library, not a program");
  }

  /**
   * Runs a program while the event loop stays free: a stepped program by stepping, a command by suspending it, which the
   * option `sleep` has to have asked for. Resolves to its exit status when its output has gone where it goes; rejects with
   * a trap, with the error of a stream of its stdio, or with the reason when the option `signal` is aborted or the host
   * disposed of: the program then stays where it is.
   */
  async startAsync(instance: WebAssembly.Instance): Promise<number> {
    const { _start } = instance.exports;
    this.#signal.throwIfAborted();
    this.#stdios.open(this.#signal);
    try {
      if (typeof _start !== "function") await this.#stepping(instance).runAsync(this.#signal);
      else {
        if (!this.#state.sleep.suspends) throw new Error(WOULD_BLOCK);
        this.attach(memoryOf(instance));
        await promise(_start as () => void);
      }
      return await this.#stdios.ended(0);
    } catch (error) {
      if (error instanceof ProcessExit) return await this.#stdios.ended(error.code);
      throw error;
    }
  }

  #stepping(instance: WebAssembly.Instance): Stepping {
    this.initialize(instance);
    if (Stepping.drives(instance.exports)) return new Stepping(this.#state, this.#readyFile, instance.exports);
    throw new Error("the module exports no _start and no pollux_step: it is a library, not a program");
  }

  /** Runs a reactor's `_initialize`, where it has one; its other exports can be called after that. */
  initialize(instance: WebAssembly.Instance): void {
    this.attach(memoryOf(instance));
    const { _initialize } = instance.exports;
    if (typeof _initialize === "function") _initialize();
  }

  /**
   * For embedders that sleep outside of the guest: resolves when the guest's ready file has wakeups for it, after
   * `timeout` nanoseconds, or when `cancel` is aborted. Without a ready file there is nothing to be told: rejects.
   */
  async wakeup(timeout: number, cancel: AbortSignal): Promise<void> {
    const file = this.#readyFile;
    if (file === undefined || file.closed) throw new SystemError(Errno.NOTSUP, "wakeup", "without a ready file");
    await file.wakeup(timeout, cancel);
  }

  /** `taken` is called whenever the guest has read wakeups, at which a `wakeup` that is under way may sleep on. */
  onWakeupsTaken(taken: () => void): void {
    if (this.#readyFile !== undefined) this.#readyFile.onTaken = taken;
  }

  /** Ends a program that `startAsync` runs, and closes everything that the guest left open. */
  dispose(): void {
    this.#end.abort(new Error("the host was disposed of"));
    for (const [fd] of [...this.descriptors.open()]) this.descriptors.remove(fd)?.close();
    this.#state.base?.dispose();
    this.#stdios.dispose();
    if (this.#ownsDriver) this.#state.driver.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Does the guest put its thread to sleep? */
function blocks({ sleep = "blocking" }: WasiHostOptions): boolean {
  return sleep === "blocking";
}

const WOULD_BLOCK =
  "the program's calls put the thread to sleep: open the host with sleep: 'suspending', or run it by start, in a worker for a free event loop";

/** Throws an Error that names the remedy, where the runtime or the streams do not allow the way to sleep. */
function checkSleep({ sleep = "blocking", stdin, stdout, stderr }: WasiHostOptions): void {
  if (sleep === "suspending" && !canSuspend) {
    throw new Error(`sleep: 'suspending' needs JavaScript Promise Integration, which ${cannotSuspend}`);
  }
  if (sleep !== "blocking") return;
  for (const [name, stream] of Object.entries({ stdin, stdout, stderr })) {
    if (isStream(stream)) {
      throw new Error(
        `${name} is a stream, and the guest's thread would wait for it for ever: give sleep: 'suspending'`,
      );
    }
  }
}

/** The descriptor after the directories: the guest's edge source (`ready-file.ts`). */
function grantReadyFile(state: HostState & { readonly env: string[] }): ReadyFile {
  const readyFile = new ReadyFile(state);
  const fd = state.descriptors.insert(readyFile);
  state.descriptors.beforeClose.push((closing, descriptor) => readyFile.forget(closing, descriptor));
  state.env.push(`POLLUX_READY_FD=${fd}`);
  return readyFile;
}

async function observerOf({ trace, statistics }: WasiHostOptions): Promise<Observe> {
  const count = (imports: Imports) => statistics?.counted(imports) ?? imports;
  if (trace === undefined) return count;
  const { Tracer } = await import("./trace/tracer.ts");
  const tracer = new Tracer(trace);
  return (imports, memory) => tracer.traced(count(imports), memory);
}

function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory {
  const { memory } = instance.exports;
  if (memory instanceof WebAssembly.Memory) return memory;
  throw new Error("the module exports no memory under the name 'memory', which WASI asks for");
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
