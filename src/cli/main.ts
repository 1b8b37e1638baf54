#!/usr/bin/env node
/** The command line. Exit status: the guest's own, 134 for a trap, 2 where nothing was run. */
import { writeSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { BASES } from "../../wasi-host/bases/index.ts";
import { type EchoOptions, echo } from "./echo.ts";
import { describe, FAILED } from "./failure.ts";
import { init } from "./init.ts";
import { type ModelsOptions, models } from "./models.ts";
import { plan, type RunOptions, run } from "./run.ts";
import { parseTimeout, supervise } from "./supervision.ts";

const BARE_TRACE = "--trace=\0";

const program = new Command("pollux")
  .description("Runs WebAssembly programs (WASI preview1) over real sockets")
  .version(manifest.version, "--version", "print the version")
  .helpOption("--help", "print this help")
  .enablePositionalOptions()
  .exitOverride()
  // Errors are told once, in one line, at the end of this file.
  .configureOutput({ outputError: () => {}, writeOut: print })
  .allowExcessArguments()
  .action((_options, { args: [given] }: Command) => {
    const what = given === undefined ? "no command given" : `unknown command '${given}'`;
    throw new Error(`${what}: expected run, echo, models or init; see pollux --help`);
  })
  .addHelpText(
    "after",
    `
Examples:
  $ pollux echo                                          an echo server on 127.0.0.1:9999
  $ pollux echo --api epoll --edge --listen [::1]:7      the same, edge-triggered
  $ pollux run --listen 127.0.0.1:8080 server.wasm -v    server.wasm accepts on its descriptor 3
  $ pollux run --dir ./data::/data --env LANG=C tool.wasm /data/input`,
  );

program
  .command("run")
  .description("run a module; its exit status is that of the command")
  .argument("<module>", "a .wasm file built for WASI preview1")
  .argument("[args...]", "the program's arguments: everything after the module is its own")
  .option(
    "--listen <address>",
    "HOST:PORT or unix:PATH: a listening socket, from descriptor 3 on (repeatable)",
    collect,
    [],
  )
  .option("--listen-fd <n>", "one that was inherited; systemd: all that it passes, or a name of one", collect, [])
  .option("--connect <host:port>", "let it connect there: 10.0.0.0/8:80-90, [::1]:* (repeatable)", collect, [])
  .option("--bind <host:port>", "let it listen there by itself, in the same form (repeatable)", collect, [])
  .option("--dir <host::guest>", "grant a directory under the guest's name for it (repeatable)", collect, [])
  .option("--env <key=value>", "set an environment variable (repeatable)", collect, [])
  .addOption(new Option("--base <name>", "whose files they are, see docs/host.md").choices(BASES))
  .option("--driver <name>", "who owns the sockets: posix (Linux; the default there) or net (node:net)")
  .option("--trace [calls]", "print each host call, as strace does: all, or families and names (--trace=sock,fd_write)")
  .option("--trace-file <file>", "print them there, not to stderr")
  .option("--stats", "print at the end what was called how often, and how long it took")
  .option("--timeout <seconds>", "end it after that long, with status 124")
  .option("--max-descriptors <n>", "how many it may have open, stdin, stdout and stderr among them")
  .option("--max-buffered <bytes>", "what the net driver's buffers may take, 143,360 for each socket")
  .option("--max-pages <n>", "how many pages of 64 KiB its memory may have")
  .option("--verbose", "say what was refused, and which option would grant it")
  .addOption(
    new Option("--sleep <way>", "how it sleeps, see docs/host.md").choices([
      "blocking",
      "suspending",
      "stepping",
      "worker",
    ]),
  )
  .option("--quiet", "do not say where the listeners are")
  .helpOption("--help", "print this help")
  .passThroughOptions()
  .addHelpText(
    "after",
    `
Examples:
  $ pollux run hello.wasm
  $ pollux run --listen 127.0.0.1:8080 --listen [::1]:8080 server.wasm --verbose
  $ pollux run --trace=sock,poll --trace-file calls.txt --listen 127.0.0.1:8080 server.wasm`,
  )
  .action(async (module: string, args: string[], options: RunOptions) => {
    const own = args.map((text) => (text === BARE_TRACE ? "--trace" : text));
    const guest = plan(module, own, options);
    const { stats } = options;
    const timeout = parseTimeout(options.timeout);
    const supervised = stats || timeout !== undefined || options.sleep === "worker";
    process.exitCode = exitCode(await (supervised ? supervise(guest, { stats, timeout }) : run(guest)));
  });

program
  .command("echo")
  .description("run the bundled echo server")
  .allowExcessArguments(false)
  .option("--listen <host:port>", "where to listen", "127.0.0.1:9999")
  .addOption(new Option("--api <api>", "how the server waits").choices(["poll", "epoll"]).default("epoll"))
  .option("--edge", "edge-triggered (epoll only)")
  .option("--driver <name>", "who owns the sockets: posix or net")
  .option("--quiet", "do not say who came, what was received and who went")
  .helpOption("--help", "print this help")
  .addHelpText(
    "after",
    `
Examples:
  $ pollux echo --api poll
  $ pollux echo --edge --quiet --listen 0.0.0.0:7000`,
  )
  .action(async (options: EchoOptions) => {
    process.exitCode = exitCode(await echo(options));
  });

program
  .command("models")
  .description("compare the five I/O models, each measured on the same slow sender")
  .allowExcessArguments(false)
  .option("--svg <file>", "draw the timelines too (needs vega and vega-lite)")
  .helpOption("--help", "print this help")
  .addHelpText(
    "after",
    `
Examples:
  $ pollux models
  $ pollux models --svg models.svg`,
  )
  .action(async (options: ModelsOptions) => {
    process.exitCode = exitCode(await models(options));
  });

program
  .command("init")
  .description("make a project: an echo server in AssemblyScript, to build, start, test and change")
  .argument("<dir>", "a folder that is empty or new")
  .allowExcessArguments(false)
  .helpOption("--help", "print this help")
  .addHelpText(
    "after",
    `
Examples:
  $ pollux init demo && cd demo && npm install && npm start`,
  )
  .action(init);

/** A bare --trace takes no word after it: that one is the module. No argument of a process can hold a NUL. */
function withBareTrace(argv: readonly string[]): string[] {
  return argv[2] === "run" ? argv.map((text) => (text === "--trace" ? BARE_TRACE : text)) : [...argv];
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** Help, to somebody who may have read enough of it: `pollux --help | head`. */
function print(text: string): void {
  try {
    writeSync(1, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

/** The process has eight bits of it, whoever is asked. */
function exitCode(status: number): number {
  return status & 0xff;
}

try {
  await program.parseAsync(withBareTrace(process.argv));
} catch (error) {
  if (!(error instanceof CommanderError && error.exitCode === 0)) {
    const line = describe(error);
    if (line === undefined) throw error;
    process.stderr.write(`pollux: ${line}\n`);
    process.exitCode = FAILED;
  }
}
