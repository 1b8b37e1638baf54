/**
 * An instantiated core.wasm with the host that it sleeps in: everything that is watched belongs to one of these.
 *
 * The core keeps all bookkeeping in its linear memory; what it calls of the host is stock WASI preview1, plus a ready file.
 */
import type { Descriptor } from "../wasi-host/descriptors.ts";
import type { Driver } from "../wasi-host/drivers/driver.ts";
import { WasiHost } from "../wasi-host/host.ts";
import { openDriver } from "../wasi-host/platform/index.ts";
import { SystemError } from "../wasi-host/system-error.ts";
import type { CoreExports } from "./abi.ts";
import { Sleepers } from "./sleepers.ts";

export interface CoreOptions {
  /** core.wasm, where it can be imported and not compiled, as in Workers. Default: the package's own. */
  readonly module?: WebAssembly.Module;
  /** By name, or one that somebody else opened and will dispose of. Default: the best that the platform has. */
  readonly driver?: Driver | string;
  /** Whether the host grants a ready file. Without, edges are made from levels, and promise less. Default: yes. */
  readonly edgeSource?: boolean;
  /** How many descriptors may be open at once. Default: 2^20. */
  readonly maxDescriptors?: number;
}

/** What a core promises of edges and hangups. */
export interface Capabilities {
  /** Edge-triggered watches fire for new data behind undrained data, exactly as the kernel's do. */
  readonly exactEdges: boolean;
  /** Hangups, errors, RDHUP and urgent data are told from plain readiness. */
  readonly hangups: boolean;
}

export class Core implements Disposable {
  readonly exports: CoreExports;
  readonly driver: Driver;
  /** Callers that await something of this core. @internal */
  readonly sleepers: Sleepers;
  /** What `select` keeps for its next call: to make it costs as much as to look at ten descriptors. @internal */
  spareSets: object | undefined;
  readonly #host: WasiHost;
  readonly #ownsDriver: boolean;
  /** Memory that has grown leaves this with a length of 0. */
  #bytes: Uint8Array;
  #view: DataView;

  /** Rejects when there is no driver for this platform. */
  static async open(options: CoreOptions = {}): Promise<Core> {
    const given = typeof options.driver === "object" ? options.driver : undefined;
    const driver = given ?? (await openDriver(options.driver as string | undefined));
    const { edgeSource, maxDescriptors } = options;
    const host = await WasiHost.open({ driver, edgeSource, limits: { descriptors: maxDescriptors } });
    const module = options.module ?? (await packagedModule());
    const instance = await WebAssembly.instantiate(module, { ...host.imports });
    host.initialize(instance);
    return new Core(instance.exports as unknown as CoreExports, host, driver, given === undefined);
  }

  private constructor(exports: CoreExports, host: WasiHost, driver: Driver, ownsDriver: boolean) {
    this.exports = exports;
    this.driver = driver;
    this.#host = host;
    this.#ownsDriver = ownsDriver;
    this.#bytes = new Uint8Array(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
    this.sleepers = new Sleepers(exports, host, driver);
  }

  /** Linear memory, as it is now. The memory's own `buffer` is an accessor into the engine, and dear: it is asked when it has to be. */
  get view(): DataView {
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.exports.memory.buffer);
      this.#view = new DataView(this.exports.memory.buffer);
    }
    return this.#view;
  }

  get capabilities(): Capabilities {
    const bits = this.exports.pollux_capabilities();
    return { exactEdges: (bits & 1) !== 0, hangups: (bits & 2) !== 0 };
  }

  /** Gives a descriptor of the host a number in this core's table. Throws EMFILE when that is full. @internal */
  insert(descriptor: Descriptor): number {
    const fd = this.#host.descriptors.insert(descriptor);
    if (fd >= 0) return fd;
    descriptor.close();
    throw new SystemError(-fd, "open");
  }

  /** What stands behind a descriptor number; undefined when it is not open. @internal */
  descriptor(fd: number): Descriptor | undefined {
    return this.#host.descriptors.get(fd);
  }

  /** Closes a descriptor, of the host or of an epoll instance: its watches end first. Throws EBADF. */
  close(fd: number): void {
    check(this.exports.pollux_close(fd), "close");
    this.sleepers.disturb();
  }

  /** Closes everything that is still open. Waits that are under way reject. */
  dispose(): void {
    this.sleepers.dispose();
    this.#host.dispose();
    if (this.#ownsDriver) this.driver.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Not a part of the library's own file: who gives a module does not pay for it. */
async function packagedModule(): Promise<WebAssembly.Module> {
  const { default: bytes } = await import("pollux/wasm/core/bytes");
  return WebAssembly.compile(bytes);
}

/** A count from the core, or the error that it stands for, thrown. */
export function check(result: number, syscall: string): number {
  if (result < 0) throw new SystemError(-result, syscall);
  return result;
}
