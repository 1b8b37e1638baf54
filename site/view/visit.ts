/** Which lesson is open, and the address that says so: the lesson, the session and its step. */
import { batch, effect, signal } from "@preact/signals";
import { LESSONS } from "../lessons/index.ts";
import type { Lesson } from "../lessons/lesson.ts";
import { Session, SessionError } from "../session/session.ts";
import { formatPlace, parsePlace } from "./address.ts";
import { engine, loadEngine } from "./laboratory.ts";
import { sentenceOf } from "./names.ts";
import { announcement, barrier, playing, problem, session, show, snapshot } from "./stage-state.ts";
import { words } from "./words.ts";

const IDS = LESSONS.map(({ id }) => id);
const SANDBOX = LESSONS.at(-1)!;
/** Browsers limit how often an address may change. */
const ADDRESS_DELAY_MS = 300;

export const lesson = signal<Lesson>(LESSONS[0]);

/** What the page says about its own doings, for some seconds. */
export const notice = signal("");
const NOTICE_MS = 5000;

/** Loads the engine, opens what the address names, and follows the address from then on. */
export async function begin(): Promise<void> {
  try {
    await loadEngine();
  } catch {
    problem.value = "engine";
    return;
  }
  await visit(location.hash);
  addEventListener("hashchange", () => {
    if (location.hash !== written) void visit(location.hash);
  });
}

async function visit(fragment: string): Promise<void> {
  const place = parsePlace(fragment, IDS);
  const next = LESSONS.find(({ id }) => id === place?.lesson) ?? LESSONS[0];
  problem.value = place === undefined ? "address" : undefined;
  if (place?.session !== undefined && (await reopen(next, place.session))) return;
  await open(next);
}

/** Opens a session that an address holds. */
async function reopen(next: Lesson, text: string): Promise<boolean> {
  try {
    const opened = await Session.open(engine(), Session.decode(text));
    batch(() => {
      lesson.value = next;
      barrier.value = undefined;
      show(opened);
    });
    return true;
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    problem.value = error.code === "version" ? "version" : "address";
    return false;
  }
}

/** Opens a lesson at its question. */
async function open(next: Lesson, network = next.network): Promise<void> {
  const opened = await Session.open(engine(), network);
  for (const action of next.actions) opened.act(action);
  await opened.goTo(next.ask);
  batch(() => {
    lesson.value = next;
    barrier.value = next.ask < next.actions.length ? next.ask : undefined;
    show(opened);
  });
}

/** The same session with another seed for the network. */
export function reseed(seed: number): void {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) void open(lesson.value, { ...lesson.value.network, seed });
}

/** The sandbox takes the lesson's session as it is. */
export function goOnInSandbox(): void {
  batch(() => {
    lesson.value = SANDBOX;
    barrier.value = undefined;
    playing.value = false;
  });
  scrollTo(0, 0);
}

let written = "";

function writeAddress(): void {
  if (session.value === undefined) return;
  written = formatPlace({ lesson: lesson.value.id, session: session.value.encode() });
  history.replaceState(null, "", written);
}

/** Copies the address. */
export async function share(): Promise<void> {
  writeAddress();
  try {
    await navigator.clipboard.writeText(location.href);
    announcement.value = words.value.shared;
  } catch {
    announcement.value = words.value.shareByHand;
  }
  notice.value = announcement.value;
  setTimeout(() => (notice.value = ""), NOTICE_MS);
}

effect(() => {
  if (snapshot.value === undefined || lesson.value === undefined) return;
  const timer = setTimeout(writeAddress, ADDRESS_DELAY_MS);
  return () => clearTimeout(timer);
});

effect(() => {
  const present = snapshot.value;
  if (present === undefined) return;
  const entry = present.log.at(-1);
  const what = entry === undefined ? words.value.time.start : sentenceOf(entry, words.value);
  announcement.value = words.value.time.at(present.step, present.steps, what);
});

effect(() => {
  document.title = words.value.title;
});
