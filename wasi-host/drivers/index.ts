/** The drivers by name. Each is loaded when it is asked for: a program pays for none that it does not use. */
import type { Driver } from "./driver.ts";

const DRIVERS: Readonly<Record<string, () => Promise<Driver>>> = { posix: openPosix, simulated: openSimulated };

const POSIX_PLATFORMS = ["linux-x64", "linux-arm64"];

/** Rejects for an unknown name, a platform that the driver does not support, or a package of its that is missing. */
export async function openDriver(name = "posix"): Promise<Driver> {
  if (!Object.hasOwn(DRIVERS, name)) {
    throw new Error(`unknown driver '${name}': expected ${Object.keys(DRIVERS).join(" or ")}`);
  }
  return DRIVERS[name]();
}

async function openPosix(): Promise<Driver> {
  const platform = `${process.platform}-${process.arch}`;
  if (!POSIX_PLATFORMS.includes(platform)) {
    throw new Error(`no driver for ${platform}: the posix driver supports ${POSIX_PLATFORMS.join(" and ")}`);
  }
  try {
    const { PosixDriver } = await import("./posix/index.ts");
    return new PosixDriver();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error("the posix driver needs the package 'koffi': npm install koffi", { cause: error });
  }
}

async function openSimulated(): Promise<Driver> {
  const { SimulatedDriver } = await import("./simulated/index.ts");
  return new SimulatedDriver();
}
