/** The servers under measurement: which there are, how each is started and stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
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
  /** In place of all that: the whole command, for a port. Of a server that need not say where it listens. */
  command?: (port: number) => string[];
}

/** The two yardsticks, by name: every ratio is to one of them. */
export const C_SERVER = "C epoll";
export const NODE_SERVER = "node:net";

const pollux = (...options: string[]): Omit<ServerKind, "name"> => ({
  program: "dist/cli.cjs",
  arguments: ["echo", "--listen", "127.0.0.1:0", "--quiet", ...options],
});

export const ECHO_SERVERS: readonly ServerKind[] = [
  { name: C_SERVER, program: "bench/reference/echo-epoll.c", arguments: [] },
  { name: NODE_SERVER, program: "bench/reference/echo-node.mjs", arguments: [] },
  { name: "pollux epoll", ...pollux("--api", "epoll") },
  { name: "pollux epoll --edge", ...pollux("--api", "epoll", "--edge") },
  { name: "pollux poll", ...pollux("--api", "poll") },
  { name: "pollux epoll, net driver", ...pollux("--api", "epoll", "--driver", "net") },
];

/** Servers whose program is there. Without the others the benchmark still runs: what is missing is said, not measured. */
export function available(kinds: readonly ServerKind[]): ServerKind[] {
  const missing = kinds.filter((kind) => kind.command === undefined && !existsSync(kind.program));
  for (const kind of missing) console.error(`not measured: ${kind.name}, ${kind.program} is missing (npm run build)`);
  return kinds.filter((kind) => !missing.includes(kind));
}

/** wazero compiles a module of 9 MB before it listens. */
const START_MS = 60_000;
const STOP_MS = 3_000;

/** Whatever ends this process ends them too. */
const running = new Set<RunningServer>();
process.once("exit", () => {
  for (const server of running) server.kill();
});

export class RunningServer {
  /** The end of what it wrote to stderr, for the message when it dies. */
  private stderr = "";

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    public port: number,
  ) {}

  /** Resolves when the server has announced the address it listens on, or answers there. */
  static async start(kind: ServerKind, core: number | undefined): Promise<RunningServer> {
    const port = kind.command === undefined ? 0 : await freePort();
    const [command, ...rest] = pinned(core, kind.command?.(port) ?? ownCommand(kind));
    // A process group: some runtimes start the server in another process.
    const child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe"], detached: true });
    const server = new RunningServer(kind.name, child, port);
    running.add(server);
    await server.listening();
    return server;
  }

  private listening(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (what: string) => {
        this.kill();
        reject(new BenchmarkError(`${this.name} ${what}\n${this.stderr}`));
      };
      const timer = setTimeout(() => fail(`did not listen within ${START_MS} ms`), START_MS);
      const done = () => {
        clearTimeout(timer);
        this.child.removeAllListeners("exit");
        resolve();
      };
      this.child.once("error", (error) => fail(`cannot be started: ${error.message}`));
      this.child.once("exit", (code, signal) => fail(`ended at its start (${signal ?? code})`));
      createInterface({ input: this.child.stderr! }).on("line", (line) => {
        this.stderr = `${this.stderr}${line}\n`.slice(-2000);
        const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (port === undefined || this.port !== 0) return;
        this.port = Number(port);
        done();
      });
      if (this.port !== 0) void answers(this.port, this.child).then(done);
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The end of a message about a failed measurement. */
  get state(): string {
    const { exitCode, signalCode } = this.child;
    const ended = signalCode ?? exitCode;
    return `${this.name} ${ended === null ? "is running" : `has ended (${ended})`}\n${this.stderr}`;
  }

  /** Takes the processor away from it, for while others are measured: an idle server may use a whole core. */
  pause(): void {
    this.signal("SIGSTOP");
  }

  resume(): void {
    this.signal("SIGCONT");
  }

  async stop(): Promise<void> {
    running.delete(this);
    this.resume();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const timer = setTimeout(() => this.kill(), STOP_MS);
    this.signal("SIGTERM");
    await once(this.child, "exit");
    clearTimeout(timer);
  }

  kill(): void {
    this.signal("SIGKILL");
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // the group has already ended
    }
  }
}

function ownCommand(kind: ServerKind): string[] {
  const program = kind.program.endsWith(".c") ? [built(kind.program)] : [kind.node ?? process.execPath, kind.program];
  return [...program, ...kind.arguments];
}

/** One that the system has just had to give away. */
async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  return port;
}

/** Resolves when the address accepts connections, or the process has ended. */
async function answers(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const socket = connect(port, "127.0.0.1");
    const made = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "close").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (made) return;
    await sleep(20);
  }
}
