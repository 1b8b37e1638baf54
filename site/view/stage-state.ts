/** What the stage shows: the session at its present step, the choice of a descriptor and of a field, and whether it plays. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Action, Outcome } from "../session/actions.ts";
import type { Session } from "../session/session.ts";
import { letOthersRun } from "../session/slices.ts";
import type { Snapshot } from "../session/snapshot.ts";

export type StagePane = "sockets" | "instance" | "memory" | "code" | "log";

/** A field of a structure in linear memory, by its address. */
export interface ChosenField {
  readonly region: number;
  readonly offset: number;
}

export const SPEEDS = { slow: 1600, normal: 800, fast: 250 } as const;
export type Speed = keyof typeof SPEEDS;

export const session = signal<Session | undefined>(undefined);
export const snapshot = signal<Snapshot | undefined>(undefined);
/** The descriptor that all panes highlight. */
export const chosen = signal<number | undefined>(undefined);
export const field = signal<ChosenField | undefined>(undefined);
/** The field under the pointer or the focus. */
export const pointed = signal<ChosenField | undefined>(undefined);
/** The pane that a phone shows. */
export const tab = signal<StagePane>("instance");
export const speed = signal<Speed>("normal");
export const playing = signal(false);
/** While a lesson's question is open, the stage stops before this step. */
export const barrier = signal<number | undefined>(undefined);
/** The last thing that a screen reader hears. */
export const announcement = signal("");

/** What is wrong with the page or its session: a key of the dictionary's `problems`. */
export type Problem = "address" | "version" | "engine" | "full";
export const problem = signal<Problem | undefined>(undefined);
/** Errors of a session that has no room for the action. */
const FULL = ["EOVERFLOW", "ENOMEM", "EMFILE", "ENFILE"];

export const lastStep = computed(() => Math.min(snapshot.value?.steps ?? 0, barrier.value ?? Number.POSITIVE_INFINITY));

/** Shows a session at its present step. */
export function show(next: Session): void {
  batch(() => {
    playing.value = false;
    session.value = next;
    snapshot.value = next.snapshot();
    chosen.value = undefined;
    field.value = undefined;
    pointed.value = undefined;
  });
}

/** Does something at the present step. The steps after it are gone. */
export function act(action: Action): Outcome | undefined {
  const present = session.value;
  if (present === undefined) return undefined;
  playing.value = false;
  const outcome = present.act(action);
  problem.value = FULL.includes(outcome.errno ?? "") ? "full" : undefined;
  snapshot.value = present.snapshot();
  return outcome;
}

let wanted: number | undefined;
let going = false;
/** The step of the newest wish, while a replay runs. */
let aim: number | undefined;

/** The step that is shown, or will be when all wishes are fulfilled: a second press of a key goes on from the first. */
export const aimedStep = (): number => aim ?? snapshot.value?.step ?? 0;

/** Shows another step. While a replay runs, only the newest wish is kept: a drag makes many. */
export async function goTo(step: number): Promise<void> {
  wanted = Math.max(0, Math.min(step, lastStep.value));
  aim = wanted;
  if (going) return;
  going = true;
  try {
    while (wanted !== undefined) {
      // The browser draws the effect of the click before the replay.
      await letOthersRun();
      const present: Session | undefined = session.value;
      const target: number = Math.min(wanted, lastStep.value);
      wanted = undefined;
      if (present === undefined) return;
      const reached = await present.goTo(target);
      if (session.value === present) snapshot.value = reached;
    }
  } finally {
    going = false;
    aim = undefined;
  }
}

/** The next step, from the present one, at which a wait reports something; the last step if none does. */
export function nextReport(): number {
  const found = session.value!.find(1, ({ outcome }) => (outcome.events?.length ?? 0) > 0);
  return found < 0 ? lastStep.value : found;
}

// Playing is one timer for each step: a step that is late does not make the next ones hurry.
effect(() => {
  if (!playing.value || snapshot.value === undefined) return;
  const { step } = snapshot.value;
  if (step >= lastStep.value) {
    playing.value = false;
    return;
  }
  const timer = setTimeout(() => void goTo(step + 1), SPEEDS[speed.value]);
  return () => clearTimeout(timer);
});
