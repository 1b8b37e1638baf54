/** What follows each test file. A hook that a shared module adds would follow only the first file that loads the module. */
import { afterAll } from "vitest";
import { removeFiles } from "./hosts/guest-program.ts";
import { endAll } from "./left-running.ts";

afterAll(() => {
  endAll();
  removeFiles();
});
