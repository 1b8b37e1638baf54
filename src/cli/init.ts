/** `pollux init`: a project to begin with, from the files in templates/. */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The package: templates/ is beside dist/. */
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const TEMPLATE = path.join(PACKAGE, "templates/echo");

/** Makes the project in `directory`, which must be empty or not be there. Throws an Error that names what is wrong with it. */
export function init(directory: string): void {
  const entries = entriesOf(directory);
  if (entries.length > 0) {
    throw new Error(`'${directory}' is not empty ('${entries[0]}' is there); give a folder that is empty or new`);
  }
  cpSync(TEMPLATE, directory, { recursive: true });
  // Under its own name npm would leave it out of the package.
  renameSync(path.join(directory, "gitignore"), path.join(directory, ".gitignore"));
  const manifest = path.join(directory, "package.json");
  name(manifest, path.basename(path.resolve(directory)));
  if (!PACKAGE.split(path.sep).includes("node_modules")) dependOn(manifest, path.relative(directory, PACKAGE));
  console.log(`made '${directory}', a TCP echo server in AssemblyScript:

  cd ${directory} && npm install && npm start`);
}

/** What is in it already; a folder that is not there is made. */
function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw noFolder(directory, error);
  }
  try {
    // Not recursive: that would not end where the kernel says ENOENT whatever is made, as in /proc.
    mkdirSync(directory);
    return [];
  } catch (error) {
    throw noFolder(directory, error);
  }
}

function noFolder(directory: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  return new Error(`'${directory}' cannot be a folder (${code}); give one that is empty, or new in one that is there`);
}

/** A clone's project has the clone: what the registry has by that name may be another version, or somebody else's. */
function dependOn(manifest: string, folder: string): void {
  const text = readFileSync(manifest, "utf8");
  writeFileSync(
    manifest,
    text.replace(/(?<="pollux": )".*"/, () => JSON.stringify(`file:${folder}`)),
  );
}

/** What npm takes for a name: lower case, and nothing but letters, digits, hyphens, dots and underscores. */
function name(manifest: string, wanted: string): void {
  const allowed = wanted
    .toLowerCase()
    .replace(/[^a-z\d._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "");
  const text = readFileSync(manifest, "utf8");
  if (allowed !== "") writeFileSync(manifest, text.replace('"pollux-echo"', JSON.stringify(allowed)));
}
