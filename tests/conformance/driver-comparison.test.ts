/**
 * The simulated driver beside the kernel: random sequences of operations on two ends must give the same results,
 * readiness and wakeups. driver-pair.ts lists the exceptions.
 */
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERR, HUP, IN, OUT, PRI, RDBAND, RDHUP, RDNORM, WRBAND, WRNORM } from "../../wasi-host/abi/readiness.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { type Kind, Pair, type Step } from "./driver-pair.ts";

/** POLLUX_SEED=n repeats a run; POLLUX_RUNS=n makes it longer. */
const SEED = Number(process.env.POLLUX_SEED ?? randomInt(2 ** 31));
const FACTOR = Number(process.env.POLLUX_RUNS ?? 1);

const MASKS = [IN, OUT, IN | OUT, IN | RDHUP, RDHUP, 0, IN | PRI | OUT | ERR | HUP | RDHUP];
const RARE_MASKS = [PRI, ERR, HUP, RDNORM, RDBAND, WRNORM, WRBAND];

const end = fc.constantFrom(0 as const, 1 as const);
const arm = fc.record({
  do: fc.constant("arm" as const),
  end,
  mask: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...MASKS) }, fc.constantFrom(...RARE_MASKS)),
});

/** `lengths`: of the sent and received bytes, unless it is everything. */
function steps(lengths: readonly number[]): fc.Arbitrary<Step[]> {
  const length = fc.constantFrom(...lengths);
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("send" as const), end, length }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("recv" as const), end, length }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom("fill" as const, "drain" as const, "drain" as const), end }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("take" as const, "look" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom("peek" as const, "takeError" as const, "available" as const), end }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("shutdown" as const), end, how: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 1, arbitrary: arm },
    { weight: 1, arbitrary: arm.map(({ end, mask }) => ({ do: "disarm" as const, end, mask })) },
  );
  const closing = fc.record({ do: fc.constantFrom("close" as const, "reset" as const), end });
  const look = { do: "look" } as const;
  const take = { do: "take" } as const;
  return fc
    .tuple(
      fc.array(arm, { maxLength: 4 }),
      fc.array(step, { maxLength: 30 }),
      closing,
      fc.array(step, { maxLength: 8 }),
    )
    .map(([first, middle, close, last]) => [...first, ...middle, look, take, close, ...last, look, take]);
}

/**
 * The kernel's TCP is not deterministic: very rarely, an acknowledgement lets a full sender's buffer grow. The
 * simulated driver is, so a real difference comes again at every repetition.
 */
const MAX_DIFFERENCES = 3;

const FEW_BYTES = [0, 1, 2, 10];

describe("the simulated driver does what the kernel does, step by step", () => {
  const posix = new PosixDriver();
  beforeAll(() => console.log(`driver comparison: POLLUX_SEED=${SEED}`));
  afterAll(() => posix.dispose());

  it.each<[Kind, number, readonly number[]]>([
    ["pipe", 4000, [0, 1, 10, 1000, 4096, 5000, 20_000]],
    ["unix", 4000, FEW_BYTES],
    ["tcp", 2000, FEW_BYTES],
  ])("with a %s, in %d random sequences", { timeout: 60_000 * FACTOR }, (kind, runs, lengths) => {
    const compare = (sequence: readonly Step[]) => {
      const pairs = [new Pair(posix, kind), new Pair(new SimulatedDriver(), kind)];
      try {
        for (const [index, step] of sequence.entries()) {
          const [kernel, simulated] = pairs.map((pair) => pair.run(step));
          // An expectation of each takes longer than the step.
          if (simulated !== kernel) expect(simulated, `step ${index}: ${JSON.stringify(step)}`).toBe(kernel);
        }
      } finally {
        for (const pair of pairs) pair.close();
      }
    };
    const alike = fc.property(steps(lengths), (sequence) => {
      for (let left = kind === "tcp" ? MAX_DIFFERENCES : 1; left > 0; left--) {
        try {
          return compare(sequence);
        } catch (error) {
          if (left === 1) throw error;
        }
      }
    });
    fc.assert(alike, { seed: SEED, numRuns: runs * FACTOR });
  });
});
