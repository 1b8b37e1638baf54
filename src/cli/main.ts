#!/usr/bin/env node
/** The command line. Exit status: the guest's own; 134 for a trap; 2 if nothing was run. */
import { Command, CommanderError, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { BASES, nearest, STDERR, STDOUT, writeWhole } from "../../wasi-host/internal-start.ts";
import type { EchoOptions } from "./echo.ts";
import type { ModelsOptions } from "./models.ts";
import type { RunOptions } from "./run.ts";
import { endBySignals } from "./signals.ts";

const EXPECTED = "expected run, echo, models or init; see pollux --help";

/** Options with an optional value, which must be given with `=`: the next word is the module. */
const BARE = ["--trace", "--explain"];
/** In place of the value. Arguments of a process cannot contain NUL. */
const NO_VALUE = "=\0";

const program = new Command("pollux")
  .description("Runs WebAssembly programs (WASI preview1 and 0.2) over real sockets")
  .version(manifest.version, "-V, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .helpCommand(false)
  .enablePositionalOptions()
  .exitOverride()
  // Errors are printed in one line, at the end of this file.
  .configureOutput({ outputError: () => {}, writeOut: print })
  .allowExcessArguments()
  .action((_options, { args: [given] }: Command) => {
    throw given === undefined ? new Error(`no command given: ${EXPECTED}`) : unknownCommand(given);
  })
  .addHelpText(
    "after",
    `
Examples:
  $ pollux echo                                          an echo server on 127.0.0.1:9999
  $ pollux echo --api epoll --edge --listen [::1]:7      the same, edge-triggered
  $ pollux run --listen 127.0.0.1:8080 server.wasm       server.wasm accepts on descriptor 3
  $ pollux run --dir ./data::/data --env LANG=C tool.wasm /data/input`,
  );

const run = program
  .command("run")
  .description("run a module and exit with its status")
  .argument("<program>", "a .wasm file: a module built for WASI preview1, or a component of WASI 0.2")
  .argument("[args...]", "arguments of the program: everything after the module")
  .option(
    "--listen <address>",
    "listen on HOST:PORT or unix:PATH; listeners are descriptors from 3 on (repeatable)",
    collect,
  )
  .option(
    "--listen-fd <n>",
    "use inherited listening socket N, all from systemd (`systemd`), or one by its name (repeatable)",
    collect,
  )
  .option(
    "--connect <address>",
    "allow connections to: example.org:443, 10.0.0.0/8:80-90, [::1]:*, unix:/run/x.sock, unix:/run/x/* (repeatable)",
    collect,
  )
  .option("--bind <address>", "allow listening on addresses, in the same form without names (repeatable)", collect)
  .option("--inherit-network", "allow all addresses and names")
  .option(
    "--dir <host[::guest][:ro]>",
    "grant a directory, under its name in the program; :ro is read-only (repeatable)",
    collect,
  )
  .option("--env <name[=value]>", "set an environment variable, or pass on an existing one (repeatable)", collect)
  .addOption(new Option("--base <name>", "file-system implementation; see docs/host.md").choices(BASES))
  .option("--driver <name>", "socket implementation: posix (Linux; the default there) or net (node:net)")
  .option("--trace [calls]", "print each host call as strace does; --trace=sock,fd_write selects families and calls")
  .option("--trace-file <file>", "write the trace to a file instead of stderr")
  .option("--explain [format]", "tell what the program waits for and why it wakes up; --explain=json for programs")
  .option("--explain-file <file>", "write the story to a file instead of stderr")
  .option("--stats", "print call counts and times on exit")
  .option("--timeout <seconds>", "kill the program after this many seconds; exit status 124")
  .option("--max-descriptors <n>", "maximum number of open descriptors, stdio included")
  .option("--max-handles <n>", "maximum number of open handles of a component")
  .option("--max-buffered <bytes>", "maximum size of the net driver's buffers; a socket needs 139,712")
  .option("--max-pages <n>", "maximum size of the program's memory, in pages of 64 KiB")
  .option("--max-stack <size>", "maximum size of the program's stack, 64K to 1G (default 8M)")
  .option("--verbose", "print each refused call and the option that would grant it")
  .addOption(
    new Option("--sleep <way>", "how the program sleeps; see docs/host.md").choices([
      "blocking",
      "suspending",
      "stepping",
      "worker",
    ]),
  )
  .option("--quiet", "do not print the listening addresses")
  .helpOption("-h, --help", "print this help")
  .passThroughOptions()
  .addHelpText(
    "after",
    `
Examples:
  $ pollux run hello.wasm
  $ pollux run --listen 127.0.0.1:8080 --listen [::1]:8080 server.wasm --the-servers-option
  $ pollux run --dir . --dir ./assets::/assets:ro --env HOME tool.wasm
  $ pollux run --explain --listen 127.0.0.1:8080 server.wasm
  $ pollux run --trace=sock,poll --trace-file calls.txt --listen 127.0.0.1:8080 server.wasm`,
  )
  .action(async (module: string, args: string[], options: RunOptions) => {
    const own = args.map((text) => (text.endsWith(NO_VALUE) ? text.slice(0, -NO_VALUE.length) : text));
    const { runCommand } = await import("./run-command.ts");
    process.exitCode = exitCode(await runCommand(module, own, options, run.options));
  });

program
  .command("echo")
  .description("run the bundled echo server")
  .allowExcessArguments(false)
  .option("--listen <host:port>", "where to listen", "127.0.0.1:9999")
  .addOption(new Option("--api <api>", "the call that the server waits in").choices(["poll", "epoll"]).default("epoll"))
  .option("--edge", "edge-triggered (epoll only)")
  .option("--driver <name>", "socket implementation: posix or net")
  .option("--quiet", "do not print what clients do")
  .helpOption("-h, --help", "print this help")
  .addHelpText(
    "after",
    `
Examples:
  $ pollux echo --api poll
  $ pollux echo --edge --quiet --listen 0.0.0.0:7000`,
  )
  .action(async (options: EchoOptions) => {
    const { echo } = await import("./echo.ts");
    process.exitCode = exitCode(await echo(options));
  });

program
  .command("models")
  .description("run the five I/O models against the same slow sender and compare them")
  .allowExcessArguments(false)
  .option("--svg <file>", "also draw the timelines (needs vega and vega-lite)")
  .helpOption("-h, --help", "print this help")
  .addHelpText(
    "after",
    `
Examples:
  $ pollux models
  $ pollux models --svg models.svg`,
  )
  .action(async (options: ModelsOptions) => {
    const { models } = await import("./models.ts");
    process.exitCode = exitCode(await models(options));
  });

program
  .command("init")
  .description("make a project: an echo server in AssemblyScript with a test")
  .argument("<dir>", "an empty or new folder")
  .allowExcessArguments(false)
  .helpOption("-h, --help", "print this help")
  .addHelpText(
    "after",
    `
Examples:
  $ pollux init demo && cd demo && npm install && npm start`,
  )
  .action(async (folder: string) => (await import("./init.ts")).init(folder));

program
  .command("help")
  .description("print the help of a command")
  .argument("[command]")
  .allowExcessArguments(false)
  .helpOption("-h, --help", "print this help")
  .action((name?: string) => {
    const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
    if (command === undefined) throw unknownCommand(name!);
    command.outputHelp();
  });

program
  .command("version")
  .description("print the version")
  .allowExcessArguments(false)
  .helpOption("-h, --help", "print this help")
  .action(() => print(`${manifest.version}\n`));

function unknownCommand(given: string): Error {
  const meant = nearest(
    given,
    program.commands.map((command) => command.name()),
  );
  const what = `unknown command '${given}'`;
  if (given.endsWith(".wasm")) return new Error(`${what}: pollux run ${given} runs a module`);
  return new Error(`${what}: ${meant === undefined ? EXPECTED : `did you mean '${meant}'?`}`);
}

/** The module must not become the value of a bare --trace. */
function withoutValues(argv: readonly string[]): string[] {
  return argv[2] === "run" ? argv.map((text) => (BARE.includes(text) ? `${text}${NO_VALUE}` : text)) : [...argv];
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Prints help. The reader of a pipe may stop early: `pollux --help | head`. */
function print(text: string): void {
  writeWhole(STDOUT, text);
}

/** An exit status has eight bits. */
function exitCode(status: number): number {
  return status & 0xff;
}

endBySignals();
try {
  await program.parseAsync(
    withoutValues(process.argv[2] === "-v" ? [...process.argv.slice(0, 2), "-V"] : process.argv),
  );
} catch (error) {
  if (!(error instanceof CommanderError && error.exitCode === 0)) {
    const [{ describe, FAILED }, { foreignOption }] = await Promise.all([
      import("./failure.ts"),
      import("./habits.ts"),
    ]);
    const [first] = process.argv.slice(2);
    const command = program.commands.find((one) => one.name() === first);
    // Arguments after an unknown command are not errors of their own.
    const misnamed =
      error instanceof CommanderError && command === undefined && first !== undefined && first[0] !== "-";
    const line =
      foreignOption(error, first, run.options) ??
      describe(misnamed ? unknownCommand(first) : error, command === undefined ? "pollux" : `pollux ${first}`);
    if (line === undefined) throw error;
    writeWhole(STDERR, `pollux: ${line}\n`);
    process.exitCode = FAILED;
  }
}
