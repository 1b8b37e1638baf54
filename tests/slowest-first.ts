/**
 * Starts the slowest files first, so that both workers end at about the same time. The other files follow by project, because a
 * worker goes on to the next file only if the project is the same, and Vitest's order is kept within a project.
 */
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take half a minute or more. */
const SLOWEST = [
  "tests/runtimes/matrix.test.ts",
  "tests/packages/bundled-servers.test.ts",
  "tests/components/python.test.ts",
  "tests/guests/go.test.ts",
  "tests/programs/endings.test.ts",
  "tests/programs/idle.test.ts",
  "tests/runtimes/loop-timers.test.ts",
  "tests/guests/c-sockets.test.ts",
  "tests/programs/descriptors.test.ts",
].map((file) => path.resolve(file));

export default class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const slow = SLOWEST.flatMap((file) => files.filter(({ moduleId }) => moduleId === file));
    const others = await super.sort(files.filter((file) => !slow.includes(file)));
    const projects = new Set(files.map(({ project }) => project));
    return [...slow, ...[...projects].flatMap((project) => others.filter((file) => file.project === project))];
  }
}
