/** Starts the slowest files first, so that both workers end at about the same time. Other files keep Vitest's order. */
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take half a minute or more. */
const SLOWEST = [
  "tests/runtimes/matrix.test.ts",
  "tests/packages/bundled-servers.test.ts",
  "tests/components/python.test.ts",
  "tests/programs/endings.test.ts",
  "tests/programs/idle.test.ts",
  "tests/packages/types.test.ts",
  "tests/components/cases.test.ts",
  "tests/programs/descriptors.test.ts",
].map((file) => path.resolve(file));

export default class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const slow = SLOWEST.flatMap((file) => files.filter(({ moduleId }) => moduleId === file));
    return [...slow, ...(await super.sort(files.filter((file) => !slow.includes(file))))];
  }
}
