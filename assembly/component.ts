/**
 * What a program needs beside itself to become a WASI 0.2 component: compile it together with this file.
 *
 *     asc server.ts node_modules/pollux/assembly/component.ts --use POLLUX_WASIP2=1 ...
 */
import { provide } from "./sys/wasip2/results";

/** By which a host gets memory for what it returns; every alignment that it may ask for is 8 or less, and ours is 16. */
export function cabi_realloc(address: usize, size: usize, _alignment: usize, newSize: usize): usize {
  return provide(address, size, newSize);
}
