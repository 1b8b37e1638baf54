/** The selectors of AssemblyScript: guests/selectors-suite.ts, run inside wasm. Its cases report here one by one. */
import { describe, expect, it } from "vitest";
import { compile, Guest } from "./selectors-guest.ts";

const RUNTIMES = ["incremental", "minimal"];
const SOURCES = [
  { source: "wakeups from the ready file", edgeSource: true },
  { source: "wakeups made from levels", edgeSource: false },
];
/** As guests/selectors-subject.ts numbers them. */
const CLASSES = ["SelectSelector", "PollSelector", "EpollSelector"];

const modules = await Promise.all(RUNTIMES.map((runtime) => compile("selectors-suite.ts", runtime)));
using first = await Guest.open(modules[0], true);
// %s instead of `$name`, which Vitest cuts off at 40 characters.
const cases = first.names.map((name, index) => [name, index] as const);

const subjects = RUNTIMES.flatMap((runtime, index) =>
  SOURCES.flatMap(({ source, edgeSource }) =>
    CLASSES.map((name, kind) => {
      const subject = { module: modules[index], edgeSource, kind };
      return [`${name}, ${source}, runtime ${runtime}`, subject] as const;
    }),
  ),
);

describe.each(subjects)("%s:", (_, { module, edgeSource, kind }) => {
  it.each(cases)("%s", async (_name, index) => {
    using guest = await Guest.open(module, edgeSource);
    expect(guest.run(kind, index)).toBe("");
    await Promise.all(guest.happened);
  });
});
