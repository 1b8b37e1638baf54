/** Closes the descriptors of a terminated thread, and frees its machine code. The terminating thread calls it after the end. */
import { freeCode } from "./call-list.ts";
import { libc } from "./libc.ts";
import type { LeftOpen } from "./open-descriptors.ts";

export function closeLeftOpen({ descriptors, code }: LeftOpen): void {
  if (code !== 0) freeCode(code);
  for (const fd of descriptors) libc.close(fd);
}
