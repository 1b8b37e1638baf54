/** A bundled program in a process of its own, on one of the runtimes. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { Program, Runtime } from "../../runtimes/runtime.ts";
import { endGroup, residentMiB, streamSockets } from "../programs/proc.ts";

/** Milliseconds between two looks for the listener of a runtime that starts. */
const LOOK_MS = 20;
/** The state of a listener in /proc/net/tcp. */
const LISTENS = "0A";

/** All that were started and have not ended, by process group: jco runs the program in a process of its own. */
const running = new Set<number>();
process.on("exit", endAll);

/** For after the tests: one that has run out of time is not there any more to end its subject. */
export function endAll(): void {
  for (const group of running) endGroup(group);
}

export class Subject implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  /** What it wrote so far, to both. */
  output = "";
  port = 0;
  /** Id of the process that owns the sockets: the runtime, or its child. */
  #pid = 0;
  #ownSockets = 0;
  readonly #ended: Promise<unknown>;

  /** Resolves when it listens. */
  static async start(runtime: Runtime, program: Program): Promise<Subject> {
    const subject = new Subject(runtime.command(program.module, [...program.args, "--quiet"], 0));
    await subject.#listening(runtime.acceptsFromBind === true);
    return subject;
  }

  private constructor([command, ...args]: string[]) {
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const group = this.#child.pid!;
    running.add(group);
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on("data", (text) => (this.output += text));
    this.#ended = once(this.#child, "close").then(() => running.delete(group));
  }

  /**
   * Stock hosts do not say where they listen: the kernel does.
   *
   * @param bySaying - the program has to say so too
   */
  async #listening(bySaying: boolean): Promise<void> {
    while (this.#child.exitCode === null) {
      for (const pid of family(this.#child.pid!)) {
        this.port = listeningPort(pid) ?? 0;
        this.#pid = pid;
        if (this.port === 0 || (bySaying && !this.output.includes("listening on "))) continue;
        this.#ownSockets = streamSockets(pid);
        return;
      }
      await setTimeout(LOOK_MS);
    }
    throw new Error(`it ended with status ${this.#child.exitCode} before it listened: ${this.output}`);
  }

  /** How many connections it has accepted and not closed. */
  get connections(): number {
    return streamSockets(this.#pid) - this.#ownSockets;
  }

  get residentMiB(): number {
    return residentMiB(this.#pid);
  }

  /** A program that exits by itself has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode } = this.#child;
    endGroup(this.#child.pid!);
    await this.#ended;
    if (exitCode !== null) throw new Error(`it had ended by itself, with status ${exitCode}: ${this.output}`);
  }
}

/** The process and its children, and theirs. */
function family(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    return [pid, ...children.flatMap(family)];
  } catch {
    return []; // it has just ended
  }
}

/** The port of a process' listening socket: those of /proc/net/tcp that are its own (proc(5)). */
function listeningPort(pid: number): number | undefined {
  const own = new Set<string>();
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      const target = readlinkSync(`/proc/${pid}/fd/${name}`);
      if (target.startsWith("socket:")) own.add(target);
    }
  } catch {
    return undefined; // a descriptor was closed meanwhile, as the next look finds
  }
  for (const line of listeners()) {
    const [, local, , , , , , , , inode] = line.trim().split(/\s+/);
    if (own.has(`socket:[${inode}]`)) return Number.parseInt(local.split(":")[1], 16);
  }
  return undefined;
}

/** The first lines of /proc/net/tcp. Listeners come first, and the kernel formats only what is read: thousands of closed connections can follow. */
function* listeners(): Generator<string> {
  const file = openSync("/proc/net/tcp", "r");
  try {
    const block = Buffer.alloc(4096);
    let text = "";
    for (let size = readSync(file, block); size > 0; size = readSync(file, block)) {
      const lines = (text + block.toString("latin1", 0, size)).split("\n");
      text = lines.pop()!;
      for (const line of lines) {
        const [number, , , state] = line.trim().split(/\s+/);
        if (number === "sl") continue;
        if (state !== LISTENS) return;
        yield line;
      }
    }
  } finally {
    closeSync(file);
  }
}
