/**
 * Servers and clients made of libraries that many people use, as guests, and the programs that many people use at their other
 * end. Each guest is a few lines around its library: go/, rust/.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { buffer, text } from "node:stream/consumers";
import { it } from "vitest";
import { type Guest, guest, type StartOptions } from "../guests/guest.ts";

/** Debian's packages of what the tests start; .ci/run installs them. */
const PACKAGES = {
  "redis-server": "redis-server",
  "redis-cli": "redis-tools",
  "redis-benchmark": "redis-tools",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  curl: "curl",
} as const;

export type Program = keyof typeof PACKAGES;

/** Milliseconds until a client that hangs is ended. */
const TIMEOUT_MS = 30_000;

/** Declares the tests of one guest, once for each driver, blocking and suspending; a skip where a program is missing. */
export function realProgram(
  name: string,
  needs: readonly Program[],
  tests: (start: (options?: StartOptions) => Guest) => void,
): void {
  const missing = missingPrograms(needs);
  const declare: typeof tests = missing === undefined ? tests : () => it("serves", ({ skip }) => skip(missing));
  guest(name, declare, { folder: "real", ways: ["blocking", "suspending"] });
}

/** Says which of the programs are missing, and what installs them; undefined if all are there. */
export function missingPrograms(needs: readonly Program[]): string | undefined {
  const missing = needs.filter((program) => spawnSync("which", [program]).status !== 0);
  return missing.length === 0 ? undefined : `${missing}: apt-get install ${missing.map((need) => PACKAGES[need])}`;
}

export interface Outcome {
  readonly out: Buffer;
  readonly error: string;
  readonly status: number | null;
}

/** Runs a client to its end, with `input` on its stdin. */
export async function client(command: string, args: readonly string[], input: string | Buffer = ""): Promise<Outcome> {
  const child = spawn(command, args, { stdio: "pipe", timeout: TIMEOUT_MS, killSignal: "SIGKILL" });
  const ended = Promise.all([buffer(child.stdout), text(child.stderr), once(child, "close")]);
  child.stdin.on("error", () => {}); // the exit status reports a client that stops reading
  child.stdin.end(input);
  const [out, error, [status]] = await ended;
  return { out, error, status };
}
