/**
 * Packages and files that are found at run time and never bundled.
 *
 * Bundlers follow `import` and `require`: they include the target, and fail at build time or at start if it is missing.
 * They do not follow these calls, so optional packages stay optional in a bundle.
 */
import nodeModule from "node:module";

/**
 * The starts of the search: this file, wherever a bundler has put it, then the program. A CommonJS bundle has no
 * `import.meta`; webpack replaces it by the place of the sources at build time.
 */
const ORIGINS: readonly (() => string | undefined)[] = [thisFile, () => import.meta.url, () => process.argv[1]];

/** Exists in CommonJS. Called in a try, because webpack's answer for `typeof` may be wrong. */
export function thisFile(): string | undefined {
  try {
    return __filename;
  } catch {
    return undefined;
  }
}

/**
 * Throws the error of `require` for the first start: its `code` is MODULE_NOT_FOUND if the package is not installed.
 */
function first<T>(search: (require: NodeJS.Require) => T): T {
  let failure: unknown;
  for (const originOf of ORIGINS) {
    const origin = originOf();
    if (origin === undefined) continue;
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

/** The path of a module, by its name in its package. Throws likewise. */
export function pathOf(name: string): string {
  return first((require) => require.resolve(name));
}
