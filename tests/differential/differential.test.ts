/**
 * Random sequences of calls on the kernel's epoll and on ours give the same answers. Each run has another seed, and
 * prints it; `POLLUX_SEED=n` repeats a run. The long run is `npm run fuzz:epoll`.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Configuration } from "./configuration.ts";
import { Run } from "./runs.ts";
import { sequences } from "./sequences.ts";

const seed = Number(process.env.POLLUX_SEED ?? Date.now() % 0x7fff_ffff);

async function compare(configuration: Configuration, count: number): Promise<Run["figures"]> {
  using run = new Run(configuration);
  const result = await fc.check(
    fc.asyncProperty(sequences, (sequence) => run.sequence(sequence)),
    { numRuns: count, seed },
  );
  console.log(`${configuration}, seed ${seed}: ${run.summary}`);
  if (result.failed) throw new Error(`${(result.errorInstance as Error).message}\n// seed ${seed}`);
  expect(run.excess).toEqual([]);
  return run.figures;
}

describe("epoll in linear memory and the kernel's epoll", () => {
  it("agree in 10,000 random sequences on the same descriptors", async () => {
    const { sequences, events } = await compare("posix", 10_000);
    expect(sequences).toBeGreaterThanOrEqual(10_000);
    expect(events).toBeGreaterThan(sequences);
  });

  it("agree in 300 random sequences, one on Node's sockets, the other on the kernel's", async () => {
    const { sequences, events } = await compare("net", 300);
    expect(sequences).toBeGreaterThanOrEqual(300);
    expect(events).toBeGreaterThan(sequences);
  });

  it("agree in 3,000 random sequences, one on a simulated network, the other on the kernel's", async () => {
    const { sequences, events } = await compare("simulated", 3000);
    expect(sequences).toBeGreaterThanOrEqual(3000);
    expect(events).toBeGreaterThan(sequences);
  });
});
