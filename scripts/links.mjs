/**
 * Follows what the documents name, without the network: relative links and their anchors, paths of files, npm scripts, and
 * the titles of tests that stand behind a link to their file (docs/semantics.md).
 *
 *     npm run check:links                  every document that git knows
 *     node scripts/links.mjs README.md     that one
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { argv } from "node:process";

/** `![text](target)`, `[text](target "title")`, `[name]: target` and `<img src="target">`. */
const LINK = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s+(\S+)|\b(?:src|href)="([^"]+)"/gm;
/** A path is what has a folder and a known extension, or begins with one of the folders of this repository. */
const PATH =
  /(?<![\w./:@$<~{-])((?:\.\.?\/)*(?:[\w.-]+\/)+[\w.*-]+\.(?:ts|mjs|cjs|js|md|json|c|go|rs|wit|svg|wasm|yml|png)\b|(?:assembly|bench|docs|examples|runtimes|scripts|src|templates|tests|wasi-host)\/[\w./*-]*)/g;
const TEST = /^ *- \w+, \[[^\]]+\]\(([^)]+)\): (.+)$/gm;
const SCRIPT = /\bnpm run (?:--?[\w-]+ )*([\w:-]+)/g;
const EXTERNAL = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i;
/** In the text of a package's user, the package's name stands before the path. */
const OWN_NAME = /^pollux\//;

const git = (...args) => execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

/** Files that exist and are not ignored: other files are missing in a clone. */
const files = new Set(git("ls-files", "--cached", "--others", "--exclude-standard").split("\n").filter(Boolean));
for (const deleted of git("ls-files", "--deleted").split("\n")) files.delete(deleted);
const folders = new Set([...files].flatMap(foldersOf));
const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));

function foldersOf(file) {
  const folder = path.posix.dirname(file);
  return folder === "." ? ["."] : [folder, ...foldersOf(folder)];
}

const exists = (name) => files.has(name) || folders.has(name.replace(/\/$/, ""));

/** Made by the build or another command, so it is missing in a fresh clone. */
function isMade(name) {
  try {
    git("check-ignore", "--no-index", name, `${name}/`);
    return true;
  } catch {
    return false;
  }
}

const literal = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Documents name files from the root, from their own folder, or in short: `memory/layout.ts`. */
function isNamed(name, document) {
  const plain = path.posix.normalize(name.replace(OWN_NAME, "")).replace(/\/$/, "");
  const beside = path.posix.join(path.posix.dirname(document), name);
  if (exists(plain) || exists(beside) || isMade(plain)) return true;
  // Built files exist only in dist/ and have another ending.
  if (plain.endsWith(".wasm")) return true;
  const pattern = new RegExp(`(?:^|/)${plain.split("*").map(literal).join("[^/]*")}$`);
  return [...files].some((file) => pattern.test(file));
}

/** Anchors of headings, as GitHub makes them. */
function anchorsOf(text) {
  const seen = new Map();
  const headings = withoutCode(text).matchAll(/^#{1,6} +(.+?) *#*$/gm);
  return new Set(
    [...headings].map(([, heading]) => {
      const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
      const slug = words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
}

const withoutCode = (text) => text.replace(/^ *(`{3,}|~{3,}).*?^ *\1 *$/gms, "");

function checkLink(target, document, text) {
  const [file, anchor] = decodeURI(target).split("#");
  const resolved = file === "" ? document : path.posix.join(path.posix.dirname(document), file);
  if (!exists(resolved) && !isMade(resolved)) return `links to ${target}: there is no ${resolved}`;
  if (anchor === undefined || !resolved.endsWith(".md")) return undefined;
  const anchors = anchorsOf(file === "" ? text : readFileSync(resolved, "utf8"));
  return anchors.has(anchor) ? undefined : `links to ${target}: ${resolved} has no heading '#${anchor}'`;
}

function checkTest(file, title, document) {
  const resolved = path.posix.join(path.posix.dirname(document), file);
  if (!files.has(resolved)) return undefined; // an already reported dead link
  return readFileSync(resolved, "utf8").includes(JSON.stringify(title))
    ? undefined
    : `names a test of ${resolved} that is not there: ${title}`;
}

function problemsOf(document) {
  const text = readFileSync(document, "utf8");
  const prose = withoutCode(text);
  const links = [...prose.matchAll(LINK)].map((match) => match.slice(1).find(Boolean));
  return [
    ...links.filter((target) => !EXTERNAL.test(target)).map((target) => checkLink(target, document, text)),
    ...[...prose.matchAll(TEST)].map(([, file, title]) => checkTest(file, title, document)),
    ...[...text.replace(LINK, "]").matchAll(PATH)]
      .map(([name]) => name.replace(/[.*]+$/, ""))
      .filter((name) => !isNamed(name, document))
      .map((name) => `names ${name}, which is not there`),
    ...[...text.matchAll(SCRIPT)]
      .filter(([, script]) => scripts[script] === undefined)
      .map(([, script]) => `names 'npm run ${script}', which package.json does not have`),
  ].filter((problem) => problem !== undefined);
}

/** Paths and scripts in a template belong to the template's project. */
const documents =
  argv.length > 2
    ? argv.slice(2)
    : [...files].filter((file) => file.endsWith(".md") && !file.startsWith("templates/")).sort();
let count = 0;
for (const document of documents) {
  for (const problem of new Set(problemsOf(document))) {
    console.error(`${document} ${problem}`);
    count++;
  }
}
console.log(`${documents.length} documents, ${count} dead names`);
if (count > 0) process.exitCode = 1;
