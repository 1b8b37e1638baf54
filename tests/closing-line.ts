/** The last line of a run, for any log reader; under CI a skipped test is a failure. */
import type { Reporter, TestModule } from "vitest/node";
import { driverMatrix } from "./driver-matrix.ts";
import { guestMatrix } from "./guest-matrix.ts";
import { runtimeTable } from "./runtime-table.ts";
import { sleepMatrix } from "./sleep-matrix.ts";

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const skipped: string[] = [];
    const failed: string[] = [];
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const { state } = test.result();
        if (state === "pending") continue;
        count[state]++;
        if (state === "skipped") skipped.push(test.fullName);
        if (state === "failed") failed.push(describeFailure(module, test.fullName, test.result().errors?.[0]?.message));
      }
      // A hook of the file or of a block failed, or the file itself could not be loaded.
      const hooks = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
      for (const suite of hooks) failed.push(describeFailure(module, suite.fullName, suite.errors()[0].message));
      const [error] = module.errors();
      const isBroken = error !== undefined || (tests === 0 && !module.ok());
      if (isBroken) failed.push(describeFailure(module, "the file itself", error?.message));
      count.failed += hooks.length + (isBroken ? 1 : 0);
    }
    count.failed += errors.length;
    const tables = [driverMatrix, sleepMatrix, guestMatrix, runtimeTable].flatMap((table) => table(modules));
    for (const line of tables) console.log(line);
    for (const name of skipped) console.log(`skipped: ${name}`);
    // Last, because logs are often cut off.
    for (const line of failed) console.log(line);
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    if (process.env.CI && count.skipped > 0) {
      console.log("a skipped test is a failure under CI");
      process.exitCode = 1;
    }
  }
}

function describeFailure(module: TestModule, name: string, message = "no message"): string {
  return `failed: ${module.relativeModuleId}: ${name}: ${message.slice(0, 400)}`;
}
