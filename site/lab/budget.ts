/** What a script may use: steps of the interpreter, memory, and the depth of its calls. */
import { ScriptError } from "./values.ts";

/** Evaluated nodes of the syntax tree, of all workers together. */
const MAX_NODES = 200_000;
/** Elements of arrays and objects, and characters of strings, that a script makes: freed ones count too. */
const MAX_CELLS = 200_000;
const MAX_DEPTH = 60;

export class Budget {
  #nodes = 0;
  #cells = 0;

  spend(line: number): void {
    if (++this.#nodes > MAX_NODES) throw new ScriptError("limit", "the script does not end", line);
  }

  allocate(cells: number, line: number): void {
    this.#cells += cells;
    if (this.#cells > MAX_CELLS) throw new ScriptError("limit", "the script uses too much memory", line);
  }

  /** The depth of calls, of one worker. */
  check(depth: number, line: number): void {
    if (depth > MAX_DEPTH) throw new ScriptError("limit", "functions call each other without end", line);
  }
}
