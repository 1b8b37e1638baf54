/** The command line: its commands and their options. */
import { Command, CommanderError, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { nearest, STDOUT, writeWhole } from "../../wasi-host/internal-start.ts";
import type { EchoOptions } from "./echo.ts";
import { exitCode } from "./exit.ts";
import { foreignOption } from "./habits.ts";
import type { ModelsOptions } from "./models.ts";
import type { RunOptions } from "./plan.ts";
import { NO_VALUE, RUN_OPTIONS } from "./run-options.ts";

const EXPECTED = "expected run, echo, models or init; see pollux --help";

/** Options with an optional value, which must be given with `=`: the next word is the module. */
const BARE = ["--trace", "--explain"];
const MARK = `=${NO_VALUE}`;

/** The exit status of the command. */
let status = 0;

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
    const own = args.map((text) => (text.endsWith(MARK) ? text.slice(0, -MARK.length) : text));
    const { runCommand } = await import("./run-command.ts");
    status = await runCommand({ module, args: own, options });
  });
for (const { flags, description, choices, repeatable } of RUN_OPTIONS) {
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices(choices);
  if (repeatable) option.argParser(collect);
  run.addOption(option);
}

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
    status = await echo(options);
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
    status = await models(options);
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

/** The module must not become the value of a bare option. */
function withoutValues(argv: readonly string[]): string[] {
  return argv[2] === "run" ? argv.map((text) => (BARE.includes(text) ? `${text}${MARK}` : text)) : [...argv];
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Prints help. The reader of a pipe may stop early: `pollux --help | head`. */
function print(text: string): void {
  writeWhole(STDOUT, text);
}

/**
 * Runs the command that the arguments name.
 *
 * @param argv - as `process.argv`
 * @returns the exit status
 * @throws errors of the command itself
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(withoutValues(argv));
    return exitCode(status);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { report } = await import("./failure.ts");
    return report(error instanceof CommanderError ? mistake(error, argv[2]) : error);
  }
}

/** The user's error for one of commander's. `first`: the first argument. */
function mistake({ code, message }: CommanderError, first: string | undefined): Error {
  const command = program.commands.find((one) => one.name() === first);
  // Arguments after an unknown command are not errors of their own.
  if (command === undefined && first !== undefined && first[0] !== "-") return unknownCommand(first);
  const foreign = code === "commander.unknownOption" ? foreignOption(message, first) : undefined;
  const name = command === undefined ? "pollux" : `pollux ${first}`;
  return new Error(foreign ?? `${message.replace(/^error: /, "").replace(/\.$/, "")}; see ${name} --help`);
}
