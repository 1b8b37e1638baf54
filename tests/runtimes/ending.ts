/** Programs that come to their end by themselves, and what they say then. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { RUNTIMES } from "../../runtimes/catalogue.ts";
import type { Runtime } from "../../runtimes/runtime.ts";

/** Runs to its end. One that hangs is killed before the test's time is over, and has no status then. */
export async function ending([command, ...args]: string[]): Promise<{ status: number | null; said: string }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000, killSignal: "SIGKILL" });
  const closed = once(child, "close");
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await closed;
  return { status, said: out + error };
}

export const found = (name: string): Runtime => RUNTIMES.find((runtime) => runtime.name === name)!;

export const without = (command: string[], flags: readonly (string | RegExp)[]): string[] =>
  command.filter((word) => !flags.some((flag) => (typeof flag === "string" ? word === flag : flag.test(word))));

/** A loopback port in use. */
export async function takenPort(): Promise<{ port: number } & AsyncDisposable> {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void (await once(holder.close(), "close")) };
}
