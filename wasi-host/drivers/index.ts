/** The drivers by name. A driver is loaded only when it is opened. */
import { ArgumentError } from "../errors/argument-error.ts";
import { C_PLATFORMS, callsC, loadKoffi, needsPermission, platform } from "../runtime/c-library.ts";
import type { Driver } from "./contract/driver.ts";
import type { NetDriverOptions } from "./net/index.ts";
import type { PosixDriverOptions } from "./posix/index.ts";
import type { SimulatedDriverOptions } from "./simulated/index.ts";

/** Options of each driver that can be opened by name. */
export interface DriverOptions {
  readonly posix: PosixDriverOptions;
  readonly net: NetDriverOptions;
  readonly simulated: SimulatedDriverOptions;
}

type Name = keyof DriverOptions;

const DRIVERS: { readonly [N in Name]: (options: DriverOptions[N] | undefined, sleeps: boolean) => Promise<Driver> } = {
  posix: openPosix,
  net: async (options, sleeps) => (await import("./net/index.ts")).openNet(sleeps, options),
  simulated: async (options) => new (await import("./simulated/index.ts")).SimulatedDriver(options),
};

/**
 * Opens a driver.
 *
 * @param name - default: posix if platform and runtime have it, else net
 * @param options - the driver's options
 * @param sleeps - false if the thread never sleeps in the driver, which may be cheaper; a sleep then throws
 * @throws ArgumentError for an unknown driver, an unknown option or a value of another type; OutOfRangeError for a
 * value out of range; Error if the platform lacks the driver, or its package is missing
 */
export async function openDriver<N extends Name>(
  name?: N | string,
  options?: DriverOptions[N],
  sleeps = true,
): Promise<Driver> {
  const chosen = driverName(name);
  if (!Object.hasOwn(DRIVERS, chosen)) {
    const names = Object.keys(DRIVERS);
    throw new ArgumentError(`unknown driver '${name}': expected ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`);
  }
  return DRIVERS[chosen as N](options, sleeps);
}

/** The driver that `openDriver` opens. */
export function driverName(name?: string): string {
  return name ?? (hasPosix() ? "posix" : "net");
}

function hasPosix(): boolean {
  if (!callsC()) return false;
  try {
    loadKoffi();
    return true;
  } catch {
    return false;
  }
}

async function openPosix(options?: PosixDriverOptions): Promise<Driver> {
  if (!C_PLATFORMS.includes(platform())) {
    throw new Error(`the posix driver supports ${C_PLATFORMS.join(" and ")}, not ${platform()}: use the net driver`);
  }
  if (needsPermission()) {
    throw new Error("the posix driver calls the C library, which needs deno run --allow-ffi; or use the net driver");
  }
  try {
    const { PosixDriver } = await import("./posix/index.ts");
    return new PosixDriver(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error("the posix driver needs the package 'koffi': npm install koffi, or use the net driver", {
      cause: error,
    });
  }
}
