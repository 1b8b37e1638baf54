/** The arguments of the bundled servers, and the listener that they need. */
import { localAddress } from "../net/connection";
import { inherited, listenArgument } from "../net/listener";
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF, EINVAL } from "../abi/errno";
import { args, argumentCount, exit, OPENS_LISTENERS } from "../sys/system";
import { beQuiet, cString, number, printError, text } from "./report";

const USAGE_ERROR: u32 = 2;

/** Whether `--edge` was given. An unknown argument ends the program with status 2. */
export function readOptions(knowsTriggers: bool): bool {
  let edge = false;
  const count = argumentCount();
  const pointers = args();
  for (let index = 1; index < count; index++) {
    const argument = <usize>load<u32>(pointers + ((<usize>index) << 2));
    if (OPENS_LISTENERS && equals(argument, "--listen")) index++;
    else if (equals(argument, "--quiet")) beQuiet();
    else if (knowsTriggers && equals(argument, "--edge")) edge = true;
    else if (knowsTriggers && equals(argument, "--level")) edge = false;
    else {
      text("unknown argument '");
      cString(argument);
      text(knowsTriggers ? "': expected --level, --edge or --quiet" : "': expected --quiet");
      printError();
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

/**
 * The first listener; non-blocking unless `blocking`. Without one the program prints the reason and exits with status
 * 2.
 */
export function needListener(blocking: bool = false): i32 {
  const listener = inherited(0, blocking);
  if (listener < 0) {
    if (OPENS_LISTENERS) sayWhyNot(listener);
    else {
      text("no listener inherited: give pollux run --listen HOST:PORT, wazero -listen=HOST:PORT, wasmtime up to 46 ");
      text("-S preview2=n -S tcplisten=HOST:PORT; later ones have none for modules: run the component");
    }
    printError();
    exit(USAGE_ERROR);
  }
  // The program that opened an inherited listener announces it.
  if (OPENS_LISTENERS) {
    text("listening on ");
    text(localAddress(listener));
    printError();
  }
  return listener;
}

/** Prints why the address of the arguments cannot be used. */
function sayWhyNot(error: i32): void {
  if (error == -EBADF) {
    text("nowhere to listen: give --listen HOST:PORT behind the component's name");
    return;
  }
  text("--listen ");
  text(listenArgument(0));
  if (error == -EINVAL) text(": expected HOST:PORT, for example 127.0.0.1:9999 or [::1]:9999");
  else if (error == -EACCES) text(": this host grants no network; wasmtime does with -S inherit-network");
  else if (error == -EADDRINUSE) text(": somebody listens there already; give another port, or 0 for any");
  else if (error == -EADDRNOTAVAIL) text(": this machine has no such address; give one of its own");
  else {
    text(": errno ");
    number(-error);
  }
}

/** Whether the NUL-terminated text at `argument` is this name. */
export function equals(argument: usize, name: string): bool {
  for (let index = 0; index < name.length; index++) {
    if (load<u8>(argument + index) != name.charCodeAt(index)) return false;
  }
  return load<u8>(argument + name.length) == 0;
}
