/**
 * Whether the engine checks its own structures. A failed check aborts with a message: going on would lose wakeups, or
 * never end.
 */

/** True in a build with asserts. Pollux's modules are built with `--noAssert`, and have no checks. */
export const CHECKED: bool = !ASC_NO_ASSERT;
