/**
 * A core: one instance of core.wasm and the host it runs in.
 *
 * The core keeps its tables in linear memory. It imports WASI preview1 only, and opens a ready file if the host has
 * one.
 */

import { ArgumentError, DisposedError, type Driver, WasiHost } from "../wasi-host/index.ts";
import {
  checkOptions,
  type Descriptor,
  Errno,
  instantiate,
  openDriver,
  SystemError,
  shown,
} from "../wasi-host/internal.ts";
import type { CoreExports } from "./abi.ts";
import { Closings } from "./closings.ts";
import { Sleepers } from "./sleepers.ts";

/** Options of `Core.open`. */
export interface CoreOptions {
  /** core.wasm as a module, for runtimes that cannot compile, such as Workers. Default: the package's own. */
  readonly module?: WebAssembly.Module;
  /** A driver's name, or an open driver, which the caller disposes. Default: the best for the platform. */
  readonly driver?: Driver | string;
  /** Whether the host has a ready file. Without it, edges are made from levels. Default: true. */
  readonly edgeSource?: boolean;
  /** Maximum number of open descriptors. Default: 2^20. */
  readonly maxDescriptors?: number;
}

const CORE_OPTIONS: Readonly<Record<keyof CoreOptions, true>> = {
  module: true,
  driver: true,
  edgeSource: true,
  maxDescriptors: true,
};

/** What a core promises about edges and hangups. */
export interface Capabilities {
  /** Edge-triggered watches report new data behind unread data, as the kernel's do. */
  readonly exactEdges: boolean;
  /** Hangups, errors, RDHUP and urgent data are distinguished from plain readiness. */
  readonly hangups: boolean;
}

/** One instance of core.wasm over one driver: owns the descriptors and the waits for them. */
export class Core implements Disposable {
  /** After `dispose`, every access to `exports` and `driver` throws a DisposedError. */
  readonly exports: CoreExports;
  readonly driver: Driver;
  /** Callers that await readiness of this core. @internal */
  readonly sleepers: Sleepers;
  /** Sets that `select` reuses: making them costs as much as checking ten descriptors. @internal */
  spareSets: object | undefined;
  /** Address of the number of the last delivery. @internal */
  readonly deliveries: number;
  /** The last close of each descriptor number. @internal */
  readonly closings = new Closings();
  readonly #host: WasiHost;
  readonly #ownsDriver: boolean;
  #disposed = false;
  /** Has length 0 after memory has grown. */
  #bytes: Uint8Array;
  #view: DataView;

  /**
   * Opens a core.
   *
   * @param options - see `CoreOptions`
   * @returns a core that the caller disposes
   * @throws ArgumentError for an unknown option or driver; Error if the platform lacks the driver
   */
  static async open(options: CoreOptions = {}): Promise<Core> {
    checkOptions("Core.open", options, CORE_OPTIONS);
    const { edgeSource, maxDescriptors, module: given } = options;
    if (given !== undefined && !(given instanceof WebAssembly.Module)) {
      throw new ArgumentError(
        `module ${shown(given)}: expected core.wasm as a WebAssembly.Module`,
        "ERR_INVALID_ARG_TYPE",
      );
    }
    const own = typeof options.driver !== "object";
    const driver = own ? await openDriver(options.driver as string | undefined) : (options.driver as Driver);
    let host: WasiHost | undefined;
    try {
      host = await WasiHost.open({ driver, edgeSource, limits: { descriptors: maxDescriptors } });
      const instance = await instantiate(given ?? (await packagedModule()), { ...host.imports });
      host.initialize(instance);
      return new Core(instance.exports as unknown as CoreExports, host, driver, own);
    } catch (error) {
      host?.dispose();
      if (own) driver.dispose();
      throw error;
    }
  }

  private constructor(exports: CoreExports, host: WasiHost, driver: Driver, ownsDriver: boolean) {
    this.exports = exports;
    this.deliveries = exports.pollux_deliveries();
    this.driver = driver;
    this.#host = host;
    this.#ownsDriver = ownsDriver;
    this.#bytes = new Uint8Array(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
    this.sleepers = new Sleepers(exports, host, driver);
  }

  /** The current linear memory. `memory.buffer` is an expensive accessor, so the view is kept until memory grows. */
  get view(): DataView {
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.exports.memory.buffer);
      this.#view = new DataView(this.exports.memory.buffer);
    }
    return this.#view;
  }

  /** What this core promises about edges and hangups; less without a ready file. */
  get capabilities(): Capabilities {
    const bits = this.exports.pollux_capabilities();
    return { exactEdges: (bits & 1) !== 0, hangups: (bits & 2) !== 0 };
  }

  /**
   * Assigns a number to a descriptor of the host.
   *
   * @throws SystemError EMFILE if the table is full
   * @internal
   */
  insert(descriptor: Descriptor): number {
    const fd = this.#host.descriptors.insert(descriptor);
    if (fd >= 0) return fd;
    descriptor.close();
    throw new SystemError(-fd, "open");
  }

  /** Whether `insert` would fail: then a caller must not accept a connection. @internal */
  get full(): boolean {
    return this.#host.descriptors.full;
  }

  /** The descriptor with a number; undefined if it is closed. @internal */
  descriptor(fd: number): Descriptor | undefined {
    return this.#host.descriptors.get(fd);
  }

  /**
   * Allocates `size` bytes in linear memory.
   *
   * @throws SystemError ENOMEM
   * @internal
   */
  allocate(size: number, syscall: string): number {
    try {
      return this.exports.pollux_alloc(size);
    } catch (error) {
      // The allocator traps if memory cannot grow, and changes nothing.
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      throw new SystemError(Errno.NOMEM, syscall, `${size} bytes in linear memory`);
    }
  }

  /**
   * Closes a descriptor of the host or an epoll instance, and ends its watches.
   *
   * @throws SystemError EBADF. close(2)
   */
  close(fd: number): void {
    // The watches end even if the host reports an error.
    const result = this.exports.pollux_close(fd);
    this.closings.note(fd);
    this.sleepers.disturb();
    check(result, "close", fd);
  }

  /** Whether the core is disposed. Its objects are closed then, and can be closed again. @internal */
  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * Closes everything that is open. Pending waits reject with a DisposedError, and later use throws one. Can be
   * repeated.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.sleepers.dispose();
    this.#host.dispose();
    if (this.#ownsDriver) this.driver.dispose();
    Object.assign(this, { exports: nothing, driver: nothing });
    this.#bytes = new Uint8Array(0);
  }

  /** Same as `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** In its own file: a caller who passes a module does not load it. */
async function packagedModule(): Promise<WebAssembly.Module> {
  const { default: bytes } = await import("pollux/wasm/core/bytes");
  return WebAssembly.compile(bytes);
}

/** Returns a count from the core, or throws the error that it encodes, with the descriptor `fd` in its message. */
export function check(result: number, syscall: string, fd?: number): number {
  if (result < 0) throw new SystemError(-result, syscall, fd === undefined ? "" : String(fd));
  return result;
}

/** Replaces `exports` and `driver` of a disposed core: every access throws. */
const nothing = new Proxy(
  {},
  {
    get() {
      throw new DisposedError("core");
    },
  },
);
