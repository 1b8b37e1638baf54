/** `--explain`: opens the story's output. */
import { Story } from "../../wasi-host/internal-node.ts";
import { hasColours } from "./colours.ts";
import { Narrator } from "./explain/narrator.ts";

/** Columns of a line if the output is no terminal. */
const COLUMNS_OF_A_PIPE = 80;
const FORMATS = ["text", "json"] as const;

/** As plain data, which can be passed to another thread. */
export interface ExplainPlan {
  readonly format: (typeof FORMATS)[number];
  readonly file?: string;
  readonly columns: number;
  readonly coloured: boolean;
}

/**
 * Parses --explain; undefined if it is not given.
 *
 * @param text - NUL without a format
 * @throws Error that names an invalid format
 */
export function explainPlan(text: string | undefined, file: string | undefined): ExplainPlan | undefined {
  if (text === undefined) return undefined;
  const format = text === "\0" ? "text" : FORMATS.find((name) => name === text);
  if (format === undefined) throw new Error(`bad --explain '${text}': expected ${FORMATS.join(" or ")}`);
  const { stderr } = process;
  const isTerminal = file === undefined;
  return {
    format,
    file,
    columns: (isTerminal ? stderr.columns : undefined) ?? COLUMNS_OF_A_PIPE,
    coloured: isTerminal && hasColours(stderr),
  };
}

/** A story that writes to `write`. */
export function openStory({ format, columns, coloured }: ExplainPlan, write: (text: string) => void): Story {
  if (format === "text") return new Story(new Narrator(columns, coloured, write));
  return new Story({ tell: (event) => write(`${JSON.stringify(event)}\n`) });
}
