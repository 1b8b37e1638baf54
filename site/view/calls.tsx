/** The calls of the server's program, in order, with the one that has just run. */
import { useEffect, useRef } from "preact/hooks";
import { callOf, resultOf } from "./names.ts";
import { goTo, session, snapshot } from "./stage-state.ts";
import { words } from "./words.ts";

/** Keeps the present line in sight, without moving the page. */
export function useInSight(key: unknown) {
  const list = useRef<HTMLOListElement>(null);
  // The key says which line is present. The effect runs after the layout, so that it forces none.
  useEffect(() => {
    const { current } = list;
    const line = current?.querySelector<HTMLElement>(".now");
    if (current === null || line === null || line === undefined) return;
    current.scrollTop = line.offsetTop - current.offsetTop - current.clientHeight / 2;
  }, [key]);
  return list;
}

/** Lines that a list draws on each side of the present one: a session can have thousands. */
const NEAR = 40;

/** The lines near the present one, `now` from 0, and how many are left out on each side. */
export function nearLines<Line>(lines: readonly Line[], now: number) {
  const from = Math.max(0, now - NEAR);
  const shown = lines.slice(from, now + NEAR + 1);
  return { shown, before: from, after: lines.length - from - shown.length };
}

/** Says how many lines are left out. */
export function Omitted({ count }: { count: number }) {
  return count === 0 ? null : <li class="omitted">{words.value.log.omitted(count)}</li>;
}

export function Calls() {
  const text = words.value.code;
  const { step } = snapshot.value!;
  const list = useInSight(step);
  const { steps, log } = session.value!;
  const calls = steps.flatMap(({ action, worker }, index) => {
    const call = callOf(action);
    return call === undefined ? [] : [{ call, worker, at: index + 1 }];
  });
  if (calls.length === 0) return <p class="empty">{text.none}</p>;
  const present = calls.findLastIndex(({ at }) => at <= step);
  const now = calls[present]?.at;
  const { shown, before, after } = nearLines(calls, Math.max(present, 0));
  return (
    <ol class="lines" ref={list} style={{ counterReset: `line ${before}` }}>
      <Omitted count={before} />
      {shown.map(({ call, worker, at }) => (
        <li key={at} class={at === now ? "now" : at > step ? "later" : ""}>
          <button type="button" aria-current={at === now ? "step" : undefined} onClick={() => void goTo(at)}>
            <span class="at" aria-hidden="true" />
            <code>
              {worker !== undefined && worker > 0 && `[${worker}] `}
              {call}
              {at <= step && log[at - 1] !== undefined && (
                <span class="result"> = {resultOf(log[at - 1], words.value)}</span>
              )}
            </code>
          </button>
        </li>
      ))}
      <Omitted count={after} />
    </ol>
  );
}
