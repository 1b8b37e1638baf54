/** The bundled servers under test: each as shipped, in its own process, on a port chosen by the system. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { pinned } from "../../runtimes/pins.ts";
import { endAfterTests } from "../left-running.ts";
import { RUNTIME, SETTLE_MS } from "../script-runtime.ts";
import { streamSockets } from "./proc.ts";

export const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
export const CLI = path("../../dist/cli.cjs");
export const LEVEL_RUNNER = path("level-runner.mjs");

export interface Kind {
  name: string;
  /** The source of wakeups: the ready file of our host, the waitable set of WASI 0.3, or any other host's levels. */
  source: "edges" | "waitables" | "levels";
  /** MiB of chunks that Node may have read and not collected yet. */
  garbage?: number;
  /** What runs `command`; default: that of script-runtime.ts. */
  runtime?: string;
  /** For an address; `--quiet` may follow. */
  command(address: string): string[];
}

const apis = [
  { program: "poll", options: ["--api", "poll"] },
  { program: "epoll, level", options: ["--api", "epoll"] },
  { program: "epoll, edge", options: ["--api", "epoll", "--edge"] },
];

const over = (source: Kind["source"], runner: string[]): Kind[] =>
  apis.map(({ program, options }) => ({
    name: `${program} (${source} source)`,
    source,
    command: (address) => [...runner, ...options, "--listen", address],
  }));

/** The servers of `pollux echo`. */
export const SHIPPED: readonly Kind[] = over("edges", [CLI, "echo"]);
/** The same over Node's sockets. */
export const NET: readonly Kind[] = over("edges", [CLI, "echo", "--driver", "net"]).map((kind) => ({
  ...kind,
  name: kind.name.replace("edges source", "net driver"),
  garbage: 56,
}));
/** Also the same modules without a ready file, as on another host. */
export const ALL: readonly Kind[] = [...SHIPPED, ...over("levels", [LEVEL_RUNNER])];
const { program: wasmtime, missing } = pinned("wasmtime-49");
const PROGRAMS = ["echo-poll", "echo-epoll", "echo-epoll --edge"];

const components = (driver: "posix" | "net"): Kind[] =>
  PROGRAMS.map((words) => {
    const [program, ...options] = words.split(" ");
    return {
      name: `${words} (0.2 component, driver ${driver})`,
      source: "levels",
      garbage: driver === "net" ? 56 : undefined,
      command: (address) => [
        ...[CLI, "run", "--driver", driver, "--bind", "127.0.0.1:*"],
        ...[path(`../../dist/programs/${program}.component.wasm`), "--listen", address, ...options],
      ],
    };
  });
/** As components of WASI 0.2 on our host. */
export const COMPONENTS: readonly Kind[] = components("posix");
/** As components of WASI 0.3 on another host; none if it is not installed. */
export const WAITABLES: readonly Kind[] = (missing === undefined ? PROGRAMS : []).map((words) => {
  const [program, ...options] = words.split(" ");
  return {
    name: `${words} (waitables source)`,
    source: "waitables",
    runtime: wasmtime,
    command: (address) => [
      ...["run", "-S", "inherit-network", path(`../../dist/programs/${program}.p3.component.wasm`)],
      ...["--listen", address, ...options],
    ],
  };
});
/**
 * Also on every driver of real sockets. Not for want of descriptors: libuv takes and closes connections that it cannot
 * keep; nor for urgent data, which Node does not know.
 */
export const EVERYWHERE: readonly Kind[] = [...ALL, ...NET, ...COMPONENTS, ...components("net"), ...WAITABLES];

export interface ServerOptions {
  /** Default: yes. */
  quiet?: boolean;
  /** Default: 0, the system chooses. */
  port?: number;
  /** `ulimit -n` of its process. */
  descriptors?: number;
  /** The limit of its host's descriptor table (with the levels' runner only: the command has no option for it). */
  maxDescriptors?: number;
}

export interface Ending {
  status: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  error: string;
}

export class Server implements AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Its output to stdout and stderr so far. */
  out = "";
  error = "";
  port = 0;
  /** The length of `out` that `received` has read, and the bytes counted in it. */
  #heard = 0;
  #received = 0;
  /** Resolves when the process has ended and its output is complete. */
  readonly ended: Promise<Ending>;
  /** Its listener, and the ends of its stdio. */
  #ownSockets = 0;

  /** Resolves when it has printed its address. */
  static async start(kind: Kind, options: ServerOptions = {}): Promise<Server> {
    const server = new Server(kind, options);
    const [, port] = await server.printed(/listening on 127\.0\.0\.1:(\d+)\n/);
    server.port = Number(port);
    if (SETTLE_MS > 0 && kind.runtime === undefined) await setTimeout(SETTLE_MS);
    server.#ownSockets = streamSockets(server.pid);
    return server;
  }

  /** For tests that expect a failure; others use `start`. */
  constructor(kind: Kind, { quiet = true, port = 0, descriptors, maxDescriptors }: ServerOptions) {
    const command = [...(kind.runtime === undefined ? RUNTIME : [kind.runtime]), ...kind.command(`127.0.0.1:${port}`)];
    if (quiet) command.push("--quiet");
    if (maxDescriptors !== undefined) command.push("--max-descriptors", String(maxDescriptors));
    if (descriptors !== undefined) command.unshift("sh", "-c", `ulimit -n ${descriptors}; exec "$@"`, "sh");
    this.child = endAfterTests(spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"] }));
    this.child.stdout.on("data", (bytes) => (this.out += bytes));
    this.child.stderr.on("data", (bytes) => (this.error += bytes));
    this.ended = once(this.child, "close").then(([status, signal]) => ({
      status,
      signal,
      out: this.out,
      error: this.error,
    }));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The number of its open connections. */
  get connections(): number {
    return streamSockets(this.pid) - this.#ownSockets;
  }

  /** The bytes that it reports as received, from all clients together. */
  get received(): number {
    const end = this.out.lastIndexOf("\n") + 1;
    const lines = this.out.slice(this.#heard, end);
    for (const [, count] of lines.matchAll(/^client \d+: received (\d+) bytes/gm)) this.#received += Number(count);
    this.#heard = end;
    return this.#received;
  }

  /** Resolves when the pattern has been printed, to its match. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.error) ?? pattern.exec(this.out);
      if (match !== null) return match;
      await Promise.race([once(this.child.stdout, "data"), once(this.child.stderr, "data"), this.#diedEarly()]);
    }
  }

  async #diedEarly(): Promise<never> {
    const { status, signal, error } = await this.ended;
    throw new Error(`the server ended (${signal ?? status}) before that: ${error}`);
  }

  /** Sends the signal. Resolves when the process has ended. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ending> {
    this.child.kill(signal);
    return this.ended;
  }

  /** Every test ends with a working server: this finds one that has crashed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const fallen = this.child.exitCode !== null;
    const { status, error } = await this.stop();
    if (fallen) throw new Error(`the server had ended by itself, with status ${status}: ${error}`);
  }
}

/**
 * One server for all tests of a block, because each start takes a tenth of a second of CPU time. A test leaves no connection, so
 * that the next can count its own. After the last test the server must still run.
 */
export function sharedServer(kind: Kind, options?: ServerOptions): () => Server {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start(kind, options);
  });
  afterAll(async () => {
    const { exitCode, signalCode } = server.child;
    const { error } = await server.stop();
    expect({ exitCode, signalCode }, error).toEqual({ exitCode: null, signalCode: null });
  });
  return () => server;
}
