/** Opens the story of `--explain`. */
import { Story } from "../../../wasi-host/internal-story.ts";
import type { ExplainPlan } from "../explain.ts";
import { Narrator } from "./narrator.ts";

/** A story that writes to `write`. */
export function openStory({ format, columns, coloured }: ExplainPlan, write: (text: string) => void): Story {
  if (format === "text") return new Story(new Narrator(columns, coloured, write));
  return new Story({ tell: (event) => write(`${JSON.stringify(event)}\n`) });
}
