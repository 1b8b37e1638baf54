/** The drivers by name. Each is loaded when it is asked for: a program pays for none that it does not use. */
import type { Driver } from "./driver.ts";

const DRIVERS: Readonly<Record<string, (blocks: boolean, bufferedBytes?: number) => Promise<Driver>>> = {
  posix: openPosix,
  net: openNet,
  simulated: openSimulated,
};

const POSIX_PLATFORMS = ["linux-x64", "linux-arm64"];

/**
 * Default: posix, where platform and runtime have it, else net. `blocks`: whether the thread will sleep in the driver; one
 * for a thread that never does may be cheaper, and throws where it does all the same. `bufferedBytes`: what a driver may take
 * for buffers, if it has some of its own. Rejects for an unknown name, a
 * platform that the driver does not support, or a package of its that is missing.
 */
export async function openDriver(name?: string, blocks = true, bufferedBytes?: number): Promise<Driver> {
  if (name === undefined) return (await hasPosix()) ? openPosix() : openNet(blocks, bufferedBytes);
  if (!Object.hasOwn(DRIVERS, name)) {
    const names = Object.keys(DRIVERS);
    throw new Error(`unknown driver '${name}': expected ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`);
  }
  return DRIVERS[name](blocks, bufferedBytes);
}

const platform = () => `${process.platform}-${process.arch}`;

/** Deno and Bun load koffi too, but it is made for Node. */
async function hasPosix(): Promise<boolean> {
  if (!POSIX_PLATFORMS.includes(platform()) || process.versions.bun || process.versions.deno) return false;
  return import("koffi").then(
    () => true,
    () => false,
  );
}

async function openPosix(): Promise<Driver> {
  if (!POSIX_PLATFORMS.includes(platform())) {
    throw new Error(
      `the posix driver supports ${POSIX_PLATFORMS.join(" and ")}, not ${platform()}: use the net driver, which every platform has`,
    );
  }
  try {
    const { PosixDriver } = await import("./posix/index.ts");
    return new PosixDriver();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error("the posix driver needs the package 'koffi': npm install koffi, or use the net driver", {
      cause: error,
    });
  }
}

async function openNet(blocks: boolean, bufferedBytes?: number): Promise<Driver> {
  const net = await import("./net/index.ts");
  return net.openNet(blocks, bufferedBytes);
}

async function openSimulated(): Promise<Driver> {
  const { SimulatedDriver } = await import("./simulated/index.ts");
  return new SimulatedDriver();
}
