/**
 * Damaged components, in their own processes: npm run fuzz:components with fewer of them. Each run prints its random
 * seed; `POLLUX_SEED=n` repeats it.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const COUNT = "1000";
const seed = process.env.POLLUX_SEED ?? String((Date.now() % 0x3fff_fffe) + 1);

it(`refuses or runs ${COUNT} damaged components, and none takes the host down`, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["dist/tests/fuzz-components.js", COUNT, seed]);
  console.log(stdout);
  expect(stdout).toMatch(new RegExp(`^0 findings in ${COUNT} damaged components of [2-5], seed ${seed}$`, "m"));
}, 240_000);
