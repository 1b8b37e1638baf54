/**
 * Builds everything that runs, each part only when something that it is made of has changed.
 *
 *     node scripts/build.mjs                               all parts, into dist/
 *     node scripts/build.mjs programs/echo-poll command    these parts: that module, and what runs it
 *     node scripts/build.mjs --force                       all parts, whether they have changed or not
 *     node scripts/build.mjs --dry-run                     prints which parts would be made
 *
 * Parts are the modules (core, programs/NAME, programs/models/NAME, examples/chat), the programs as components
 * (programs/NAME.component for WASI 0.2, programs/NAME.p3.component for 0.3, or `components` for all), and bundles, command,
 * web, bench, tools, page, workers, types, and site, the live page.
 */
import { parseArgs } from "node:util";
import { bundles } from "./bundles.mjs";
import { command } from "./command.mjs";
import { components, modules } from "./modules.mjs";
import { isCurrent, make } from "./stamps.mjs";
import { site } from "./static-site.mjs";
import { types } from "./types.mjs";

const PARTS = [...modules, ...components, ...bundles, command, types, site];
const GROUPS = { components };

const { values: options, positionals } = parseArgs({
  options: { force: { type: "boolean" }, "dry-run": { type: "boolean" } },
  allowPositionals: true,
});

function partsNamed(names) {
  if (names.length === 0) return PARTS;
  const all = Object.fromEntries(PARTS.map((part) => [part.name, [part]]));
  return names.flatMap((name) => {
    const parts = GROUPS[name] ?? all[name];
    if (parts !== undefined) return parts;
    throw new Error(
      `nothing to build is called '${name}': expected ${[...Object.keys(all), ...Object.keys(GROUPS)].join(", ")}`,
    );
  });
}

/** Promises of the parts being made, by name: a part waits for its inputs. */
const building = new Map();

function build(part) {
  const { name } = part;
  if (!building.has(name)) building.set(name, buildNow(part));
  return building.get(name);
}

/** Returns whether the part was, or would be, made. */
async function buildNow(part) {
  const before = (part.after ?? []).map((name) => build(PARTS.find((other) => other.name === name)));
  const others = await Promise.all(before);
  // In a dry run, the part's inputs do not exist yet.
  if (!options.force && !(options["dry-run"] && others.includes(true)) && isCurrent(part)) return false;
  if (options["dry-run"]) console.log(part.name);
  else await make(part);
  return true;
}

try {
  await Promise.all(partsNamed(positionals).map(build));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
