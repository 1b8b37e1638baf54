/** What a module's host and a component's open alike: the driver, and the grants of addresses. */
import type { Driver } from "../drivers/contract/driver.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import { Grants } from "../kernel/grants.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { driverName, openDriver } from "../platform/index.ts";

/**
 * Opens the driver that the options name. An open driver is used as it is, and stays the caller's to dispose of.
 *
 * @param keepsBytes - whether the host keeps `limits.bufferedBytes` itself, so that a driver without buffers of its own is accepted
 * @throws ArgumentError for a limit that the driver cannot keep
 */
export async function driverOf(options: WasiHostOptions, keepsBytes = false): Promise<Driver> {
  const { driver, limits } = options;
  const bufferedBytes = limits?.bufferedBytes;
  const name = typeof driver === "object" ? driver.name : driverName(driver);
  const hasBuffers = typeof driver !== "object" && name === "net";
  if (bufferedBytes !== undefined && !hasBuffers && !keepsBytes) {
    const remedy = REMEDIES[typeof driver === "object" ? "open" : name] ?? "use the net driver";
    throw new ArgumentError(`the ${name} driver cannot keep bufferedBytes ${bufferedBytes}: ${remedy}`);
  }
  if (typeof driver === "object") return driver;
  return openDriver(driver, bufferedBytes !== undefined && hasBuffers ? { bufferedBytes } : undefined, blocks(options));
}

/** What to do instead of setting `bufferedBytes`. */
const REMEDIES: Readonly<Record<string, string>> = {
  posix: "the kernel owns its buffers; use the net driver, or remove the limit",
  simulated: "open a SimulatedDriver with the option bufferSize, and pass it",
  open: "set the limit where you open the driver",
};

/** Whether the guest blocks its thread. A stepped guest blocks it only while it binds a socket. */
function blocks({ sleep = "blocking", bind = [] }: WasiHostOptions): boolean {
  return sleep === "blocking" || (sleep === "stepping" && bind.length > 0);
}

/**
 * Addresses that the guest may connect to, and may listen on.
 *
 * @param names true: `connect` may grant host names, because the host looks names up for the guest
 */
export function grantsOf(options: WasiHostOptions, names = false): Kernel["grants"] {
  const { connect, bind, inheritNetwork, onRefused } = options;
  return {
    connect: new Grants("connect", inheritNetwork ? "everything" : connect, onRefused, names),
    bind: new Grants("bind", inheritNetwork ? "everything" : bind, onRefused),
  };
}
