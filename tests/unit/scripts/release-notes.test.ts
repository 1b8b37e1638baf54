import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(path.join(tmpdir(), "pollux-release-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  path.join(folder, "CHANGELOG.md"),
  "# Changelog\n\n## [1.1.0] - Unreleased\n\n- new\n\n## [1.0.1] - 2027-02-03\n\n### Fixed\n\n- a fault\n\n## [1.0.0] - 2027-01-02\n\n- first\n",
);
const notes = (version: string) =>
  spawnSync(process.execPath, [path.resolve("scripts/release-notes.mjs"), version], { cwd: folder, encoding: "utf8" });

it("prints only the version's section, without its heading", () => {
  expect(notes("1.0.1")).toMatchObject({ status: 0, stdout: "### Fixed\n\n- a fault\n" });
  expect(notes("1.0.0")).toMatchObject({ status: 0, stdout: "- first\n" });
});

it("refuses an unknown version and a part of a version", () => {
  for (const version of ["2.0.0", "1.0"]) {
    expect(notes(version)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: `CHANGELOG.md has no section '## [${version}]'\n`,
    });
  }
});

it("refuses a version without a date", () => {
  expect(notes("1.1.0")).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("unreleased: give it a date"),
  });
});
