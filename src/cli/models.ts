/** `pollux models`: runs the five I/O models against a slow sender and compares their measurements. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { STDOUT, writeWhole } from "../../wasi-host/internal-start.ts";
import { type Timeline, timeline } from "./models/activities.ts";
import { MODELS } from "./models/catalogue.ts";
import { COLUMNS, comparison } from "./models/comparison.ts";
import { type Bundle, record } from "./models/recording.ts";
import type { Pace } from "./models/slow-sender.ts";
import { TerminalTimelines } from "./models/terminal.ts";
import { joined } from "./paragraph.ts";
import { toText } from "./table.ts";

export interface ModelsOptions {
  /** File for the picture. */
  svg?: string;
}

/** dist/cli.cjs and the programs beside it. */
const BUNDLE: Bundle = {
  cli: fileURLToPath(new URL("cli.cjs", import.meta.url)),
  programs: new URL("programs/", import.meta.url),
};

/** Columns of a line if the output is not a terminal. */
const COLUMNS_OF_A_PIPE = 80;

const PACE: Pace = { messages: 3, size: 65_536, interval: 100 };

/** Runs the models one after the other, so that each has the machine to itself. Returns the exit status. */
export async function models({ svg }: ModelsOptions): Promise<number> {
  const draw = svg === undefined ? undefined : await loadPicture();
  const { stdout } = process;
  const columns = stdout.columns ?? COLUMNS_OF_A_PIPE;
  const lines = new TerminalTimelines(PACE, columns, stdout.isTTY && stdout.hasColors());
  const say = (text: string) => void writeWhole(STDOUT, `${text}\n`);
  const explain = (text: string) => say(joined(text.split(" "), columns));
  explain(
    `${PACE.messages} messages of ${PACE.size / 1024} KiB, ${PACE.interval} ms apart, over 127.0.0.1 to a program of each model.`,
  );
  say(`${lines.legend()}\n`);
  const timelines: Timeline[] = [];
  for (const [index, model] of MODELS.entries()) {
    if (model.senders !== MODELS[index - 1]?.senders) say(lines.sent(model.senders));
    const line = timeline(await record(model, PACE, BUNDLE));
    say(lines.row(line));
    timelines.push(line);
  }
  say(`\nPhase 1: wait for the data. Phase 2: copy it into the program's memory.\n`);
  say(`${toText(comparison(timelines))}\n`);
  explain(COLUMNS);
  explain("A recv that sleeps counts as copying from the moment the data was sent, so copying includes the wakeup.");
  if (svg !== undefined && draw !== undefined) await save(svg, await draw(timelines, PACE));
  return 0;
}

/** Loads the packages that only the picture needs. */
async function loadPicture() {
  try {
    return (await import("./models/picture.ts")).picture;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error("--svg needs the packages vega and vega-lite: npm install vega@5 vega-lite@5", { cause: error });
  }
}

async function save(path: string, svg: string): Promise<void> {
  await writeFile(path, svg).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot write '${path}': ${error.code}; give a file in a directory that exists`);
  });
}
