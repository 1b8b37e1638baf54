/** The opening of a module's and of a component's host: the way to sleep, the driver, and the grants of addresses. */
import type { Driver } from "../drivers/contract/driver.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import { Grants } from "../kernel/grants.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { cannotSuspend, driverName, openDriver } from "../platform/index.ts";
import { isStream } from "../stdio/streams.ts";
import { canSuspend } from "../waiting/suspending.ts";

/**
 * Checks the way to sleep.
 *
 * @throws Error that names the remedy, if the runtime or the streams do not support it
 */
export function checkSleep({ sleep = "blocking", stdin, stdout, stderr }: WasiHostOptions): void {
  if (sleep === "suspending" && !canSuspend) {
    throw new ArgumentError(`sleep: 'suspending' needs JavaScript Promise Integration, which ${cannotSuspend}`);
  }
  if (sleep !== "blocking") return;
  for (const [name, stream] of Object.entries({ stdin, stdout, stderr })) {
    if (isStream(stream)) {
      throw new ArgumentError(
        `${name} is a stream, and a blocked thread would wait for it for ever: use sleep: 'suspending'`,
      );
    }
  }
}

/**
 * Opens the driver of the options. An open driver is used as it is, and its caller disposes it.
 *
 * @param keepsBytes - whether the host keeps `limits.bufferedBytes` itself, and accepts a driver without its own
 *   buffers
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

/** The remedy for `bufferedBytes`. */
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
 * The granted addresses for connect and listen.
 *
 * @param names true if the host looks up names for the guest, so that `connect` may grant them
 */
export function grantsOf(options: WasiHostOptions, names = false): Kernel["grants"] {
  const { connect, bind, inheritNetwork, onRefused } = options;
  return {
    connect: new Grants("connect", inheritNetwork ? "everything" : connect, onRefused, names),
    bind: new Grants("bind", inheritNetwork ? "everything" : bind, onRefused),
  };
}
