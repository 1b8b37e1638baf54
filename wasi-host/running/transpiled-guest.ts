/**
 * Runs a component that the linker cannot link, as JavaScript that jco generates.
 *
 * jco checks types itself and has tables of handles of its own: calls are slower than linked ones, and the start takes
 * as long as jco needs for the component. It blocks the thread during waits.
 */
import type { ComponentHost } from "../components/host.ts";
import type { CompiledComponent } from "../components/linker.ts";
import type { LinkerGap } from "../errors/component-error.ts";
import { ProcessExit } from "../kernel/process-exit.ts";
import { transpile } from "../platform/index.ts";
import { withRemedy } from "./instantiate.ts";

/**
 * Transpiles the component and runs it to its end.
 *
 * @param name the entry export
 * @param maxHandles the most open handles of the host's resources, in all of the component's parts together
 * @param gap the reason why it is not linked
 * @param onTranspiled called before the program starts, with the reason and the milliseconds that jco took
 * @returns the exit status
 * @throws its traps; ComponentError if it cannot be transpiled
 */
export async function runTranspiled(
  component: CompiledComponent,
  name: string,
  host: ComponentHost,
  maxHandles: number,
  gap: LinkerGap,
  onTranspiled?: (reason: string, time: number) => void,
): Promise<number> {
  const transpiled = await transpile(component, gap);
  onTranspiled?.(gap.message, transpiled.time);
  try {
    return await transpiled.run(name, host, maxHandles);
  } catch (error) {
    // A start function can also exit before there is an instance.
    if (error instanceof ProcessExit) return error.code;
    throw withRemedy(error);
  }
}
