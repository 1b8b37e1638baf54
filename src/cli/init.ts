/** `pollux init`: makes a project from templates/. */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { STDOUT, writeWhole } from "../../wasi-host/internal-start.ts";
import { originFor } from "./origin.ts";

/** The package's folder: templates/ is beside dist/. */
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const TEMPLATE = path.join(PACKAGE, "templates/echo");

/**
 * Makes the project in `directory`.
 *
 * @throws Error that names the problem if `directory` is not an empty or new folder
 */
export function init(directory: string): void {
  const entries = entriesOf(directory);
  if (entries.length > 0) {
    throw new Error(`'${directory}' is not empty ('${entries[0]}' is there); give an empty or new folder`);
  }
  cpSync(TEMPLATE, directory, { recursive: true });
  // npm omits files named .gitignore from packages.
  renameSync(path.join(directory, "gitignore"), path.join(directory, ".gitignore"));
  const manifest = path.join(directory, "package.json");
  name(manifest, path.basename(path.resolve(directory)));
  const origin = originFor(path.resolve(PACKAGE), directory);
  if (origin !== undefined) dependOn(manifest, origin);
  const text = `made '${directory}', a TCP echo server in AssemblyScript:

  cd ${directory} && npm install && npm start
`;
  writeWhole(STDOUT, text);
}

/** Lists the folder's entries. Makes the folder if it is missing. */
function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw noFolder(directory, error);
  }
  try {
    // Not recursive: that would not end if the kernel always says ENOENT, as in /proc.
    mkdirSync(directory);
    return [];
  } catch (error) {
    throw noFolder(directory, error);
  }
}

function noFolder(directory: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  return new Error(
    `'${directory}' cannot be used as a folder (${code}); give an empty folder, or a new one in an existing folder`,
  );
}

/** Replaces the version in the manifest. */
function dependOn(manifest: string, origin: string): void {
  const text = readFileSync(manifest, "utf8");
  writeFileSync(
    manifest,
    text.replace(/(?<="pollux": )".*"/, () => JSON.stringify(origin)),
  );
}

/** Turns a folder's name into an npm package name: lower case letters, digits, hyphens, dots and underscores. */
function name(manifest: string, wanted: string): void {
  const allowed = wanted
    .toLowerCase()
    .replace(/[^a-z\d._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "");
  const text = readFileSync(manifest, "utf8");
  if (allowed !== "") writeFileSync(manifest, text.replace('"pollux-echo"', JSON.stringify(allowed)));
}
