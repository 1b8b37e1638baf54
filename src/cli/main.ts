#!/usr/bin/env node
/**
 * The command's start. Exit status: the guest's own; 134 for a trap; 2 if nothing was run.
 *
 * Each module that is loaded here delays every run: `--version` loads nothing else.
 */
import manifest from "../../package.json" with { type: "json" };
import { STDOUT, writeWhole } from "../../wasi-host/internal-start.ts";
import { keepCompiledCode } from "./compiled-code.ts";
import { endBySignals } from "./signals.ts";

const VERSION = ["-v", "-V", "--version"];
/** Exit status if the event loop is empty before the command's end: as Node's for a module. */
const UNFINISHED = 13;

async function main(): Promise<number> {
  keepCompiledCode();
  const [, , command, ...args] = process.argv;
  if (command === "run") {
    const { runPlainly } = await import("./run-command.ts");
    const status = await runPlainly(args);
    if (status !== undefined) return status;
  }
  const { runCommandLine } = await import("./command-line.ts");
  return runCommandLine(process.argv);
}

endBySignals();
if (VERSION.includes(process.argv[2])) {
  writeWhole(STDOUT, `${manifest.version}\n`);
} else {
  process.exitCode = UNFINISHED;
  void main()
    .catch((error: unknown) => {
      process.exitCode = undefined;
      throw error;
    })
    .then((status) => {
      process.exitCode = status;
    });
}
