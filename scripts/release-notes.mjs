/**
 * Prints what CHANGELOG.md says of a version, for a release's page.
 *
 *     node scripts/release-notes.mjs 0.1.0
 */
import { readFileSync } from "node:fs";
import { argv } from "node:process";

const [, , version] = argv;
const sections = readFileSync("CHANGELOG.md", "utf8").split(/^(?=## )/m);
const section = sections.find((text) => text.startsWith(`## [${version}]`));
if (section === undefined) {
  console.error(`CHANGELOG.md has no section '## [${version}]'`);
  process.exitCode = 1;
} else if (/^## .*Unreleased$/m.test(section)) {
  console.error(`CHANGELOG.md says that ${version} is unreleased: give it a date`);
  process.exitCode = 1;
} else {
  console.log(section.slice(section.indexOf("\n")).trim());
}
