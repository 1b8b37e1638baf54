/**
 * Whether the engine checks its own structures. A check that fails aborts with a message: to go on would lose wakeups, or walk
 * in a circle for ever.
 */

/** True in a build with asserts. Pollux's modules are built with `--noAssert`, and have no checks. */
export const CHECKED: bool = !ASC_NO_ASSERT;
