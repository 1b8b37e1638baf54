/** A host's part without Node, in browsers and Workers (`node.ts` is the part with Node). */

import { Filetype } from "../abi/file-attributes.ts";
import type { TranspiledComponent } from "../bindings/preview2/transpiled.ts";
import type { CompiledComponent } from "../components/linker.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import { SimulatedDriver, type SimulatedDriverOptions } from "../drivers/simulated/index.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import type { LinkerGap } from "../errors/component-error.ts";
import type { Base, GrantedDirectory } from "../files/contract/base.ts";
import { BytesInput, CallbackOutput } from "../stdio/given.ts";
import { Lines } from "../stdio/lines.ts";
import type { ProcessStdios } from "../stdio/stdios.ts";

export const cannotSuspend = "this runtime lacks: Chromium has it from 137 on, and Workers have it";

export function readExtendedConstants(): boolean {
  return false;
}

export function compileLarge(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  return WebAssembly.compile(bytes);
}

/** There is no resolver without Node. */
export function resolver(_suspends: boolean): undefined {
  return undefined;
}

/** jco needs Node. */
export const canTranspile = false;

export async function transpile(_component: CompiledComponent, gap: LinkerGap): Promise<TranspiledComponent> {
  throw gap;
}

export const moreAddresses = "close other pages, or let go of instances that are not used any more";

/** The default driver. */
export function driverName(name = "simulated"): string {
  return name;
}

/** Sockets of a network in memory: the only driver with a name here. Rejects for another name. */
export async function openDriver(name = "simulated", options?: SimulatedDriverOptions): Promise<Driver> {
  if (name === "simulated") return new SimulatedDriver(options);
  throw new ArgumentError(`no driver '${name}' without Node: expected 'simulated', or a Driver object`);
}

/** An empty stdin; stdout and stderr go to the console, line by line. */
export const processStdios: ProcessStdios = {
  open(_driver, number) {
    if (number === 0) return new BytesInput(new Uint8Array());
    const lines = new Lines(number === 1 ? console.log : console.error);
    return new CallbackOutput(
      (bytes) => lines.take(bytes),
      () => lines.close(),
    );
  },
  filetype: () => Filetype.UNKNOWN,
};

export async function openBase(
  dirs: Readonly<Record<string, string | GrantedDirectory>>,
  base?: string | Base,
): Promise<Base | undefined> {
  if (typeof base === "object") return base;
  if (Object.keys(dirs).length === 0) return undefined;
  const [name] = Object.keys(dirs);
  throw new ArgumentError(`no directory for '${name}': dirs needs Node`);
}

export async function adoptListener(_driver: Driver, descriptor: number): Promise<number> {
  throw new ArgumentError(`no listener at descriptor ${descriptor}: listenFds needs Node`);
}

/** Only Node has threads that may sleep. */
export async function runInWorker(): Promise<number> {
  throw new ArgumentError(
    `sleep: 'worker' needs Node, and 'suspending' JavaScript Promise Integration, which ${cannotSuspend}`,
  );
}
