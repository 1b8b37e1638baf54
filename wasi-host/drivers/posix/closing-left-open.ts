/** Closes the descriptors of a terminated thread. The terminating thread calls it after the end. */
import { libc } from "./libc.ts";
import type { LeftOpen } from "./open-descriptors.ts";
import { destroyContext } from "./submissions.ts";

export function closeLeftOpen({ descriptors, context }: LeftOpen): void {
  if (context !== 0) destroyContext(context);
  for (const fd of descriptors) libc.close(fd);
}
