/** Hints for options of other runtimes and options in the wrong place. */
import { keyOf, nameOf, RUN_OPTIONS } from "./run-options.ts";

/** Patterns of foreign options. wasmtime's long options have the same names here. */
const FOREIGN: readonly [pattern: RegExp, remedy: string][] = [
  [/^-{1,2}listen=|^-listen$|^--tcplisten/, "--listen HOST:PORT gives the program a listening socket"],
  [/^-S.*inherit-network/, "--inherit-network grants all addresses"],
  [/^-S/, "--listen HOST:PORT gives the program a listening socket; --connect and --bind grant addresses"],
  [/^-{1,2}mount/, "--dir HOST::GUEST grants a directory, --dir HOST::GUEST:ro a read-only one"],
  [/^--mapdir/, "--dir HOST::GUEST grants a directory"],
  [/^-env-inherit/, "--env NAME passes on one variable"],
  [/^-env/, "--env NAME=VALUE sets a variable"],
  [/^-timeout/, "--timeout SECONDS kills the program after that time"],
];

/**
 * Returns the message for an option of another runtime, or one before the command; undefined for other errors.
 *
 * @param message - commander's, about an unknown option
 * @param first - the first argument: the command
 */
export function foreignOption(message: string, first: string | undefined): string | undefined {
  const [, unknown] = /'(.*)'/s.exec(message) ?? [];
  if (unknown === undefined) return undefined;
  const name = unknown.split("=", 1)[0];
  if (first?.startsWith("-") && RUN_OPTIONS.some(({ flags }) => nameOf(flags) === name)) {
    return `${name} is an option of pollux run: pollux run ${name} ...`;
  }
  if (first !== "run") return undefined;
  const remedy = FOREIGN.find(([pattern]) => pattern.test(unknown))?.[1];
  return remedy === undefined ? undefined : `unknown option '${unknown}': ${remedy}; see pollux run --help`;
}

/** Options that many programs have. */
const COMMON = ["--help", "--quiet", "--timeout", "--trace", "--verbose"];

/**
 * Returns the first of the program's arguments that equals an unused option of `pollux run`; undefined if there is
 * none. Arguments after `--` belong to the program.
 *
 * @param given - the used options, by their properties
 * @param concerns - whether an option is for this kind of program
 */
export function strayOption(
  args: readonly string[],
  given: object,
  concerns: (name: string) => boolean,
): string | undefined {
  const end = args.indexOf("--");
  for (const text of end < 0 ? args : args.slice(0, end)) {
    const name = text.split("=", 1)[0];
    const isOption = RUN_OPTIONS.some(({ flags }) => nameOf(flags) === name);
    if (isOption && !COMMON.includes(name) && !Object.hasOwn(given, keyOf(name)) && concerns(name)) return name;
  }
  return undefined;
}
