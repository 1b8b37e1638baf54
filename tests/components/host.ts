/**
 * Components in their own processes, on each host that runs them. `npm run build:guests` builds those of other
 * languages; without a toolchain or a host, their tests are a visible skip.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { NODE_24 } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";
import { CLI } from "../hosts/command.ts";
import { endAfterTests } from "../left-running.ts";

/** A component's grants, in each host's own form. Nothing by default. */
export interface Grants {
  /** It may listen, connect and look names up. */
  readonly network?: boolean;
  /** Directories of the host by the component's names for them. */
  readonly directories?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Host {
  readonly name: string;
  /** The reason why it is missing here; undefined if it is not. */
  readonly missing: string | undefined;
  /** The command that runs a component. */
  command(component: string, args: readonly string[], grants: Grants): string[];
}

const wasmtime = pinned("wasmtime-49");

export const WASMTIME: Host = {
  name: "wasmtime 49",
  missing: wasmtime.missing,
  command: (component, args, { network = false, directories = {}, environment = {} }) => [
    ...[wasmtime.program, "run", ...(network ? ["-S", "inherit-network", "-S", "allow-ip-name-lookup"] : [])],
    ...Object.entries(directories).flatMap(([guest, host]) => ["--dir", `${host}::${guest}`]),
    ...Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...[component, ...args],
  ],
};

const HERE = `Node ${process.versions.node.split(".")[0]}`;

function pollux(driver: string, way: string): Host {
  const on24 = way === "suspending";
  return {
    name: `driver ${driver}, ${way}, ${on24 ? "Node 24" : HERE}`,
    missing: on24 && NODE_24 === undefined ? "npm run runtimes" : undefined,
    command: (component, args, { network = false, directories = {}, environment = {} }) => [
      ...[on24 ? NODE_24! : process.execPath, CLI, "run", "--driver", driver, "--sleep", way],
      ...(network ? ["--inherit-network"] : []),
      ...Object.entries(directories).flatMap(([guest, host]) => ["--dir", `${host}::${guest}`]),
      ...Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      ...[component, ...args],
    ],
  };
}

/** `pollux run`, with each driver and way to wait. */
export const POLLUX: readonly Host[] = ["posix", "net"].flatMap((driver) =>
  ["blocking", "worker", "suspending"].map((way) => pollux(driver, way)),
);

export const built = (name: string) => fileURLToPath(new URL(`built/${name}.wasm`, import.meta.url));

export interface Ending {
  readonly out: string;
  readonly error: string;
  readonly status: number | null;
}

/** A running component. Disposing it kills it. */
export class Process implements AsyncDisposable {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Its output so far. */
  out = "";
  error = "";
  /** Resolves when it has ended and its output is complete. */
  readonly ended: Promise<Ending>;

  constructor([command, ...args]: readonly string[]) {
    this.child = endAfterTests(spawn(command, args, { stdio: "pipe" }));
    this.child.stdout.on("data", (bytes) => (this.out += bytes));
    this.child.stderr.on("data", (bytes) => (this.error += bytes));
    this.ended = once(this.child, "close").then(([status]) => ({ out: this.out, error: this.error, status }));
  }

  /** Resolves when the pattern has been printed, to its match. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match !== null) return match;
      await Promise.race([once(this.child.stdout, "data"), this.#endedEarly()]);
    }
  }

  /** Resolves to the port of its listener, which is open by then. */
  async port(): Promise<number> {
    return Number((await this.printed(/^listening on 127\.0\.0\.1:(\d+)$/m))[1]);
  }

  async #endedEarly(): Promise<never> {
    const { error, status } = await this.ended;
    throw new Error(`ended with ${status} before that: ${error}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** Starts the suite's component. */
export type Start = (args?: readonly string[], grants?: Grants) => Process;

/** Declares the tests of a component once for each host. `file`: its name; `remedy`: the command that builds it. */
export function component(
  name: string,
  hosts: readonly Host[],
  tests: (start: Start) => void,
  { file = built(name), remedy = "npm run build:guests" } = {},
): void {
  describe.each(hosts)(`${name}: $name`, (host) => {
    const missing = existsSync(file) ? host.missing : remedy;
    if (missing !== undefined) it("runs", ({ skip }) => skip(`not built, or nothing to run it: ${missing}`));
    else tests((args = [], grants = {}) => new Process(host.command(file, args, grants)));
  });
}
