/** What a host has without Node, in browsers and Workers (`node.ts` is the same with Node). */
import type { Base } from "../bases/base.ts";
import { type Descriptor, Filetype } from "../descriptors.ts";
import type { Driver } from "../drivers/driver.ts";
import { SimulatedDriver } from "../drivers/simulated/index.ts";
import { BytesInput, CallbackOutput } from "../stdio/given.ts";
import { Lines } from "../stdio/lines.ts";

export const cannotSuspend = "this runtime lacks: Chromium has it from 137 on, and Workers have it";

/** Sockets of a network in memory: the only ones that can be had by name here. Rejects for another name. */
export async function openDriver(name = "simulated"): Promise<Driver> {
  if (name === "simulated") return new SimulatedDriver();
  throw new Error(`no driver '${name}' without Node: expected simulated, or a driver that is open`);
}

/** An empty stdin; stdout and stderr go to the console, line by line. */
export function ownStdio(_driver: Driver, number: number): Descriptor {
  if (number === 0) return new BytesInput(new Uint8Array());
  const lines = new Lines(number === 1 ? console.log : console.error);
  return new CallbackOutput(
    (bytes) => lines.take(bytes),
    () => lines.close(),
  );
}

export function stdioFiletype(_number: number): number {
  return Filetype.UNKNOWN;
}

export async function openBase(
  dirs: Readonly<Record<string, string>>,
  base?: string | Base,
): Promise<Base | undefined> {
  if (typeof base === "object") return base;
  if (Object.keys(dirs).length === 0) return undefined;
  throw new Error(`no directory '${Object.values(dirs)[0]}': there are none without Node; leave dirs out`);
}

export async function adoptListener(_driver: Driver, descriptor: number): Promise<number> {
  throw new Error(`no listener at descriptor ${descriptor}: there are none without Node; leave listenFds out`);
}

/** Threads that may sleep, as the guest's would, are Node's alone. */
export async function runInWorker(): Promise<number> {
  throw new Error(
    `sleep: 'worker' needs Node, and 'suspending' JavaScript Promise Integration, which ${cannotSuspend}`,
  );
}
