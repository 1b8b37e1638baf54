/** Which lesson is open, and the address that says so: the lesson, the session and its step. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Lesson } from "../lessons/contract.ts";
import { LESSONS } from "../lessons/index.ts";
import { Session, SessionError } from "../session/session.ts";
import { Slices } from "../session/slices.ts";
import { formatPlace, parsePlace } from "./address.ts";
import { answered } from "./answers.ts";
import { engine } from "./laboratory.ts";
import { sentenceOf } from "./names.ts";
import { announcement, barrier, type Problem, playing, problem, session, show, snapshot } from "./stage-state.ts";
import { words } from "./words.ts";

const IDS = LESSONS.map(({ id }) => id);
const SANDBOX = LESSONS.at(-1)!;
/** Browsers limit how often an address may change. */
const ADDRESS_DELAY_MS = 300;

export const lesson = signal<Lesson>(LESSONS[0]);

/** The address of the view for a run that the reader opens. It names no file: a file stays with the reader. */
export const RUN = "#run";
/** Whether that view is shown, in place of a lesson. */
export const isRun = signal(false);

/** What the page says about its own doings, for some seconds. */
export const notice = signal("");
const NOTICE_MS = 5000;

/** Opens what the address names as soon as the engine is there, and follows the address from then on. */
export async function begin(loaded: Promise<boolean>): Promise<void> {
  if (!(await loaded)) {
    problem.value = "engine";
    return;
  }
  await visit(location.hash);
  addEventListener("hashchange", () => {
    if (location.hash === address) return;
    scrollTo(0, 0);
    void visit(location.hash);
  });
}

let visits = 0;
/** The address as it was last visited or written. */
let address = "";

/** Opens what the address names. If another is asked for meanwhile, that one is shown. */
async function visit(fragment: string): Promise<void> {
  const mine = ++visits;
  address = fragment;
  isRun.value = fragment === RUN;
  if (isRun.value) {
    playing.value = false;
    return;
  }
  const place = parsePlace(fragment, IDS);
  const next = LESSONS.find(({ id }) => id === place?.lesson) ?? LESSONS[0];
  const [opened, wrong] = await sessionOf(next, place?.session);
  if (mine !== visits) return;
  problem.value = place === undefined ? "address" : wrong;
  enter(next, opened);
}

/** The session that an address holds; without a good one, that of the lesson, and why. */
async function sessionOf(next: Lesson, text: string | undefined): Promise<[Session, Problem?]> {
  if (text === undefined) return [await own(next)];
  try {
    return [await Session.open(engine(), Session.decode(text))];
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return [await own(next), error.code === "version" ? "version" : "address"];
  }
}

/** A lesson's own session, at its question. */
async function own(next: Lesson, network = next.network): Promise<Session> {
  const opened = await Session.open(engine(), network);
  const slices = new Slices();
  for (const action of next.actions) {
    opened.act(action);
    if (slices.over) await slices.next();
  }
  await opened.goTo(next.ask);
  return opened;
}

function enter(next: Lesson, opened: Session): void {
  batch(() => {
    lesson.value = next;
    show(opened);
    asking.value = isOwn.value;
    barrier.value = isOwn.value && opened.step <= next.ask && !answered(next.id) ? next.ask : undefined;
  });
}

/** A session keeps events as unsigned numbers; in JavaScript, `EPOLLIN | EPOLLET` is negative. */
const unsigned = (_key: string, value: unknown) => (typeof value === "number" ? value >>> 0 : value);

/** Whether the lesson was opened with its own session: its question is about nothing else. */
export const asking = signal(true);

/** Whether the steps are those of the lesson, and not what a reader has done since. */
export const isOwn = computed(() => {
  const { actions } = lesson.value;
  const [present] = [session.value, snapshot.value];
  if (present === undefined) return false;
  const done = present.steps.filter(({ action }) => action.call !== "wake").map(({ action }) => action);
  return done.length === actions.length && JSON.stringify(done, unsigned) === JSON.stringify(actions, unsigned);
});

/** The same session with another seed for the network. */
export function reseed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) return;
  const { value } = lesson;
  void own(value, { ...value.network, seed }).then((opened) => enter(value, opened));
}

/** Runs the lesson past its question. */
export async function runOn(): Promise<void> {
  if (!isOwn.value) enter(lesson.value, await own(lesson.value));
  barrier.value = undefined;
  playing.value = true;
}

/** Goes back to the lesson's question. */
export async function askAgain(): Promise<void> {
  enter(lesson.value, await own(lesson.value));
}

/** The sandbox takes the lesson's session as it is. */
export function goOnInSandbox(): void {
  batch(() => {
    lesson.value = SANDBOX;
    asking.value = false;
    barrier.value = undefined;
    playing.value = false;
  });
  scrollTo(0, 0);
}

/** Not if the address is another already: the reader has followed a link, of which `hashchange` tells later. */
function writeAddress(): void {
  if (session.value === undefined || isRun.value || location.hash !== address) return;
  address = formatPlace({ lesson: lesson.value.id, session: session.value.encode() });
  history.replaceState(null, "", address);
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
  if (snapshot.value === undefined || lesson.value === undefined || isRun.value) return;
  const timer = setTimeout(writeAddress, ADDRESS_DELAY_MS);
  return () => clearTimeout(timer);
});

effect(() => {
  const present = snapshot.value;
  if (present === undefined || isRun.value) return;
  const entry = present.log.at(-1);
  const what = entry === undefined ? words.value.time.start : sentenceOf(entry, words.value);
  announcement.value = words.value.time.at(present.step, present.steps, what);
});

effect(() => {
  document.title = words.value.title;
});
