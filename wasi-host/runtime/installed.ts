/**
 * Packages and files that are found at run time and never bundled.
 *
 * Bundlers follow `import` and `require`: they include what they find, and fail at build time or at start for what is missing.
 * They do not follow these calls, so optional packages stay optional in a bundle.
 */
import nodeModule from "node:module";

/**
 * Where the search begins: this file, wherever a bundler has put it, then the program's own. In a bundle in CommonJS there is no
 * `import.meta`; and webpack puts there where the sources were when it was built.
 */
function origins(): string[] {
  return [import.meta.url, thisFile(), process.argv[1]].filter((origin) => origin !== undefined);
}

/** Where there is one: in CommonJS. It is tried, because webpack has an answer for `typeof` that may be wrong. */
export function thisFile(): string | undefined {
  try {
    return __filename;
  } catch {
    return undefined;
  }
}

/** Throws what `require` throws, for the first origin: its `code` is MODULE_NOT_FOUND where the package is not installed. */
function first<T>(search: (require: NodeJS.Require) => T): T {
  let failure: unknown;
  for (const origin of origins()) {
    try {
      return search(nodeModule.createRequire(origin));
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** Loads a package by name. Throws an error whose `code` is MODULE_NOT_FOUND if it is not installed. */
export function installed<T>(name: string): T {
  return first((require) => require(name));
}

/** The path of a module, by the name that its package gives it. Throws likewise. */
export function pathOf(name: string): string {
  return first((require) => require.resolve(name));
}
