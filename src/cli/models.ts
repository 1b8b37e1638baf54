/** `pollux models`: the five I/O models on one slow sender, as their programs have measured them. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Timeline, timeline } from "./models/activities.ts";
import { MODELS } from "./models/catalogue.ts";
import { comparison } from "./models/comparison.ts";
import { type Bundle, record } from "./models/recording.ts";
import type { Pace } from "./models/slow-sender.ts";
import { TerminalTimelines } from "./models/terminal.ts";
import { toText } from "./table.ts";

export interface ModelsOptions {
  /** A file for the picture. */
  svg?: string;
}

/** dist/cli.js, and the programs beside it, where the build puts them. */
const BUNDLE: Bundle = { cli: fileURLToPath(import.meta.url), programs: new URL("programs/", import.meta.url) };

const PACE: Pace = { messages: 3, size: 65_536, interval: 100 };

/** Runs all models, one after the other: each has the machine for itself. Returns the exit status. */
export async function models({ svg }: ModelsOptions): Promise<number> {
  const draw = svg === undefined ? undefined : await loadPicture();
  const { stdout } = process;
  const lines = new TerminalTimelines(PACE, stdout.columns ?? 100, stdout.isTTY && stdout.hasColors());
  const say = (text: string) => stdout.write(`${text}\n`);
  say(
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
  say(`\nPhase 1 is waiting for the data, phase 2 copying it into the program's memory.\n`);
  say(toText(comparison(timelines)));
  say("\nA recv that sleeps counts as copying from the moment its data was sent: being woken is part of that.");
  if (svg !== undefined && draw !== undefined) await save(svg, await draw(timelines, PACE));
  return 0;
}

/** The picture needs packages that nothing else does, so it is loaded only when it is asked for. */
async function loadPicture() {
  try {
    return (await import("./models/picture.ts")).picture;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error("--svg needs the packages vega and vega-lite: npm install vega@5 vega-lite@5", { cause: error });
  }
}

async function save(path: string, svg: string): Promise<void> {
  await writeFile(path, svg).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot write '${path}': ${error.code}; give a file in a directory that exists`);
  });
}
