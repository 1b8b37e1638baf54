/** What a host has of Node, and of those that are like it; `web.ts` is the same without. */
import { fstatSync } from "node:fs";
import type { Descriptor } from "../descriptors.ts";
import type { Driver } from "../drivers/driver.ts";
import { filetypeOf, ProcessStdio } from "../stdio/process-stdio.ts";

export { openBase } from "../bases/index.ts";
export { openDriver } from "../drivers/index.ts";
export { runInWorker } from "../running/worker.ts";

/** The end of the sentence about a runtime that lacks JSPI. */
export const cannotSuspend = `${process.release.name} ${process.version} lacks: use Node 24 or later`;

/** The process's own stdin, stdout or stderr: 0, 1 or 2. `patient`: no call may put the thread to sleep. */
export function ownStdio(driver: Driver, number: number, patient: boolean): Descriptor {
  return new ProcessStdio(driver, number, driver.supports.adopt ? number : -1, patient);
}

/** WASI's, of the process's own. */
export const stdioFiletype = filetypeOf;

/** The handle of a listener that is open in this process already. Rejects with an Error that names what is none. */
export async function adoptListener(driver: Driver, descriptor: number): Promise<number> {
  try {
    const isSocket = fstatSync(descriptor).isSocket();
    if (isSocket && driver.inherit !== undefined) return await inherit(driver, descriptor);
    if (isSocket && driver.peerAddress(descriptor) === undefined) return driver.adopt(descriptor);
  } catch (error) {
    if (!NO_LISTENER.includes((error as NodeJS.ErrnoException).code)) throw error;
  }
  throw new Error(`no listener at descriptor ${descriptor}: it has to be a socket that listens, and to be inherited`);
}

/** What listen(2) says of a socket that is connected, and fstat(2) of what is not open. */
const NO_LISTENER: readonly unknown[] = ["EBADF", "EINVAL"];

async function inherit(driver: Driver, descriptor: number): Promise<number> {
  const handle = driver.inherit!(descriptor);
  await driver.opened?.(handle, { host: String(descriptor), port: -1 });
  return handle;
}
