/** Closes what a thread that was ended has left open: by whoever has ended it, when the thread is no more. */
import { libc } from "./libc.ts";
import type { LeftOpen } from "./open-descriptors.ts";
import { destroyContext } from "./submissions.ts";

export function closeLeftOpen({ descriptors, context }: LeftOpen): void {
  if (context !== 0) destroyContext(context);
  for (const fd of descriptors) libc.close(fd);
}
