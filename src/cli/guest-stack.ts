/**
 * The guest's stack. V8 counts a guest's frames on the stack of its thread, and traps it beyond a limit.
 *
 * V8 sets that limit when the process starts: 984 KB on the main thread, whatever the system grants (usually 8 MB). It
 * ignores later changes of `--stack-size`. Three ways to more:
 *
 * - blocking and stepping guests: V8's `Isolate::SetStackLimit`, which Node exports to addons, called through koffi
 * - suspending guests: their own stack, whose size V8 reads from two flags when it makes the stack
 * - otherwise, or if the system's stack is too small: a Worker, whose stack size Node sets
 */
import { setFlagsFromString } from "node:v8";
import { DEFAULT_STACK, fixedStack, MAX_STACK, MIN_STACK } from "../../wasi-host/internal-node.ts";
import { mainThreadStack } from "./main-thread-stack.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 };
/** The default is considered available on the systems' default stack of 8 MB, less a reserve. */
const NEARLY_DEFAULT = DEFAULT_STACK - (1 << 20);
/** V8's default in KB. */
const V8_STACK_SIZE = 984;

/**
 * Parses --max-stack into bytes; undefined if it is not given.
 *
 * @throws Error that names an invalid or impossible size
 */
export function parseStack(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const { number, unit } = /^(?<number>\d+)(?<unit>[KMG]?)$/i.exec(text)?.groups ?? {};
  const bytes = number === undefined ? 0 : Number(number) * UNITS[unit.toUpperCase()];
  if (bytes < MIN_STACK || bytes > MAX_STACK) {
    throw new Error(`bad --max-stack '${text}': expected a size from 64K to 1G, for example 8M`);
  }
  const fixed = fixedStack();
  if (fixed !== undefined) throw new Error(`--max-stack ${text} is not possible: ${fixed}`);
  return bytes;
}

/** Returns the remedy if a guest's stack is used up. */
export function moreStack(bytes: number): string {
  return fixedStack() ?? `the guest has ${format(bytes)} of stack; --max-stack changes it`;
}

/** Formats bytes as the option: 8M. */
function format(bytes: number): string {
  const unit = ["G", "M", "K"].find((name) => bytes % UNITS[name] === 0) ?? "";
  return `${bytes / UNITS[unit]}${unit}`;
}

/** Raises the main thread's limit. Resolves to false if the guest needs its own thread. */
export async function raiseMainThread(bytes: number): Promise<boolean> {
  if (fixedStack() !== undefined) return true;
  const stack = await mainThreadStack();
  if (stack === undefined || stack.room < (bytes === DEFAULT_STACK ? NEARLY_DEFAULT : bytes)) return false;
  stack.allow(bytes);
  return true;
}

/** Starts a suspending guest on a stack of this size. */
export function onSuspendedStack<T>(bytes: number, start: () => T): T {
  if (fixedStack() !== undefined) return start();
  const kilobytes = Math.ceil(bytes / 1024);
  setFlagsFromString(`--wasm-stack-switching-stack-size=${kilobytes}`);
  // The smaller flag counts. Compiler threads read it too, so it is set only for this call.
  setFlagsFromString(`--stack-size=${Math.max(kilobytes, V8_STACK_SIZE)}`);
  try {
    return start();
  } finally {
    setFlagsFromString(`--stack-size=${V8_STACK_SIZE}`);
  }
}
