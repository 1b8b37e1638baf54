/** Peers in Python: the original client and servers, and a client that sends urgent data, which node:net cannot. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { endAfterTests } from "../../left-running.ts";

export const HAS_PYTHON = spawnSync("python3", ["--version"]).status === 0;

/** A running server, and what it has printed behind its address. */
export interface Peer extends AsyncDisposable {
  readonly port: number;
  out(): string;
  /** Ends it. Resolves to what it wrote to stderr. */
  end(): Promise<string>;
}

/** Starts a server of this folder. Resolves when it has printed its address; disposing it kills it. */
export async function servePeer(script: string): Promise<Peer> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = endAfterTests(spawn("python3", ["-u", file], { stdio: ["ignore", "pipe", "pipe"] }));
  const closed = once(child, "close");
  let printed = "";
  let errors = "";
  child.stderr.on("data", (bytes) => (errors += bytes));
  child.stdout.on("data", (bytes) => (printed += bytes));
  while (!printed.endsWith("\n") && child.exitCode === null) await Promise.race([once(child.stdout, "data"), closed]);
  const [, port] = /^listening on 127\.0\.0\.1:(\d+)\n/.exec(printed) ?? [];
  if (port === undefined) throw new Error(`${script} did not say where it listens: ${printed}${errors}`);
  const end = async () => {
    child.kill("SIGKILL");
    await closed;
    return errors;
  };
  return {
    port: Number(port),
    out: () => printed.slice(printed.indexOf("\n") + 1),
    end,
    async [Symbol.asyncDispose]() {
      process.stderr.write(await end());
    },
  };
}

/** Runs a script of this folder with the port and returns its output. Rejects unless its status is 0. */
export async function runPeer(script: string, port: number, ...args: string[]): Promise<string> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return (await promisify(execFile)("python3", [file, "127.0.0.1", String(port), ...args])).stdout;
}
