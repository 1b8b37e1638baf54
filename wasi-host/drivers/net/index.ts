/**
 * The net driver: sockets of node:net and node:dgram, for every platform and runtime that has them. They run in an
 * event loop: the guest's own if it is free, else that of another thread.
 */
import type { Driver } from "../contract/driver.ts";
import { checkDriverOptions, type OptionRule } from "../contract/option-checks.ts";
import { BUFFERED_BYTES } from "../shared-region/region.ts";
import { openInOwnThread } from "./own-thread.ts";
import { openWithWorker } from "./worker.ts";

/** Options of the net driver. */
export interface NetDriverOptions {
  /** Maximum bytes of all socket buffers, 139,584 each. EMFILE beyond. */
  readonly bufferedBytes?: number;
}

const OPTIONS: Readonly<Record<keyof NetDriverOptions, OptionRule>> = { bufferedBytes: BUFFERED_BYTES };

/**
 * Opens the net driver.
 *
 * @param sleeps - whether the calling thread sleeps in the driver
 * @throws ArgumentError for an unknown option or a value of another type, OutOfRangeError for a value out of range
 */
export async function openNet(sleeps: boolean, options: NetDriverOptions = {}): Promise<Driver> {
  checkDriverOptions("net", options, OPTIONS);
  return sleeps ? openWithWorker(options.bufferedBytes) : openInOwnThread(options.bufferedBytes);
}
