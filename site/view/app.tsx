/** The whole page. */
import { signal } from "@preact/signals";
import { type ComponentChildren, render } from "preact";
import { useEffect, useErrorBoundary, useRef } from "preact/hooks";
import type { Lesson } from "../lessons/contract.ts";
import { LESSONS } from "../lessons/index.ts";
import { later } from "./later.tsx";
import { Lead, Moments, Question, Reading } from "./lesson.tsx";
import { LinuxAnswers } from "./linux.tsx";
import { chooseLanguage, chooseMotion, chooseTheme, language, motion, theme } from "./preferences.ts";
import { Stage } from "./stage.tsx";
import { announcement, problem, type StagePane, snapshot } from "./stage-state.ts";
import { Timeline } from "./timeline.tsx";
import { useTurns } from "./turns.ts";
import { asking, isOwn, isRun, lesson, notice, RUN, reseed, share } from "./visit.ts";
import { chapters, words } from "./words.ts";

const Costs = later(async () => (await import("./benches.ts")).Costs);
const Exercises = later(async () => (await import("./benches.ts")).Exercises);
const Models = later(async () => (await import("./benches.ts")).Models);
const Run = later(async () => (await import("./benches.ts")).Run);

const STAGE_PANES: readonly string[] = ["sockets", "instance", "memory", "code", "log"] satisfies StagePane[];

function Top() {
  const text = words.value;
  const other = language.value === "en" ? "zh" : "en";
  const dark = theme.value === "dark";
  return (
    <header class="top">
      <p class="brand">
        <span class="mark" aria-hidden="true" />
        <b>Pollux</b> <span class="claim">{text.claim}</span>
      </p>
      <button type="button" class="plain" lang={other} onClick={() => chooseLanguage(other)}>
        {text.otherLanguage}
      </button>
      <button
        type="button"
        class="plain icon"
        aria-pressed={!motion.value}
        aria-label={motion.value ? text.motion.on : text.motion.off}
        title={motion.value ? text.motion.on : text.motion.off}
        onClick={() => chooseMotion(!motion.value)}
      >
        <svg viewBox="0 0 18 18" aria-hidden="true">
          {motion.value ? <path d="M2 5h9M2 9h13M2 13h7" /> : <path d="M5 4v10M13 4v10" />}
        </svg>
      </button>
      <button
        type="button"
        class="plain icon"
        aria-label={dark ? text.theme.light : text.theme.dark}
        title={dark ? text.theme.light : text.theme.dark}
        onClick={() => chooseTheme(dark ? "light" : "dark")}
      >
        <svg viewBox="0 0 18 18" aria-hidden="true">
          {dark ? (
            <path d="M9 6a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM9 1v2M9 15v2M1 9h2M15 9h2M3.5 3.5 5 5M13 13l1.5 1.5M14.5 3.5 13 5M5 13l-1.5 1.5" />
          ) : (
            <path d="M14 11A6.5 6.5 0 0 1 7 3a6.5 6.5 0 1 0 7 8z" />
          )}
        </svg>
      </button>
      <a class="button-link" href={RUN} aria-current={isRun.value ? "page" : undefined}>
        {text.openRun}
      </a>
      {!isRun.value && (
        <button type="button" onClick={() => void share()}>
          {text.share}
        </button>
      )}
    </header>
  );
}

function Lessons() {
  const titles = chapters.value;
  const list = useRef<HTMLElement>(null);
  const { id: current } = lesson.value;
  // A phone shows a part of the list. The effect runs after the layout, so that it forces none.
  useEffect(() => {
    const link = list.current!.querySelector<HTMLElement>("[aria-current]");
    if (link !== null) list.current!.scrollLeft = link.offsetLeft - (list.current!.clientWidth - link.clientWidth) / 2;
  }, [current, titles]);
  return (
    <nav class="lessons" ref={list} aria-label={words.value.lessons}>
      {LESSONS.map(({ id, chapter }, index) => (
        <a key={id} href={`#${id}`} aria-current={current === id && !isRun.value ? "page" : undefined}>
          <span class="number">{index + 1}</span>
          {titles?.[chapter]?.title}
        </a>
      ))}
    </nav>
  );
}

function Problem() {
  if (problem.value === undefined) return null;
  return (
    <div class="problem" role="alert">
      <p>{words.value.problems[problem.value]}</p>
      <button type="button" onClick={() => (problem.value = undefined)}>
        {words.value.problems.dismiss}
      </button>
    </div>
  );
}

function Foot({ current }: { current: Lesson }) {
  const index = LESSONS.indexOf(current);
  const [before, after] = [LESSONS[index - 1], LESSONS[index + 1]];
  const title = ({ chapter }: Lesson) => chapters.value![chapter].title;
  return (
    <footer class="foot">
      <p>{words.value.footer}</p>
      <p>
        <a href={RUN}>{words.value.openRun}</a>
      </p>
      <p>
        {before !== undefined && (
          <a href={`#${before.id}`}>
            {words.value.previous}: {title(before)}
          </a>
        )}
        {before !== undefined && after !== undefined && " · "}
        {after !== undefined && (
          <a href={`#${after.id}`}>
            {words.value.next}: {title(after)}
          </a>
        )}
      </p>
    </footer>
  );
}

/** Whether pieces of the lesson are still missing. */
const drawing = signal(true);

function Body({ current }: { current: Lesson }) {
  const panes = current.panes.filter((pane): pane is StagePane => STAGE_PANES.includes(pane));
  // What the reader looks at first is drawn first.
  const pieces = ["words", "timeline", "bench", ...panes, "costs", "reading", "foot"] as const;
  const turn = useTurns(pieces.length);
  const isDrawn = (piece: (typeof pieces)[number]) => turn > pieces.indexOf(piece);
  useEffect(() => {
    drawing.value = turn < pieces.length;
  }, [turn, pieces.length]);
  const chapter = chapters.value?.[current.chapter];
  if (chapter === undefined || snapshot.value === undefined) return null;
  return (
    <>
      <div class={asking.value ? "lesson asking" : "lesson"}>
        <Lead chapter={chapter} />
        {asking.value && <Question lesson={current} chapter={chapter} />}
      </div>
      {isDrawn("timeline") && isOwn.value && <Moments lesson={current} />}
      {isDrawn("timeline") && isOwn.value && <LinuxAnswers lesson={current} />}
      {isDrawn("bench") && current.panes.includes("repair") && (
        <section class="pane bench" aria-label={words.value.headings.repair}>
          <h2>{words.value.headings.repair}</h2>
          <div class="inside">
            <Exercises />
          </div>
        </section>
      )}
      {isDrawn("bench") && current.panes.includes("models") && (
        <section class="pane bench" aria-label={words.value.headings.models}>
          <h2>{words.value.headings.models}</h2>
          <div class="inside">
            <Models />
          </div>
        </section>
      )}
      {panes.length > 0 && isDrawn(panes[0]) && <Stage panes={panes} drawn={panes.filter(isDrawn)} />}
      {isDrawn("costs") && current.panes.includes("costs") && (
        <section class="pane bench" aria-label={words.value.headings.costs}>
          <h2>{words.value.headings.costs}</h2>
          <div class="inside">
            <Costs />
          </div>
        </section>
      )}
      {isDrawn("reading") && <Reading chapter={chapter} />}
      {isDrawn("foot") && <Foot current={current} />}
      {isDrawn("timeline") && panes.length > 0 && <Timeline onSeed={reseed} />}
    </>
  );
}

/** An error of the page itself is shown, not swallowed. */
function Boundary({ children }: { children: ComponentChildren }) {
  const [error] = useErrorBoundary();
  return error === undefined ? children : <pre class="problem">{String(error.stack ?? error)}</pre>;
}

function App() {
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("stage")?.focus()}>
        {words.value.skip}
      </button>
      <Top />
      <Lessons />
      <main aria-busy={!isRun.value && drawing.value}>
        <Problem />
        <Boundary>
          {isRun.value ? <Run home={`#${lesson.value.id}`} /> : <Body key={lesson.value.id} current={lesson.value} />}
        </Boundary>
      </main>
      {notice.value !== "" && <p class="toast">{notice.value}</p>}
      <p class="hidden" role="status">
        {announcement.value}
      </p>
    </>
  );
}

export { begin } from "./visit.ts";

/** Draws the page in place of what index.html has shown. */
export function draw(page: HTMLElement): void {
  page.replaceChildren();
  render(<App />, page);
}
