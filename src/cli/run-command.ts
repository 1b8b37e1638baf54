/** The `run` command: chooses the thread that runs the guest. */
import type { Option } from "commander";
import { asksForSignals } from "./caught-signals.ts";
import { raiseMainThread } from "./guest-stack.ts";
import { strayOption } from "./habits.ts";
import { compileFile, isComponentFile, type Plan, plan, type RunOptions, run, say } from "./run.ts";
import { isProcessOne } from "./signals.ts";
import { parseTimeout, supervise } from "./supervision.ts";

/**
 * Runs a guest to its end.
 *
 * @param args the guest's own
 * @param known the options of `pollux run`, to find one among `args`
 * @returns its exit status
 */
export async function runCommand(
  module: string,
  args: string[],
  options: RunOptions,
  known: readonly Option[],
): Promise<number> {
  const planned = plan(module, args, options);
  const isComponent = await isComponentFile(module);
  const stray = options.quiet ? undefined : strayOption(args, options, usable(known, isComponent));
  if (stray !== undefined)
    say(
      `${stray} follows the module, so it is an argument of the program; put options of pollux run before the module`,
    );
  const { stats } = options;
  const timeout = parseTimeout(options.timeout);
  const program = isComponent ? undefined : await compileModule(planned);
  const guest: Plan = { ...planned, program };
  const supervised =
    stats ||
    timeout !== undefined ||
    options.sleep === "worker" ||
    isProcessOne ||
    (program !== undefined && asksForSignals(program)) ||
    !(await hasStack(guest));
  return supervised ? supervise(guest, { stats, timeout }) : run(guest);
}

/** The options for this kind of program. A component opens its own listeners. */
function usable(known: readonly Option[], isComponent: boolean): readonly Option[] {
  return isComponent ? known.filter(({ long }) => !long?.startsWith("--listen")) : known;
}

async function compileModule({ path, maxPages }: Plan): Promise<WebAssembly.Module | undefined> {
  const program = await compileFile(path, maxPages);
  return program instanceof WebAssembly.Module ? program : undefined;
}

/** Whether this thread can give the guest its stack. A suspending guest's stack is separate from any thread's. */
async function hasStack({ stack, host: { sleep } }: Plan): Promise<boolean> {
  return sleep === "suspending" || (await raiseMainThread(stack));
}
