/** The arguments of the bundled servers, and the listener that they need. */
import { inherited } from "../net/listener";
import { args, argumentCount, exit } from "../sys/system";
import { beQuiet, complain, cString, text } from "./report";

const USAGE_ERROR: u32 = 2;

/** Was `--edge` given? An argument that is not known ends the program with status 2. */
export function readOptions(knowsTriggers: bool): bool {
  let edge = false;
  const count = argumentCount();
  const pointers = args();
  for (let index = 1; index < count; index++) {
    const argument = <usize>load<u32>(pointers + ((<usize>index) << 2));
    if (is(argument, "--quiet")) beQuiet();
    else if (knowsTriggers && is(argument, "--edge")) edge = true;
    else if (knowsTriggers && is(argument, "--level")) edge = false;
    else {
      text("unknown argument '");
      cString(argument);
      text(knowsTriggers ? "': expected --level, --edge or --quiet" : "': expected --quiet");
      complain();
      exit(USAGE_ERROR);
    }
  }
  heap.free(pointers);
  return edge;
}

/** The `index`-th argument; 0 is the program's name. */
export function argument(index: i32): string {
  const pointers = args();
  const start = <usize>load<u32>(pointers + ((<usize>index) << 2));
  let end = start;
  while (load<u8>(end) != 0) end++;
  const words = String.UTF8.decodeUnsafe(start, end - start);
  heap.free(pointers);
  return words;
}

/** The first inherited listener, non-blocking unless `blocking`; without one the program ends with status 2. */
export function needListener(blocking: bool = false): i32 {
  const listener = inherited(0, blocking);
  if (listener < 0) {
    text("no listener inherited: run this with --listen HOST:PORT (wasmtime: -S tcplisten=HOST:PORT)");
    complain();
    exit(USAGE_ERROR);
  }
  return listener;
}

/** Is the NUL-ended text at `argument` this name? */
export function is(argument: usize, name: string): bool {
  for (let index = 0; index < name.length; index++) {
    if (load<u8>(argument + index) != name.charCodeAt(index)) return false;
  }
  return load<u8>(argument + name.length) == 0;
}
