/** Files of one idea each: what grows beyond this has become two. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const MOST_LINES = 300;
const FOLDERS = ["assembly", "bench", "examples", "runtimes", "scripts", "src", "templates", "tests", "wasi-host"];
const SOURCE = /\.(c|go|h|js|mjs|py|rs|ts)$/;
/** What is made, and not written. */
const MADE = /(^|\/)(built|node_modules|dist)\//;

it(`no source file has more than ${MOST_LINES} lines`, () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => path.posix.join(folder, name)),
  ).filter((file) => SOURCE.test(file) && !MADE.test(file));
  expect(files.length).toBeGreaterThan(300);
  const lines = (file: string) => readFileSync(file, "utf8").split("\n").length - 1;
  expect(files.filter((file) => lines(file) > MOST_LINES)).toEqual([]);
});
