/**
 * Cases that once differed from the kernel, each played again beside it: on the same descriptors, on sockets of Node's and on a
 * simulated network.
 *
 * How to keep one: what a failing comparison prints (`differential.test.ts`, `npm run fuzz:epoll`) is a whole file. Save it in
 * `regressions/`, named by what it shows. A case of which a simulated network can show nothing (`two-networks.ts`) says
 * `export const only = "posix";`.
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
