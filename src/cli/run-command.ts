/** The `run` command: chooses the thread that runs the guest. */
import { onFirstSleep, turn } from "../../wasi-host/internal-node.ts";
import { Begun } from "./begun.ts";
import { asksForSignals } from "./caught-signals.ts";
import { keepCodeSoFar } from "./compiled-code.ts";
import { exitCode } from "./exit.ts";
import { report } from "./failure.ts";
import { raiseMainThread } from "./guest-stack.ts";
import { strayOption } from "./habits.ts";
import { type Plan, plan } from "./plan.ts";
import { compileFile, isComponentFile } from "./program-file.ts";
import { run, say } from "./run.ts";
import { type Invocation, parseRun } from "./run-options.ts";
import { isProcessOne } from "./signals.ts";
import { parseTimeout, supervise } from "./supervision.ts";

/**
 * Runs a guest if the arguments behind `run` are plain.
 *
 * @returns the exit status; undefined for other arguments
 */
export async function runPlainly(argv: readonly string[]): Promise<number | undefined> {
  const invocation = parseRun(argv);
  if (invocation === undefined) return undefined;
  try {
    return exitCode(await runCommand(invocation));
  } catch (error) {
    return report(error);
  }
}

/** Runs a guest to its end, and returns its exit status. */
export async function runCommand({ module, args, options }: Invocation): Promise<number> {
  onFirstSleep(keepCodeSoFar);
  const planned = plan(module, args, options);
  const isComponent = isComponentFile(module);
  // Components have options like this: their own sockets' addresses.
  const concerns = (name: string) => !(isComponent && name.startsWith("--listen"));
  const stray = options.quiet ? undefined : strayOption(args, options, concerns);
  if (stray !== undefined) {
    say(
      `${stray} follows the module, so it is an argument of the program; put options of pollux run before the module`,
    );
  }
  const { stats } = options;
  const timeout = parseTimeout(options.timeout);
  // In its own thread a component is compiled there.
  const ownThread = stats || timeout !== undefined || options.sleep === "worker" || isProcessOne;
  using begun = isComponent && !ownThread ? await begin(planned) : undefined;
  // The engine's threads compile large modules while this one looks at its stack.
  if (begun !== undefined) await Promise.race([begun.component.catch(() => undefined), turn()]);
  const program = isComponent ? undefined : await compileModule(planned);
  const guest: Plan = { ...planned, program };
  const supervised = ownThread || (program !== undefined && asksForSignals(program)) || !(await hasStack(guest));
  if (!supervised) return await run(guest, begun);
  begun?.[Symbol.dispose]();
  return supervise(guest, { stats, timeout });
}

/** Undefined for `--explain`, whose story prepares the bytes. */
async function begin(plan: Plan): Promise<Begun | undefined> {
  return plan.explain === undefined ? await Begun.component(plan) : undefined;
}

async function compileModule({ path, maxPages }: Plan): Promise<WebAssembly.Module | undefined> {
  const program = await compileFile(path, maxPages);
  return program instanceof WebAssembly.Module ? program : undefined;
}

/** Whether this thread can give the guest its stack. A suspending guest's stack is separate from any thread's. */
async function hasStack({ stack, host: { sleep } }: Plan): Promise<boolean> {
  return sleep === "suspending" || (await raiseMainThread(stack));
}
