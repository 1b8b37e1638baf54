/** Finds where this package was installed from, so that a new project installs the same one. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Matches files and folders in a manifest: `file:x.tgz`, `./x.tgz`, `/x.tgz`, `C:\x.tgz`, `~/x.tgz`. */
const FILE = /^(?:file:|\.{0,2}[/\\]|\.{1,2}$|[a-z]:[/\\])/i;
/** A tarball beside the manifest, for which yarn and pnpm accept a bare name. */
const TARBALL = /^[^:@]+\.(?:tgz|tar\.gz)$/i;
/** A source outside the registry: a URL, a git repository, `owner/name` on GitHub. */
const ELSEWHERE = /^(?:https?:|git[+:@]|ssh:|github:|gitlab:|bitbucket:|gist:|[\w-]+\/[\w.-]+(?:#|$))/;
/** A folder linked by a package manager. */
const LINKED = /^(?:link|portal|workspace):/;

const KINDS = ["dependencies", "devDependencies", "optionalDependencies"] as const;

/**
 * Returns the dependency with which a project installs this package again.
 *
 * @param folder - the package's folder
 * @param project - the project's folder
 * @returns a dependency as npm accepts it, with paths relative to `project`; undefined if the package came from the
 *   registry or its origin is unknown (as after `npm install --global`)
 */
export function originFor(folder: string, project: string): string | undefined {
  const toFile = (target: string) => {
    const relative = path.relative(path.resolve(project), target);
    return `file:${relative.split(path.sep).join("/")}`;
  };
  // A clone: the registry's package may have another version or owner.
  if (!folder.split(path.sep).includes("node_modules")) return toFile(folder);
  const found = dependencyOn(folder);
  if (found === undefined) return undefined;
  const { specifier, from } = found;
  if (LINKED.test(specifier)) return toFile(folder);
  if (FILE.test(specifier) || TARBALL.test(specifier)) {
    const file = path.resolve(from, specifier.replace(/^file:(?:\/\/(?=\/))?/, ""));
    // If the tarball is gone, use the installed folder.
    return toFile(existsSync(file) ? file : folder);
  }
  return ELSEWHERE.test(specifier) ? specifier : undefined;
}

/** Returns the dependency of the nearest project above, and that project's folder. */
function dependencyOn(folder: string): { specifier: string; from: string } | undefined {
  const { name } = manifestIn(folder) as { name?: string };
  for (let from = path.dirname(folder); name !== undefined; from = path.dirname(from)) {
    const manifest = manifestIn(from);
    for (const kind of KINDS) {
      const specifier = (manifest[kind] as Record<string, unknown> | undefined)?.[name];
      if (typeof specifier === "string") return { specifier, from };
    }
    if (path.dirname(from) === from) break;
  }
  return undefined;
}

/** Empty if there is no manifest. */
function manifestIn(folder: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  } catch {
    return {};
  }
}
