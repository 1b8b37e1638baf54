/** The start of the program, and its end. */
import { args as argumentPointers, argumentCount, environment, exit as exitSystem } from "../sys/system";

const EQUALS: i32 = 0x3d;

/** The arguments; the first one is the program's name. */
export function args(): string[] {
  const count = argumentCount();
  const pointers = argumentPointers();
  const texts = new Array<string>(count);
  for (let index = 0; index < count; index++) texts[index] = cString(load<u32>(pointers + ((<usize>index) << 2)));
  heap.free(pointers);
  return texts;
}

/** The environment variables that the host passes on. */
export function env(): Map<string, string> {
  const pointers = environment();
  const variables = new Map<string, string>();
  for (let at = pointers; load<u32>(at) != 0; at += 4) {
    const start: usize = load<u32>(at);
    let equals = start;
    while (load<u8>(equals) != 0 && load<u8>(equals) != EQUALS) equals++;
    const value = load<u8>(equals) == EQUALS ? cString(equals + 1) : "";
    variables.set(String.UTF8.decodeUnsafe(start, equals - start), value);
  }
  heap.free(pointers);
  return variables;
}

/** Ends the program. WASI 0.2 has only success and failure: every status but 0 becomes 1. */
export function exit(status: i32): void {
  exitSystem(status);
  unreachable();
}

function cString(start: usize): string {
  let end = start;
  while (load<u8>(end) != 0) end++;
  return String.UTF8.decodeUnsafe(start, end - start);
}
