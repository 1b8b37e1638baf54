/**
 * One way to break something on purpose: in `file`, the text `from`, which stands there once, becomes `to`.
 *
 * @typedef {{ file: string, from: string, to: string }} Edit
 * @typedef {Edit & { breaks: string, and?: Edit }} Mutation
 * `breaks`: what the mutant does in place of what it should. `and`: a second edit.
 */

/**
 * The sources that a mutation changes, by file, as it leaves them. `read`: the text of a file. Throws where what it changes
 * is not there, or there twice.
 */
export function mutate(
  /** @type {Mutation} */ { and, breaks, ...first },
  /** @type {(file: string) => string} */ read,
) {
  /** @type {Map<string, string>} */
  const changed = new Map();
  for (const { file, from, to } of and === undefined ? [first] : [first, and]) {
    const text = changed.get(file) ?? read(file);
    const found = text.split(from).length - 1;
    if (found !== 1) {
      const shown = `${file} has ${found} times, and not once:\n${from}`;
      throw new Error(`${breaks}: ${shown}\nThe mutation has to follow the source.`);
    }
    changed.set(
      file,
      text.replace(from, () => to),
    );
  }
  return changed;
}
