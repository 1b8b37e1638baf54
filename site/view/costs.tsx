/** What one wait costs through select, poll and epoll while N grows: measured here and now, in this browser, beside what Linux took. */

import linux from "measured:linux";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { MAX_DESCRIPTORS, type Measure, MIN_DESCRIPTORS } from "../lab/cost.ts";
import { lab } from "./laboratory.ts";
import { words } from "./words.ts";

const CALLS = ["select", "poll", "epoll"] as const;
/** The slider is logarithmic: a position is a power of two, in tenths. */
const TENTHS = 10;
const sizeAt = (position: number): number =>
  Math.max(MIN_DESCRIPTORS, Math.min(MAX_DESCRIPTORS, Math.round(2 ** (position / TENTHS))));
const positionOf = (size: number): number => Math.round(Math.log2(size) * TENTHS);
/** Milliseconds after the last move of the slider. */
const DELAY_MS = 200;
const MEASURE_MS = 40;
const FIRST_SIZE = 1000;

const size = signal(FIRST_SIZE);
const measures = signal<ReadonlyMap<number, Measure>>(new Map());
const busy = signal(false);
const failed = signal(false);

async function measure(wanted: number): Promise<void> {
  busy.value = true;
  failed.value = false;
  try {
    const [result] = await lab().measure({ sizes: [wanted], milliseconds: MEASURE_MS });
    measures.value = new Map(measures.value).set(wanted, result);
  } catch {
    failed.value = true;
  } finally {
    busy.value = false;
  }
}

type Times = Readonly<Record<(typeof CALLS)[number], number>>;

function Bars({ measure, label }: { measure: Times; label: string }) {
  const text = words.value.costs;
  const most = Math.max(...CALLS.map((call) => measure[call]));
  return (
    <dl class="bars" aria-label={label}>
      {CALLS.map((call) => (
        <div key={call}>
          <dt>
            <code>{call}</code>
          </dt>
          <dd>
            <span class="bar" style={{ width: `${Math.max(0.4, (100 * measure[call]) / most)}%` }} />
            <span class="time">{text.time(measure[call])}</span>
            <span class="times">{text.times(measure[call] / measure.epoll)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The measured number of descriptors that is nearest to N by its ratio. */
function nearest(wanted: number): (typeof linux.measures)[number] {
  const distance = (size: number) => Math.abs(Math.log2(size / wanted));
  return linux.measures.reduce((best, one) => (distance(one.size) < distance(best.size) ? one : best));
}

function Linux() {
  const text = words.value.costs;
  const measure = nearest(size.value);
  const heading = text.linux(text.number(measure.size));
  return (
    <section class="measure" aria-label={heading}>
      <h3>{heading}</h3>
      <Bars measure={measure} label={heading} />
      <p class="empty">
        {text.measured(
          linux.machine,
          linux.date,
          linux.measures.map((one) => text.number(one.size)),
        )}
      </p>
    </section>
  );
}

export function Costs() {
  const text = words.value.costs;
  const present = measures.value.get(size.value);
  const here = text.here(text.number(size.value));
  useEffect(() => {
    if (present !== undefined || failed.value) return;
    const timer = setTimeout(() => void measure(size.value), DELAY_MS);
    return () => clearTimeout(timer);
  }, [size.value, present]);
  return (
    <>
      <p>{text.what}</p>
      <label class="amount-slider">
        <span>
          {text.descriptors} <b>{text.number(size.value)}</b>
        </span>
        <input
          type="range"
          min={positionOf(MIN_DESCRIPTORS)}
          max={positionOf(MAX_DESCRIPTORS)}
          value={positionOf(size.value)}
          aria-valuetext={text.number(size.value)}
          onInput={({ currentTarget }) => (size.value = sizeAt(Number(currentTarget.value)))}
        />
      </label>
      <div class="measures">
        <section class="measure" aria-label={here}>
          <h3>{here}</h3>
          {present === undefined ? (
            <p class="empty measuring" role="status">
              {failed.value ? text.failed : text.busy}
            </p>
          ) : (
            <Bars measure={present} label={here} />
          )}
          <p class="empty">{text.note}</p>
          <div class="more">
            <button type="button" disabled={busy.value} onClick={() => void measure(size.value)}>
              {text.again}
            </button>
          </div>
        </section>
        <Linux />
      </div>
    </>
  );
}
