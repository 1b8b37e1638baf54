/**
 * What a program needs beside itself to become a component. It exports it by this line:
 *
 *     export { cabi_realloc } from "pollux/assembly/component";
 *
 *     asc server.ts --use POLLUX_WASIP2=1 ...       for WASI 0.2
 *     asc server.ts --use POLLUX_WASIP3=1 ...       for WASI 0.3
 *
 * Do not give asc this file beside a program that imports `pollux/assembly`: it would have two copies of the package.
 */
import { IS_WASIP3 } from "./sys/target";
import { provide as provideWasip2 } from "./sys/wasip2/results";
import { provide as provideWasip3 } from "./sys/wasip3/results";

/** The host gets memory for its results from it. Hosts ask for an alignment of 8 or less; ours is 16. */
export function cabi_realloc(address: usize, size: usize, _alignment: usize, newSize: usize): usize {
  return IS_WASIP3 ? provideWasip3(address, newSize) : provideWasip2(address, size, newSize);
}
