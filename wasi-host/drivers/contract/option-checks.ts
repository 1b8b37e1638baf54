/**
 * Checks a driver's options before it is opened: an option that the driver does not know, or cannot keep, is an error.
 */
import { ArgumentError, nearest, OutOfRangeError, shown } from "../../errors/argument-error.ts";

/** The valid values of an option. */
export interface OptionRule {
  /** The type; another one is ERR_INVALID_ARG_TYPE. */
  readonly type: (value: unknown) => boolean;
  /** The range; a value outside is ERR_OUT_OF_RANGE. Default: every value of the type. */
  readonly range?: (value: never) => boolean;
  /** Completes "expected ...". */
  readonly expected: string;
}

/** A whole number in a range. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): OptionRule {
  const upTo = most === Number.MAX_SAFE_INTEGER ? "or more" : `to ${most}`;
  return {
    type: (value) => typeof value === "number",
    range: (value: number) => Number.isInteger(value) && value >= least && value <= most,
    expected: `a whole number, ${least} ${upTo}`,
  };
}

/**
 * @param driver - the driver's name
 * @param options - the caller's options
 * @param rules - a rule for each option of the driver
 * @throws ArgumentError for a value that is no options object, an unknown option, and a value of another type; OutOfRangeError for a
 * value out of range. The message names the option, the value, and what to do.
 */
export function checkDriverOptions(
  driver: string,
  options: unknown,
  rules: Readonly<Record<string, OptionRule>>,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const message = `the options of the ${driver} driver are ${shown(options)}: expected an object`;
    throw new ArgumentError(message, "ERR_INVALID_ARG_TYPE");
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      const remedy = remedyFor(name, Object.keys(rules));
      throw new ArgumentError(`the ${driver} driver has no option '${name}' (${shown(value)}): ${remedy}`);
    }
    if (value === undefined) continue;
    const { type, range, expected } = rules[name];
    const message = `${name} ${shown(value)} of the ${driver} driver: expected ${expected}`;
    if (!type(value)) throw new ArgumentError(message, "ERR_INVALID_ARG_TYPE");
    if (range !== undefined && !range(value as never)) throw new OutOfRangeError(message);
  }
}

function remedyFor(name: string, known: readonly string[]): string {
  if (known.length === 0) return "remove it, because the driver has no options";
  const meant = nearest(name, known);
  return meant === undefined ? `expected ${known.join(", ")}` : `did you mean '${meant}'?`;
}
