/**
 * A WASI host: options in, imports out. Sockets, polling and stdio are its own; files are a base's.
 *
 * @module pollux/host
 */
import { formatAddress, parseAddress } from "./address.ts";
import type { Base } from "./bases/base.ts";
import { DescriptorTable } from "./descriptors.ts";
import type { Driver, SocketAddress } from "./drivers/driver.ts";
import { openDriver } from "./drivers/index.ts";
import { Errno } from "./errno.ts";
import { BaseFile, callsOf } from "./file.ts";
import { describeRefusal, Grants, type Refusal } from "./grants.ts";
import type { Imports } from "./imports.ts";
import { GuestMemory } from "./memory.ts";
import { preview1 } from "./preview1/index.ts";
import { ProcessExit } from "./preview1/process.ts";
import { ReadyFile } from "./ready-file.ts";
import { Stepping } from "./sleep/stepping.ts";
import { Listener } from "./sockets.ts";
import type { HostState } from "./state.ts";
import { Stdio } from "./stdio.ts";
import { SystemError } from "./system-error.ts";
import type { CallStatistics } from "./trace/statistics.ts";
import type { TraceOptions } from "./trace/tracer.ts";
import { wasmedge } from "./wasmedge.ts";
import { withSecondNames } from "./wasmedge-names.ts";

export type { Driver, EdgeQueue, MutableAddress, SocketAddress } from "./drivers/driver.ts";
export type { Refusal } from "./grants.ts";
export type { Imports } from "./imports.ts";
export { limitMemory } from "./memory-limit.ts";
export { CallStatistics } from "./trace/statistics.ts";
export type { TraceOptions } from "./trace/tracer.ts";
export { describeRefusal, formatAddress, parseAddress };

export interface WasiHostOptions {
  /** argv, the program's own name first. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Listening sockets, which are the guest's descriptors from 3 on. Text as `parseAddress` takes it. */
  readonly listen?: readonly (string | SocketAddress)[];
  /** Listening sockets that this process has open: the operating system's descriptors. They follow those of `listen`. */
  readonly listenFds?: readonly number[];
  /**
   * Where the guest may connect to by itself: HOST:PORT, with HOST an address or all that begin alike (10.0.0.0/8,
   * [fe80::/10]), and PORT a number, a range (80-90) or *. All else is EACCES.
   */
  readonly connect?: readonly string[];
  /** Where the guest may listen by itself, in the same form; port 0 allows what the system chooses. All else is EACCES. */
  readonly bind?: readonly string[];
  /** Is told of each call that got EACCES because nothing granted its address. */
  readonly onRefused?: (refusal: Refusal) => void;
  /** Granted directories: the guest's name of each, and the host's path. Their descriptors follow the listeners'. */
  readonly dirs?: Readonly<Record<string, string>>;
  /** By name (default: posix), or one that somebody else opened and will dispose of. */
  readonly driver?: Driver | string;
  /** How many descriptors may be open at once, the first three among them; EMFILE beyond. */
  readonly maxDescriptors?: number;
  /** Grant a ready file, and name it to the guest in POLLUX_READY_FD. Default: yes. */
  readonly edgeSource?: boolean;
  /** A line for each host call, as strace writes them. Without it the calls are not even wrapped. */
  readonly trace?: TraceOptions;
  /** Counts host calls, and how long they take. */
  readonly statistics?: CallStatistics;
}

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

  /**
   * Opens the driver and everything that the guest inherits. Rejects with a `SystemError` for a refused listen, and an
   * `Error` that names the value for a bad address, driver or directory; nothing stays open then.
   */
  static async open(options: WasiHostOptions = {}): Promise<WasiHost> {
    const addresses = (options.listen ?? []).map((address) =>
      typeof address === "string" ? parseAddress(address) : address,
    );
    const { onRefused } = options;
    const grants = {
      connect: new Grants("connect", options.connect, onRefused),
      bind: new Grants("bind", options.bind, onRefused),
    };
    const observe = await observerOf(options);
    const dirs = options.dirs ?? {};
    const base = Object.keys(dirs).length === 0 ? undefined : await openBase(dirs);
    const driver = typeof options.driver === "object" ? options.driver : await openDriver(options.driver);
    const handles: number[] = [];
    try {
      for (const address of addresses) handles.push(driver.listen(address));
      for (const descriptor of options.listenFds ?? []) handles.push(await adoptListener(driver, descriptor));
      return new WasiHost(options, driver, grants, base, handles, observe);
    } catch (error) {
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
    const descriptors = new DescriptorTable(options.maxDescriptors);
    const state = { memory: new GuestMemory(), descriptors, driver, grants, base, args, env };
    const os = (number: number) => (driver.supports.adopt ? number : -1);
    for (const number of [0, 1, 2]) descriptors.insert(new Stdio(driver, number, os(number)));
    for (const handle of listeners) descriptors.insert(new Listener(driver, handle));
    for (const number of base?.preopens ?? []) descriptors.insert(new BaseFile(callsOf(base), number));
    this.#readyFile = (options.edgeSource ?? true) ? grantReadyFile(state) : undefined;
    this.#state = state;
    this.#ownsDriver = driver !== options.driver;
    this.descriptors = descriptors;
    this.listening = listeners.map((handle) => driver.localAddress(handle) ?? { host: "", port: 0 });
    const calls = preview1(state);
    const all = withSecondNames({ ...calls, ...wasmedge(state, calls.sock_accept) });
    this.imports = { wasi_snapshot_preview1: observe(all, state.memory) };
  }

  /** Gives the host the guest's memory. `start` and `initialize` do it; for whoever calls neither. */
  attach(memory: WebAssembly.Memory): void {
    this.#state.memory.attach(memory);
    this.#state.base?.attach(memory);
  }

  /**
   * Runs a program to its end: a command's `_start`, or a stepped program's `pollux_step` (`sleep/stepping.ts`). Returns
   * its exit status (0 to 2^32 - 1). A trap is thrown on.
   */
  start(instance: WebAssembly.Instance): number {
    const { _start } = instance.exports;
    if (typeof _start !== "function" && Stepping.drives(instance.exports)) {
      return exitStatus(() => this.#stepping(instance).run());
    }
    this.attach(memoryOf(instance));
    if (typeof _start === "function") return exitStatus(_start as () => void);
    throw new Error("the module exports no _start and no pollux_step: it is a library, not a program");
  }

  /**
   * Runs a stepped program, leaving the event loop free between its steps and while it waits. Resolves to its exit
   * status; rejects with a trap, or with the reason when `cancel` is aborted: the program then stays where it is.
   */
  async startAsync(instance: WebAssembly.Instance, cancel = new AbortController().signal): Promise<number> {
    try {
      await this.#stepping(instance).runAsync(cancel);
      return 0;
    } catch (error) {
      if (error instanceof ProcessExit) return error.code;
      throw error;
    }
  }

  #stepping(instance: WebAssembly.Instance): Stepping {
    this.initialize(instance);
    if (Stepping.drives(instance.exports)) return new Stepping(this.#state, this.#readyFile, instance.exports);
    throw new Error("the module exports no pollux_step: it cannot be run in steps");
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

  /** Closes everything that the guest left open. */
  dispose(): void {
    for (const [fd] of [...this.descriptors.open()]) this.descriptors.remove(fd)?.close();
    if (this.#ownsDriver) this.#state.driver.dispose();
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

async function adoptListener(driver: Driver, descriptor: number): Promise<number> {
  const { fstatSync } = await import("node:fs");
  try {
    const listens = fstatSync(descriptor).isSocket() && driver.peerAddress(descriptor) === undefined;
    if (listens) return driver.adopt(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBADF") throw error;
  }
  throw new Error(`no listener at descriptor ${descriptor}: it has to be a socket that listens, and to be inherited`);
}

async function observerOf({ trace, statistics }: WasiHostOptions): Promise<Observe> {
  const count = (imports: Imports) => statistics?.counted(imports) ?? imports;
  if (trace === undefined) return count;
  const { Tracer } = await import("./trace/tracer.ts");
  const tracer = new Tracer(trace);
  return (imports, memory) => tracer.traced(count(imports), memory);
}

async function openBase(dirs: Readonly<Record<string, string>>): Promise<Base> {
  const { statSync } = await import("node:fs");
  for (const path of Object.values(dirs)) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`no such directory: '${path}'; give one that exists`);
  }
  const { NodeWasiBase } = await import("./bases/node-wasi.ts");
  return new NodeWasiBase(dirs);
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
