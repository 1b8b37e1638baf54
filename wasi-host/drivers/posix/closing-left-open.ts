/** Closes what a thread that was ended has left open: by whoever has ended it, when the thread is no more. */
import { libc } from "./libc.ts";
import type { LeftOpen } from "./open-descriptors.ts";

export function closeLeftOpen({ descriptors }: LeftOpen): void {
  for (const fd of descriptors) libc.close(fd);
}
