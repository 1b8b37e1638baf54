/** The run that the reader has opened: its story, and the step that is shown. It is never a part of the address. */
import { computed, effect, signal } from "@preact/signals";
import { readStory, type Story, StoryError } from "../story/reader.ts";
import { RUN_WORDS } from "../text/runs.ts";
import { language } from "./preferences.ts";
import { sentenceOf } from "./run-names.ts";
import { announcement } from "./stage-state.ts";
import { words } from "./words.ts";

export const runWords = computed(() => RUN_WORDS[language.value]);

export const story = signal<Story | undefined>(undefined);
/** Number of steps that have happened: 1 is the start. */
export const step = signal(1);
/** What is wrong with the text that was to be opened. */
export const fault = signal<StoryError | "unreadable" | undefined>(undefined);

export function openText(source: string): void {
  try {
    story.value = readStory(source);
    step.value = 1;
    fault.value = undefined;
  } catch (error) {
    if (!(error instanceof StoryError)) throw error;
    fault.value = error;
  }
}

/** Reads the file here: it is sent nowhere. */
export async function openFile(file: Blob): Promise<void> {
  let source: string;
  try {
    source = await file.text();
  } catch {
    fault.value = "unreadable";
    return;
  }
  openText(source);
}

export function showStep(wanted: number): void {
  step.value = Math.max(1, Math.min(wanted, story.value?.steps.length ?? 1));
}

/** The next step that reports something; the last one if none does. */
export function nextReport(): number {
  const { steps } = story.value!;
  const found = steps.findIndex(
    (one, index) => index >= step.value && one.event === "epoll_wait" && one.reported.length > 0,
  );
  return found < 0 ? steps.length : found + 1;
}

effect(() => {
  if (story.value === undefined) return;
  const { steps } = story.value;
  announcement.value = words.value.time.at(step.value, steps.length, sentenceOf(steps[step.value - 1]));
});
