import { expect, it } from "vitest";
import { fuzzFlatCalls } from "./fuzz/flat-calls.ts";

const CALLS = 2_000;

it.each(["simulated", "posix", "net"])(
  "survives hostile calls of WASI 0.2 over %s, and leaves nothing open",
  async (driver) => {
    for (const seed of [1, 2]) {
      const { returned, equipped } = await fuzzFlatCalls(driver, seed, CALLS);
      expect(returned).toBeGreaterThan(CALLS / 20);
      expect(equipped).toBeGreaterThan(0.5);
    }
  },
  60_000,
);
