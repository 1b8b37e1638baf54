/**
 * One way to break a rule on purpose: in `file`, the text `from`, which stands there once, becomes `to`.
 *
 * @typedef {{ from: string, to: string }} Edit
 * @typedef {Edit & { rule: number, breaks: string, file: string, and?: Edit }} Mutation
 * `rule`: its number. `breaks`: what the mutant does in its place. `and`: a second edit of the same file.
 */
import { registration } from "./registration.mjs";
import { triggers } from "./triggers.mjs";
import { waits } from "./waits.mjs";

export const RULES = 18;

/** @type {readonly Mutation[]} */
export const mutations = [...registration, ...triggers, ...waits].sort((one, other) => one.rule - other.rule);

/** The text of a source that a mutation was made to; throws where what it changes is not there, or there twice. */
export function mutate(/** @type {string} */ source, /** @type {Mutation} */ mutation) {
  let text = source;
  for (const { from, to } of mutation.and === undefined ? [mutation] : [mutation, mutation.and]) {
    const found = text.split(from).length - 1;
    if (found !== 1) {
      const shown = `${mutation.file} has ${found} times, and not once:\n${from}`;
      throw new Error(`rule ${mutation.rule} (${mutation.breaks}): ${shown}\nThe mutation has to follow the source.`);
    }
    text = text.replace(from, () => to);
  }
  return text;
}
