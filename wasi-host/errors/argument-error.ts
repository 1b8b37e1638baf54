/**
 * Errors of the caller, in the form of Node's: a TypeError with a `code`. The message names the value and the
 * expectation.
 */

/** An invalid argument. The call had no effect. */
export class ArgumentError extends TypeError {
  readonly code: "ERR_INVALID_ARG_TYPE" | "ERR_INVALID_ARG_VALUE";

  /**
   * @param message names the value and the expectation
   * @param code ERR_INVALID_ARG_TYPE for a value of the wrong type; by default ERR_INVALID_ARG_VALUE
   */
  constructor(message: string, code: ArgumentError["code"] = "ERR_INVALID_ARG_VALUE") {
    super(message);
    this.code = code;
  }
}

/** A number out of its range. The call had no effect. `code` is ERR_OUT_OF_RANGE. */
export class OutOfRangeError extends RangeError {
  readonly code = "ERR_OUT_OF_RANGE";
}

/** Use of a disposed object. `code` is ERR_DISPOSED. Pending waits reject with it. */
export class DisposedError extends Error {
  readonly code = "ERR_DISPOSED";

  /** @param what such as "core" */
  constructor(what: string) {
    super(`the ${what} is disposed`);
  }
}

/** Formats a value for messages: text in quotes, other values by their class or as text. */
export function shown(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return typeof value === "function" ? `function ${value.name}` : String(value);
}

/**
 * Checks an options object.
 *
 * @param call - the call, such as "run"
 * @param known - all names of options, each with `true`; the type, a Record of the options' keys, makes it complete
 * @throws ArgumentError for a value that is not an object; for an unknown option, with the most similar name
 */
export function checkOptions(call: string, options: unknown, known: Readonly<Record<string, true>>): void {
  if (typeof options !== "object" || options === null) {
    throw new ArgumentError(`${call}: ${shown(options)} is not an options object`, "ERR_INVALID_ARG_TYPE");
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const meant = nearest(name, Object.keys(known));
    const hint = meant === undefined ? `expected ${Object.keys(known).join(", ")}` : `did you mean '${meant}'?`;
    throw new ArgumentError(`${call} has no option '${name}': ${hint}`);
  }
}

/** Returns the name most similar to `text`; undefined if none is similar. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(text.length / 3));
  let best: string | undefined;
  let least = most + 1;
  for (const name of names) {
    const far = distance(text.toLowerCase(), name.toLowerCase());
    if (far < least) [best, least] = [name, far];
  }
  return best;
}

/** Number of letters to add, remove, change or swap. */
function distance(from: string, to: string): number {
  const rows = Array.from({ length: from.length + 1 }, (_, index) => [index]);
  rows[0] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      const exchanged = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (exchanged) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[from.length][to.length];
}
