/** A run of the reader's own program, from a file of `pollux run --explain=json`: opened, and stepped through. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { instancesAfter, ofInterest, type StoryInstance } from "../story/instances.ts";
import type { StoryStep } from "../story/reader.ts";
import { useInSight } from "./calls.tsx";
import { askedAndFound, fdText, meaningOf, readinessText, sentenceOf } from "./run-names.ts";
import { fault, nextReport, openFile, openText, runWords, showStep, step, story } from "./run-state.ts";
import { words } from "./words.ts";

const COMMAND = "pollux run --explain=json --explain-file run.json PROGRAM.wasm";
/** Entries of the list of events on each side of the present one, and members of a list of descriptors. */
const AROUND = 150;
const SHOWN = 64;

type Wait = Extract<StoryStep, { event: "epoll_wait" }>;

function Fault() {
  const wrong = fault.value;
  if (wrong === undefined) return null;
  const text = runWords.value;
  const sentence =
    wrong === "unreadable" ? text.unreadable : text.errors[wrong.code](wrong.line ?? 0, wrong.field ?? "");
  return (
    <p class="problem" role="alert">
      {sentence}
    </p>
  );
}

function Opener() {
  const text = runWords.value;
  const field = useRef<HTMLTextAreaElement>(null);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    openText(field.current!.value);
  };
  return (
    <form class="opener pane" onSubmit={onSubmit}>
      <p>
        <code>{COMMAND}</code>
      </p>
      <p class="choose">
        <label class="file">
          {text.choose}
          <input
            type="file"
            accept=".json,.jsonl,.txt,application/json"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file !== undefined) void openFile(file);
              currentTarget.value = "";
            }}
          />
        </label>{" "}
        {text.drop}
      </p>
      <textarea ref={field} rows={5} spellcheck={false} aria-label={text.paste} />
      <div class="more">
        <button type="submit" class="main">
          {text.open}
        </button>
      </div>
      <Fault />
      <p class="empty">{text.privacy}</p>
    </form>
  );
}

function Members({ list, meaning }: { list: readonly string[]; meaning: string }) {
  const text = runWords.value;
  if (list.length === 0) return <span class="empty">{text.empty}</span>;
  return (
    <span class={`members ${meaning}`}>
      {list.slice(0, SHOWN).map((one, index) => (
        // A descriptor can be in a list twice.
        <code key={`${index} ${one}`}>{one}</code>
      ))}
      {list.length > SHOWN && <span class="empty">{text.more(list.length - SHOWN)}</span>}
    </span>
  );
}

function Line({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function whyOf({ why, news, events, inside = [] }: Wait["reported"][number]): string {
  const said = runWords.value.why[why](news ?? events);
  return inside.length === 0 ? said : `${said} (${inside.slice(0, SHOWN).map(fdText).join(" ")})`;
}

function Reasons({ wait }: { wait: Wait }) {
  const text = runWords.value;
  const { reported, omitted } = wait;
  return (
    <>
      <h3>{text.reported}</h3>
      {reported.length === 0 && <p class="empty">{text.nothing}</p>}
      <ul class="reasons">
        {reported.slice(0, SHOWN).map((one, index) => (
          <li key={`${index} ${one.fd}`}>
            <i class="sign delivered" />
            <p>
              <code>{readinessText(one)}</code>{" "}
              {text.reason(text.triggers[one.trigger], whyOf(one), text.becomes[one.trigger])}
            </p>
          </li>
        ))}
        {reported.length > SHOWN && <li class="empty">{text.more(reported.length - SHOWN)}</li>}
      </ul>
      {omitted.length > 0 && (
        <>
          <h3>{text.omitted}</h3>
          <ul class="reasons">
            {omitted.slice(0, SHOWN).map((one, index) => (
              <li key={`${index} ${one.fd}`}>
                <i class="sign asleep" />
                <p>
                  <code>{fdText(one.fd)}</code>{" "}
                  {text.exception(text.whyNot[one.why], one.news && text.why.woken(one.news))}
                </p>
              </li>
            ))}
            {omitted.length > SHOWN && <li class="empty">{text.more(omitted.length - SHOWN)}</li>}
          </ul>
        </>
      )}
      <p class="empty">{text.others(wait.asleep, wait.silenced)}</p>
    </>
  );
}

function Slept({ slept }: { slept: number }) {
  const text = runWords.value;
  return <p>{slept === 0 ? text.noSleep : text.slept(words.value.ms(slept))}</p>;
}

/** What the present event says beside its line. */
function Details({ one }: { one: StoryStep }) {
  const text = runWords.value;
  switch (one.event) {
    case "start":
      return <p>{text.starts}</p>;
    case "exit":
      return <p>{text.exits(one.status)}</p>;
    case "unknown":
      return <p>{text.unknown}</p>;
    case "asleep":
      return (
        <>
          <p>{text.fallsAsleep}</p>
          {one.unread.length > 0 && (
            <p class="warning">{text.unread(one.unread.slice(0, SHOWN).map(fdText).join(" "))}</p>
          )}
        </>
      );
    case "epoll_ctl":
      if (typeof one.result === "string" || one.op === "DEL") return null;
      return <p>{one.queued ? text.queued : text.notQueued}</p>;
    case "epoll_wait":
      return (
        <>
          <Slept slept={one.slept} />
          {typeof one.result === "string" && <p class="warning">{text.failed(one.result)}</p>}
          <dl class="lists">
            <Line label={text.before}>
              <Members list={one.before.map(fdText)} meaning="ready" />
            </Line>
            <Line label={text.woken}>
              <Members list={one.wakeups.map(readinessText)} meaning="data" />
            </Line>
            <Line label={text.after}>
              <Members list={one.after.map(fdText)} meaning="ready" />
            </Line>
          </dl>
          <Reasons wait={one} />
        </>
      );
    case "poll":
    case "select":
    case "poll_oneoff":
    case "pollables": {
      const { asked, found } = askedAndFound(one)!;
      return (
        <>
          <Slept slept={one.slept} />
          <dl class="lists">
            <Line label={text.waitsFor}>
              <Members list={asked} meaning="interest" />
            </Line>
            <Line label={text.found}>
              <Members list={found} meaning="delivered" />
            </Line>
          </dl>
        </>
      );
    }
    default:
      return null;
  }
}

function Events() {
  const { steps } = story.value!;
  const now = step.value;
  const list = useInSight(now);
  const first = Math.max(0, now - 1 - AROUND);
  return (
    <ol class="entries timed" ref={list}>
      {steps.slice(first, now + AROUND).map((one, index) => {
        const at = first + index + 1;
        return (
          <li key={at} class={at === now ? "now" : ""}>
            <button type="button" aria-current={at === now ? "step" : undefined} onClick={() => showStep(at)}>
              <span class="at">{at}</span>
              <time>{words.value.ms(one.t)}</time>
              <i class={`sign ${meaningOf(one)}`} />
              <code>{sentenceOf(one)}</code>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function Instance({ instance }: { instance: StoryInstance }) {
  const text = runWords.value;
  const { epfd, ready, watches } = instance;
  return (
    <section class="run-instance" aria-label={fdText(epfd)}>
      <h3>
        {fdText(epfd)} <small>{words.value.epoll.watches(watches.length)}</small>
      </h3>
      <dl class="lists">
        <Line label={text.ready}>
          <Members list={ready.map(fdText)} meaning="ready" />
        </Line>
      </dl>
      {watches.length === 0 ? (
        <p class="empty">{text.noWatches}</p>
      ) : (
        <Members list={watches.map(readinessText)} meaning="interest" />
      )}
    </section>
  );
}

const MOVES = ["first", "back", "forward", "next"] as const;
const ARROWS: Readonly<Record<(typeof MOVES)[number], string>> = {
  first: "M3 3h2v12H3zM15 3v12L6 9z",
  back: "M13 3v12L4 9z",
  forward: "M5 3v12l9-6z",
  next: "M13 3h2v12h-2zM3 3v12l9-6z",
};

function Steps() {
  const text = words.value.time;
  const { steps } = story.value!;
  const now = step.value;
  const targets = { first: 1, back: now - 1, forward: now + 1, next: nextReport() };
  // Before the first paint: a key that follows at once is heard.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if ((event.target as Element).closest("input, textarea")) return;
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (move === undefined) return;
      showStep(step.value + move);
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <section class="timeline" aria-label={text.label}>
      <div class="inside">
        <div class="controls">
          {MOVES.map((move) => (
            <button
              key={move}
              type="button"
              aria-label={text[move]}
              title={text[move]}
              disabled={move === "first" || move === "back" ? now === 1 : now === steps.length}
              onClick={() => showStep(targets[move])}
            >
              <svg viewBox="0 0 18 18" aria-hidden="true">
                <path d={ARROWS[move]} />
              </svg>
            </button>
          ))}
        </div>
        <div class="track">
          <input
            type="range"
            min={1}
            max={steps.length}
            value={now}
            aria-label={text.label}
            aria-valuetext={text.at(now, steps.length, sentenceOf(steps[now - 1]))}
            onInput={({ currentTarget }) => showStep(Number(currentTarget.value))}
          />
        </div>
        <p class="where">
          <b>
            {now}
            {` ${text.of} `}
            {steps.length}
          </b>{" "}
          <span>{words.value.ms(steps[now - 1].t)}</span>
        </p>
      </div>
    </section>
  );
}

function Opened() {
  const text = runWords.value;
  const { program, level, steps, otherLines, isCut } = story.value!;
  const one = steps[step.value - 1];
  const instances = instancesAfter(steps, step.value);
  const { shown, others } = ofInterest(instances, one);
  return (
    <>
      <div class="run-head">
        <p>
          <code>{program}</code> {text.events(text.told[level], steps.length)}{" "}
          {otherLines > 0 && text.otherLines(otherLines)} {isCut && text.cut}
        </p>
        <button type="button" onClick={() => (story.value = undefined)}>
          {text.another}
        </button>
      </div>
      <Fault />
      <div class="stage" id="stage" tabIndex={-1}>
        <section class="pane run-events" aria-label={text.panes.events}>
          <h2>{text.panes.events}</h2>
          <div class="inside">
            <Events />
          </div>
        </section>
        <section class="pane run-step" aria-label={text.panes.step}>
          <h2>{text.panes.step}</h2>
          <div class="inside">
            <p class="run-line">
              <i class={`sign ${meaningOf(one)}`} />
              <code>{sentenceOf(one)}</code>
            </p>
            <Details one={one} />
          </div>
        </section>
        {level === "engine" && (
          <section class="pane run-instances" aria-label={text.panes.instances}>
            <h2>{text.panes.instances}</h2>
            <div class="inside">
              {instances.length === 0 && <p class="empty">{text.noInstances}</p>}
              {shown.map((instance) => (
                <Instance key={instance.epfd} instance={instance} />
              ))}
              {others > 0 && <p class="empty">{text.otherInstances(others)}</p>}
            </div>
          </section>
        )}
      </div>
      <Steps />
    </>
  );
}

/** A file that is dropped anywhere opens here, and does not replace the page. */
function useDrop(): void {
  useEffect(() => {
    const onOver = (event: DragEvent) => event.preventDefault();
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) void openFile(file);
      else openText(event.dataTransfer?.getData("text/plain") ?? "");
    };
    document.addEventListener("dragover", onOver);
    document.addEventListener("drop", onDrop);
    return () => {
      document.removeEventListener("dragover", onOver);
      document.removeEventListener("drop", onDrop);
    };
  }, []);
}

export function Run({ home }: { home: string }) {
  const text = runWords.value;
  useDrop();
  return (
    <div class="run">
      <div class="lesson">
        <div>
          <h1>{text.title}</h1>
          <p class="lead">{text.lead}</p>
          <p class="lead">
            <a href={home}>{text.back}</a>
          </p>
        </div>
      </div>
      {story.value === undefined ? <Opener /> : <Opened />}
    </div>
  );
}
