/** Processes that tests started. A test that has run out of time is not there any more to end its own. */
import type { ChildProcess } from "node:child_process";

const running = new Set<ChildProcess>();

/** The child ends with the test file, if it has not ended before. */
export function endAfterTests<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

export function endAll(): void {
  for (const child of running) child.kill("SIGKILL");
}
