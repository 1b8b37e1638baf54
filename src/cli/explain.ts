/** `--explain`: its format and width. A run without it loads nothing of the story (`explain/open-story.ts`). */
import { hasColours } from "./colours.ts";

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
