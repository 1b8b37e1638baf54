/** poll and select of AssemblyScript: guests/poll-suite.ts, run inside wasm. Its cases report here one by one. */
import { describe, expect, it } from "vitest";
import { compile, Guest } from "./selectors-guest.ts";

const module = await compile("poll-suite.ts", "minimal");
using first = await Guest.open(module, true);
// %s instead of `$name`, which Vitest cuts off at 40 characters.
const cases = first.names.map((name, index) => [name, index] as const);

describe.each([
  { source: "wakeups from the ready file", edgeSource: true },
  { source: "wakeups made from levels", edgeSource: false },
])("$source:", ({ edgeSource }) => {
  it.each(cases)("%s", async (_, index) => {
    using guest = await Guest.open(module, edgeSource);
    expect(guest.run(0, index)).toBe("");
    await Promise.all(guest.happened);
  });
});
