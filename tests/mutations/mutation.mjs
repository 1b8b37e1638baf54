/**
 * One way to break a rule on purpose: in `file`, the text `from`, which stands there once, becomes `to`.
 *
 * @typedef {{ file: string, from: string, to: string }} Edit
 * @typedef {Edit & { rule: number, breaks: string, and?: Edit }} Mutation
 * `rule`: its number. `breaks`: what the mutant does in its place. `and`: a second edit.
 */
import { registration } from "./registration.mjs";
import { triggers } from "./triggers.mjs";
import { waits } from "./waits.mjs";

export const RULES = 18;

/** @type {readonly Mutation[]} */
export const mutations = [...registration, ...triggers, ...waits].sort((one, other) => one.rule - other.rule);

/**
 * The sources that a mutation changes, by file, as it leaves them. `read`: the text of a file. Throws where what it changes
 * is not there, or there twice.
 */
export function mutate(
  /** @type {Mutation} */ { and, rule, breaks, ...first },
  /** @type {(file: string) => string} */ read,
) {
  /** @type {Map<string, string>} */
  const changed = new Map();
  for (const { file, from, to } of and === undefined ? [first] : [first, and]) {
    const text = changed.get(file) ?? read(file);
    const found = text.split(from).length - 1;
    if (found !== 1) {
      const shown = `${file} has ${found} times, and not once:\n${from}`;
      throw new Error(`rule ${rule} (${breaks}): ${shown}\nThe mutation has to follow the source.`);
    }
    changed.set(
      file,
      text.replace(from, () => to),
    );
  }
  return changed;
}
