/** Steps both ways. It is always in sight. */
import { useEffect } from "preact/hooks";
import { VISIBLE_MS } from "./log.tsx";
import { meaningOf, sentenceOf } from "./names.ts";
import { isNarrow } from "./preferences.ts";
import {
  aimedStep,
  barrier,
  goTo,
  lastStep,
  nextReport,
  playing,
  SPEEDS,
  type Speed,
  session,
  snapshot,
  speed,
} from "./stage-state.ts";
import { words } from "./words.ts";

/** More marks than this would touch each other: on a phone, and on a wider screen. */
const MARKS = { narrow: 30, wide: 80 };

const ICONS = {
  first: "M3 3h2v12H3zM15 3v12L6 9z",
  back: "M13 3v12L4 9z",
  play: "M4 2v14l12-7z",
  pause: "M4 3h4v12H4zM10 3h4v12h-4z",
  forward: "M5 3v12l9-6z",
  next: "M13 3h2v12h-2zM3 3v12l9-6z",
} as const;

function Icon({ name }: { name: keyof typeof ICONS }) {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}

function Button({ name, does, disabled }: { name: keyof typeof ICONS; does: () => void; disabled: boolean }) {
  const label = words.value.time[name];
  return (
    <button
      type="button"
      class={name === "play" || name === "pause" ? "main" : ""}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={does}
    >
      <Icon name={name} />
    </button>
  );
}

function Marks() {
  const { steps } = snapshot.value!;
  const { log } = session.value!;
  const shown = log.slice(0, lastStep.value);
  if (shown.length > MARKS[isNarrow.value ? "narrow" : "wide"]) return <div class="marks" aria-hidden="true" />;
  return (
    <div class="marks" aria-hidden="true" style={{ "--steps": steps }}>
      {shown.map((entry) => (
        <i
          key={entry.step}
          class={`sign ${meaningOf(entry)}`}
          style={{ left: `${(100 * entry.step) / Math.max(steps, 1)}%` }}
        />
      ))}
    </div>
  );
}

export const togglePlay = (): void => {
  if (!playing.value && snapshot.value!.step >= lastStep.value && barrier.value === undefined) {
    void goTo(0).then(() => (playing.value = true));
  } else playing.value = !playing.value;
};

/** Keys that work wherever the focus is in no field of its own: arrows step, Home and End jump. */
function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if ((event.target as Element).closest("input, select, textarea, [contenteditable], [role=tablist]")) return;
      if (snapshot.value === undefined) return;
      if (event.key === "ArrowLeft") void goTo(aimedStep() - 1);
      else if (event.key === "ArrowRight") void goTo(aimedStep() + 1);
      else return;
      playing.value = false;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

export function Timeline({ onSeed }: { onSeed: (seed: number) => void }) {
  const text = words.value.time;
  const present = snapshot.value!;
  const { step, steps, time } = present;
  const last = lastStep.value;
  useKeys();
  const stepTo = (target: number) => {
    playing.value = false;
    void goTo(target);
  };
  const entry = present.log.at(-1);
  const what = entry === undefined ? text.start : sentenceOf(entry, words.value);
  return (
    <section class="timeline" aria-label={text.label}>
      <div class="inside">
        <div class="controls">
          <Button name="first" disabled={step === 0} does={() => stepTo(0)} />
          <Button name="back" disabled={step === 0} does={() => stepTo(aimedStep() - 1)} />
          <Button name={playing.value ? "pause" : "play"} disabled={last === 0} does={togglePlay} />
          <Button name="forward" disabled={step >= last} does={() => stepTo(aimedStep() + 1)} />
          <Button name="next" disabled={step >= last} does={() => stepTo(nextReport())} />
        </div>
        <div class="track">
          <input
            type="range"
            min={0}
            max={Math.max(steps, 1)}
            value={step}
            aria-label={text.label}
            aria-valuetext={text.at(step, steps, what)}
            onInput={({ currentTarget }) => stepTo(Number(currentTarget.value))}
          />
          <Marks />
        </div>
        <p class="where">
          <b>
            {step}
            {` ${text.of} `}
            {steps}
          </b>{" "}
          {time >= VISIBLE_MS && <span>{words.value.ms(time)}</span>}
        </p>
        <div class="pace">
          <label>
            <span>{text.speed}</span>
            <select value={speed.value} onChange={({ currentTarget }) => (speed.value = currentTarget.value as Speed)}>
              {(Object.keys(SPEEDS) as Speed[]).map((name) => (
                <option key={name} value={name}>
                  {text.speeds[name]}
                </option>
              ))}
            </select>
          </label>
          <label class="seed">
            <span>{text.seed}</span>
            <input
              type="number"
              min={0}
              max={2 ** 32 - 1}
              value={session.value!.settings.seed}
              onChange={({ currentTarget }) => onSeed(Number(currentTarget.value))}
            />
          </label>
        </div>
      </div>
    </section>
  );
}
