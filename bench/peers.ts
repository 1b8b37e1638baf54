/**
 * What the echo servers are compared with besides C with epoll and node:net: the fastest that this kernel offers, and the
 * servers that people of other languages and runtimes write. Each is built or found when it is asked for; one that cannot
 * be is named with its reason, and not measured.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pinned } from "../runtimes/pins.ts";
import { BenchmarkError } from "./benchmark.ts";
import { built, modified, OUTPUT, onPath } from "./native.ts";
import type { ServerKind } from "./servers.ts";

/** The yardsticks beside C with epoll and node:net, by name. */
export const IO_URING_SERVER = "C io_uring";
export const POLL_SERVER = "C poll";
export const TOKIO_SERVER = "Rust tokio";

const REFERENCES = join("bench", "reference");

/** The command of each. Throws a `BenchmarkError` if it cannot be built or is not installed. */
const COMMANDS: Readonly<Record<string, () => readonly string[]>> = {
  [IO_URING_SERVER]: () => [
    built(join(REFERENCES, "echo-io-uring.c"), {
      name: "uring",
      header: "liburing.h",
      install: "apt-get install liburing-dev",
    }),
  ],
  [POLL_SERVER]: () => [built(join(REFERENCES, "echo-poll.c"))],
  [TOKIO_SERVER]: () => [builtByCargo("echo-tokio")],
  "Go net": () => [builtByGo("echo-go")],
  "Bun.listen": () => [installed("bun"), join(REFERENCES, "echo-bun.mjs")],
  "Deno.listen": () => [installed("deno"), "run", "--quiet", "--allow-net", join(REFERENCES, "echo-deno.mjs")],
};

/** The peers of this machine: all, or those of these names. */
export function peers(names: readonly string[] = Object.keys(COMMANDS)): ServerKind[] {
  return names.flatMap((name) => {
    try {
      const command = COMMANDS[name]();
      return [{ name, program: "", arguments: [], command: (port: number) => [...command, String(port)] }];
    } catch (error) {
      if (!(error instanceof BenchmarkError)) throw error;
      console.error(`not measured: ${name}, ${error.message.trimEnd()}`);
      return [];
    }
  });
}

function installed(runtime: string): string {
  const { program, missing } = pinned(runtime);
  if (missing !== undefined) throw new BenchmarkError(missing);
  return program;
}

/** The Rust program of a folder. Cargo builds again only what has changed. */
function builtByCargo(folder: string): string {
  const target = join(OUTPUT, folder);
  make("cargo", ["build", "--quiet", "--release", "--locked", "--target-dir", join("..", "..", "..", target)], folder);
  return join(target, "release", folder);
}

function builtByGo(folder: string): string {
  const program = join(OUTPUT, folder);
  const sources = ["go.mod", "main.go"].map((file) => modified(join(REFERENCES, folder, file)));
  if (modified(program) < Math.max(...sources)) make("go", ["build", "-o", join("..", "..", "..", program)], folder);
  return program;
}

function make(tool: string, options: readonly string[], folder: string): void {
  if (!onPath(tool, tool === "go" ? "version" : "--version")) throw new BenchmarkError(`${tool} is missing`);
  const { status, stderr } = spawnSync(tool, options, { cwd: join(REFERENCES, folder), encoding: "utf8" });
  if (status !== 0) throw new BenchmarkError(`${tool} cannot build ${join(REFERENCES, folder)}:\n${stderr}`);
}
