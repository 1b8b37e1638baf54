/** The drivers that test the binding for WASI 0.2. */
import type { Driver } from "../../../wasi-host/drivers/contract/driver.ts";
import { openNet } from "../../../wasi-host/drivers/net/index.ts";
import { PosixDriver } from "../../../wasi-host/drivers/posix/index.ts";
import { SimulatedDriver } from "../../../wasi-host/drivers/simulated/index.ts";

/** For `describe.each`. */
export const DRIVERS: readonly (readonly [string, () => Driver | Promise<Driver>])[] = [
  ["posix", () => new PosixDriver()],
  ["net", () => openNet(true)],
  ["simulated", () => new SimulatedDriver()],
];
