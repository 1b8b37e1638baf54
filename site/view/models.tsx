/** The five models against one slow sender, in virtual time: to run, to stop and to drag. */
import { computed, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Doing } from "../models/lane.ts";
import { type Run, runModels } from "../models/programs.ts";
import { engine } from "./laboratory.ts";
import { words } from "./words.ts";

const MESSAGES = 3;
const FASTEST_MS = 60;
const SLOWEST_MS = 300;
const INTERVAL_STEP_MS = 60;
/** Milliseconds of the reader for one of the programs. */
const SLOWNESS = 12;
const FRAME_MS = 40;
const DOINGS: readonly Doing[] = ["asleep", "computes", "asks", "copies", "host-copies"];

const interval = signal(120);
const runs = signal<readonly Run[]>([]);
const time = signal(0);
const running = signal(false);
const end = computed(() => runs.value[0]?.end ?? 0);

async function load(wanted: number): Promise<void> {
  const done = await runModels(engine(), { messages: MESSAGES, interval: wanted });
  if (interval.value === wanted) runs.value = done;
}

effect(() => {
  if (!running.value) return;
  if (time.value >= end.value) {
    running.value = false;
    return;
  }
  const timer = setTimeout(() => (time.value = Math.min(end.value, time.value + FRAME_MS / SLOWNESS)), FRAME_MS);
  return () => clearTimeout(timer);
});

function toggle(): void {
  if (!running.value && time.value >= end.value) time.value = 0;
  running.value = !running.value;
}

/** A share of the whole time, in percent. */
const share = (ms: number): string => `${(100 * ms) / Math.max(end.value, 1)}%`;

function Lane({ run }: { run: Run }) {
  const text = words.value.models;
  const now = time.value;
  const { stretches, counts } = run.lane;
  const present = stretches.find(({ from, to }) => from <= now && now < to) ?? stretches.at(-1)!;
  const count = (wanted: string) => counts.filter(({ what, at }) => what === wanted && at <= now).length;
  return (
    <li class="lane">
      <h3>{text.names[run.name]}</h3>
      <p class="state">
        <i class={`doing ${present.doing}`} aria-hidden="true" />
        {text.doing[present.doing]}
      </p>
      <div class="course" aria-hidden="true">
        {stretches.map(({ from, to, doing }) => (
          <i key={from} class={`doing ${doing}`} style={{ left: share(from), width: share(to - from) }} />
        ))}
        {run.sent.map((at) => (
          <i key={`sent ${at}`} class="sent" style={{ left: share(at) }} />
        ))}
        <i class="future" style={{ left: share(now) }} />
      </div>
      <p class="counts">{text.counts(count("recv"), count("EAGAIN"), count("computed"))}</p>
    </li>
  );
}

export function Models() {
  const text = words.value.models;
  useEffect(() => {
    void load(interval.value);
  }, [interval.value]);
  useEffect(
    () => () => {
      running.value = false;
    },
    [],
  );
  return (
    <div class="models">
      <p>{text.what}</p>
      <label class="amount-slider">
        <span>
          {text.pace} <b>{text.ms(interval.value)}</b>
        </span>
        <input
          type="range"
          min={FASTEST_MS}
          max={SLOWEST_MS}
          step={INTERVAL_STEP_MS}
          value={interval.value}
          aria-valuetext={text.ms(interval.value)}
          onInput={({ currentTarget }) => {
            time.value = 0;
            interval.value = Number(currentTarget.value);
          }}
        />
      </label>
      <ol class="lanes">
        {runs.value.map((run) => (
          <Lane key={run.name} run={run} />
        ))}
      </ol>
      <div class="drag">
        <button type="button" onClick={toggle}>
          {running.value ? text.stop : text.run}
        </button>
        <input
          type="range"
          min={0}
          max={end.value}
          step={1}
          value={time.value}
          aria-label={text.time}
          aria-valuetext={text.ms(time.value)}
          onInput={({ currentTarget }) => {
            running.value = false;
            time.value = Number(currentTarget.value);
          }}
        />
        <b>{text.ms(time.value)}</b>
      </div>
      <ul class="doings" aria-label={text.signs}>
        {DOINGS.map((doing) => (
          <li key={doing}>
            <i class={`doing ${doing}`} aria-hidden="true" />
            {text.doing[doing]}
          </li>
        ))}
        <li>
          <i class="sent" aria-hidden="true" />
          {text.sent}
        </li>
      </ul>
      <p class="empty">{text.note}</p>
    </div>
  );
}
