/**
 * Cases that once differed from the kernel, repeated beside it: on the same descriptors, on Node's sockets and on a
 * simulated network.
 *
 * A failing comparison (`differential.test.ts`, `npm run fuzz:epoll`) prints a whole file. Save it in `regressions/`,
 * named after its subject. A case that a simulated network cannot show (`two-networks.ts`) has `export const only =
 * "posix";`.
 */
import { readdirSync } from "node:fs";
import { describe, it } from "vitest";
import type { Comparison } from "./comparison.ts";
import type { Configuration } from "./configuration.ts";
import { replay } from "./runs.ts";

interface Regression {
  readonly default: (both: Comparison) => void;
  readonly only?: Configuration;
}

const names = readdirSync(new URL("./regressions", import.meta.url)).map((file) => file.replace(/\.ts$/, ""));

describe.each(names)("%s", async (name) => {
  const { default: play, only }: Regression = await import(`./regressions/${name}.ts`);
  for (const configuration of ["posix", "net", "simulated"] as const) {
    if (only === undefined || only === configuration) it(`on ${configuration}`, () => replay(configuration, play));
  }
});
