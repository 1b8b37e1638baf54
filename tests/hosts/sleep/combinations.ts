/** Ways to sleep, times drivers, on this runtime. */
import { canSuspend } from "../../../wasi-host/waiting/suspending.ts";

export interface Combination {
  readonly way: "suspending" | "stepping" | "worker";
  readonly driver: string;
}

const SUSPENDING: readonly Combination[] = [
  { way: "suspending", driver: "posix" },
  { way: "suspending", driver: "net" },
];

/** "blocking" takes its caller's thread: tests/hosts/sockets.test.ts and tests/programs test it. */
export const COMBINATIONS: readonly Combination[] = [
  { way: "stepping", driver: "posix" },
  { way: "stepping", driver: "net" },
  { way: "worker", driver: "posix" },
  { way: "worker", driver: "net" },
  ...(canSuspend ? SUSPENDING : []),
];
