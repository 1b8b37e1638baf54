/** Node's part of a host, also for similar runtimes; `web.ts` is the part without Node. */

import { fstatSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import type { TranspiledComponent } from "../bindings/preview2/transpiled.ts";
import type { CompiledComponent } from "../components/linker.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import type { LinkerGap } from "../errors/component-error.ts";
import { hintInterpreterLoops } from "../runtime/interpreter-loops.ts";
import { withoutJspi } from "../runtime/jspi-versions.ts";
import { lookup, lookupBlocking } from "../runtime/name-lookup.ts";
import { filetypeOf, ProcessStdio } from "../stdio/process-stdio.ts";
import type { ProcessStdios } from "../stdio/stdios.ts";

export { driverName, openDriver } from "../drivers/index.ts";
export { openBase } from "../files/index.ts";
/** Resolvers of names: while the event loop goes on, or while the thread sleeps. */
export function resolver(suspends: boolean): typeof lookup | typeof lookupBlocking {
  return suspends ? lookup : lookupBlocking;
}

export { runInWorker } from "../worker/worker.ts";

export const canTranspile = true;

/**
 * Makes JavaScript of a component that the linker cannot link.
 *
 * @param gap the reason
 * @throws ComponentError with the reason and the remedy if jco is not installed, or cannot transpile the component
 */
export async function transpile(component: CompiledComponent, gap: LinkerGap): Promise<TranspiledComponent> {
  const { TranspiledComponent } = await import("../bindings/preview2/transpiled.ts");
  return TranspiledComponent.transpile(component, gap);
}

/** The end of the message about a runtime without JSPI. */
export const cannotSuspend = withoutJspi(process.versions);

/**
 * Enables extended constant expressions in V8 11 (Node 20); later versions have them without a flag. Dynamically linked
 * libraries, such as Python's, use them.
 *
 * @returns whether more modules can be compiled now
 */
export function readExtendedConstants(): boolean {
  if (!process.versions.v8?.startsWith("11.")) return false;
  setFlagsFromString("--experimental-wasm-extended-const");
  return true;
}

/**
 * Whether V8 needs the hints: 11 (Node 20). CPython serves a third more requests with them there, and starts 65 ms later; with V8 12
 * and 13 a tenth more, and 110 ms later.
 */
const needsHints = process.versions.v8?.startsWith("11.") === true;
const HINTS = "experimental-wasm-compilation-hints";

/** Compiles a module in another thread; the loops of interpreters for speed, and what else there is for a quick start. */
export function compileLarge(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  const hinted = needsHints ? hintInterpreterLoops(bytes) : bytes;
  if (hinted === bytes) return WebAssembly.compile(bytes);
  // Only for this module. V8 refuses kept code of other flags.
  setFlagsFromString(`--${HINTS}`);
  try {
    return WebAssembly.compile(hinted);
  } finally {
    setFlagsFromString(`--no-${HINTS}`);
  }
}

/** The remedy if the addresses for a memory cannot be reserved. */
export const moreAddresses =
  "raise the limit on addresses (ulimit -v), or use node --disable-wasm-trap-handler (or set it in NODE_OPTIONS), which reserves less";

/** The process's own stdio. */
export const processStdios: ProcessStdios = {
  open: (driver, number, patient) =>
    new ProcessStdio(driver, number, driver.adoption === undefined ? -1 : number, patient),
  filetype: filetypeOf,
};

/**
 * Returns the handle of a listener that is already open in this process. Rejects with an Error that names an invalid
 * descriptor.
 */
export async function adoptListener(driver: Driver, descriptor: number): Promise<number> {
  try {
    const isSocket = mayBeSocket(descriptor);
    const { adoption, inheritance } = driver;
    if (isSocket && inheritance !== undefined) {
      const handle = inheritance.listener(descriptor);
      await driver.deferredListening?.opened(handle, { host: String(descriptor), port: -1 });
      return handle;
    }
    const isBound = isSocket && adoption !== undefined && driver.localAddress(descriptor) !== undefined;
    if (isBound && driver.peerAddress(descriptor) === undefined) return adoption.adopt(descriptor);
  } catch (error) {
    if (!NO_LISTENER.includes((error as NodeJS.ErrnoException).code)) throw error;
  }
  throw new ArgumentError(`no listener at descriptor ${descriptor}: expected an inherited listening socket`);
}

/** Deno's node:fs refuses inherited descriptors, except the standard streams: there the driver's calls tell. */
function mayBeSocket(descriptor: number): boolean {
  return (process.versions.deno !== undefined && descriptor > 2) || fstatSync(descriptor).isSocket();
}

/** The codes of listen(2) for a connected socket, and of fstat(2) for a closed descriptor. */
const NO_LISTENER: readonly unknown[] = ["EBADF", "EINVAL"];
