/** The servers under measurement: which there are, how each is started and stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { BenchmarkError } from "./benchmark.ts";
import { pinned } from "./machine.ts";
import { built } from "./native.ts";

export interface ServerKind {
  name: string;
  /** A C source to build and run, or a script for this Node. */
  program: string;
  arguments: string[];
  /** The Node that runs a script; default: this one. */
  node?: string;
}

/** The two yardsticks, by name: every ratio is to one of them. */
export const C_SERVER = "C epoll";
export const NODE_SERVER = "node:net";

const pollux = (...options: string[]): Omit<ServerKind, "name"> => ({
  program: "dist/cli.js",
  arguments: ["echo", "--listen", "127.0.0.1:0", "--quiet", ...options],
});

export const ECHO_SERVERS: readonly ServerKind[] = [
  { name: C_SERVER, program: "bench/reference/echo-epoll.c", arguments: [] },
  { name: NODE_SERVER, program: "bench/reference/echo-node.mjs", arguments: [] },
  { name: "pollux epoll", ...pollux("--api", "epoll") },
  { name: "pollux epoll --edge", ...pollux("--api", "epoll", "--edge") },
  { name: "pollux poll", ...pollux("--api", "poll") },
];

/** Servers whose program is there. Without the others the benchmark still runs: what is missing is said, not measured. */
export function available(kinds: readonly ServerKind[]): ServerKind[] {
  const missing = kinds.filter((kind) => !existsSync(kind.program));
  for (const kind of missing) console.error(`not measured: ${kind.name}, ${kind.program} is missing (npm run build)`);
  return kinds.filter((kind) => !missing.includes(kind));
}

const START_MS = 10_000;
const STOP_MS = 3_000;

export class RunningServer {
  /** The end of what it wrote to stderr, for the message when it dies. */
  private stderr = "";

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  port = 0;

  /** Resolves when the server has announced the address it listens on. */
  static async start(kind: ServerKind, core: number | undefined): Promise<RunningServer> {
    const program = kind.program.endsWith(".c") ? [built(kind.program)] : [kind.node ?? process.execPath, kind.program];
    const [command, ...rest] = pinned(core, [...program, ...kind.arguments]);
    const child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe"] });
    const server = new RunningServer(kind.name, child);
    process.once("exit", server.kill);
    await server.announced();
    return server;
  }

  private announced(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (what: string) => {
        this.kill();
        reject(new BenchmarkError(`${this.name} ${what}\n${this.stderr}`));
      };
      const timer = setTimeout(() => fail(`did not say within ${START_MS} ms where it listens`), START_MS);
      this.child.once("error", (error) => fail(`cannot be started: ${error.message}`));
      this.child.once("exit", (code, signal) => fail(`ended at its start (${signal ?? code})`));
      createInterface({ input: this.child.stderr! }).on("line", (line) => {
        this.stderr = `${this.stderr}${line}\n`.slice(-2000);
        const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (port === undefined || this.port !== 0) return;
        this.port = Number(port);
        clearTimeout(timer);
        this.child.removeAllListeners("exit");
        resolve();
      });
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** What to add to a message about a failed measurement. */
  get state(): string {
    const { exitCode, signalCode } = this.child;
    const ended = signalCode ?? exitCode;
    return `${this.name} ${ended === null ? "is running" : `has ended (${ended})`}\n${this.stderr}`;
  }

  async stop(): Promise<void> {
    process.removeListener("exit", this.kill);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const timer = setTimeout(this.kill, STOP_MS);
    this.child.kill("SIGTERM");
    await once(this.child, "exit");
    clearTimeout(timer);
  }

  private readonly kill = () => {
    this.child.kill("SIGKILL");
  };
}
